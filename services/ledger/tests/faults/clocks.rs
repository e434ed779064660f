//! Clocks that are wrong: what time a block has, and when there is none (protocol §5).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use piao_chain::execute::Safeguards;
use piao_domain::key::Algorithm;
use piao_ledger::{Clock, Ledger, LedgerConfig, Readiness};
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use piao_testkit::world::{World, ledger_config};
use tokio::time::timeout;

/// Beyond what clocks may disagree by.
const FAR_SECONDS: i64 = 90;
/// Within it.
const NEAR_SECONDS: i64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_whose_clock_is_far_off_makes_no_block_and_loses_nothing() {
    let world = World::on(TestBus::in_process()).await;
    let ahead = Arc::new(AtomicI64::new(0));
    let (wall, offset) = (Clock::system(), Arc::clone(&ahead));
    let clock = Clock::new(move || wall.now() + offset.load(Ordering::SeqCst));
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    let ledger = Ledger::start(LedgerConfig { clock, ..config }).await.unwrap();
    let mut ready = ledger.readiness();
    let running = tokio::spawn(ledger.run());
    let time = async |enterprise: &Actor| {
        let id = world.accept(&world.chain.bureau, "party.register", &body::register(enterprise)).await.id;
        world.reader().decided(&id).await.unwrap().unwrap().receipt.time
    };
    let before = time(&world.seller).await;

    // Near enough: blocks are made, and have the ledger's time.
    ahead.store(NEAR_SECONDS, Ordering::SeqCst);
    let near = time(&world.buyer).await;
    assert!(near.unix() >= before.unix() + NEAR_SECONDS, "{before:?} {near:?}");
    // Set back: no block is older than the one before it.
    ahead.store(0, Ordering::SeqCst);
    assert_eq!(time(&world.other).await, near);

    // Too far, either way: what comes waits, and whoever asks is told why.
    for far in [FAR_SECONDS, -FAR_SECONDS] {
        let height = world.height().await;
        ahead.store(far, Ordering::SeqCst);
        let one_more = Actor::new("uscc:91440300708437873H", Algorithm::EdDsa);
        let waits = world.sign(&world.chain.bureau, "party.register", &body::register(&one_more));
        world.publish(&waits).await;
        let waiting = |state: &Readiness| matches!(state, Readiness::Waiting(why) if why.contains("clock"));
        timeout(PATIENCE, ready.wait_for(waiting)).await.expect("not ready in time").unwrap();
        assert_eq!(world.height().await, height);
        ahead.store(0, Ordering::SeqCst);
        world.decision(&waits.id).await;
        let sealing = |state: &Readiness| *state == Readiness::Sealing;
        timeout(PATIENCE, ready.wait_for(sealing)).await.expect("ready in time").unwrap();
    }
    running.abort();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_signed_at_most_once_a_second_however_many_blocks_there_are() {
    /// The first may have stood already, and the second may follow at once: between these two and the last, two seconds.
    const SIGNED: usize = 4;
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let (began, mut signed) = (Instant::now(), BTreeSet::new());
    let signing = async {
        while signed.len() < SIGNED {
            world.accept(&world.seller, "quota.apply", &body::apply(world.now().month(), 1)).await;
            signed.insert(world.reader().checkpoint().await.unwrap());
        }
    };
    timeout(PATIENCE, signing).await.expect("the log grows, so it is signed again");
    assert!(began.elapsed() >= Duration::from_secs(2), "{SIGNED} checkpoints in {:?}", began.elapsed());
    ledger.drop_it().await;
    world.finish().await;
}
