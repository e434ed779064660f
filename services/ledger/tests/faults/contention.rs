//! Six enterprises lock the same 2,000 invoices at the same moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use piao_chain::execute::Safeguards;
use piao_domain::ids::TransitionId;
use piao_testkit::actor::Signed;
use piao_testkit::bus::TestBus;
use piao_testkit::scenario::{Contention, contention};
use piao_testkit::world::{World, publish};
use piao_testkit::{invariants_sql, replay};
use tokio::sync::Barrier;

const INVOICES: u32 = 2_000;
/// Transitions in a message.
const MESSAGE: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn of_six_locks_at_once_one_is_accepted_and_five_are_refused_as_lock_exists() {
    let world = World::on(TestBus::rabbitmq()).await;
    let ledger = world.run(Safeguards::ALL).await;
    let began = Instant::now();
    let now = world.now();
    let contention = tokio::task::block_in_place(|| contention(&world.chain, now, INVOICES));
    println!("signed {} transitions in {:?}", contention.ids().len(), began.elapsed());
    prepare(&world, &contention).await;
    let began = Instant::now();
    all_lock_at_once(&world, &contention).await;
    println!("decided {} locks in {:?}", 6 * INVOICES, began.elapsed());
    check(&world, &contention).await;
    invariants_sql::hold(world.url()).await;
    let replayed = replay::replay(&world.reader()).await;
    println!("replayed {} entries in {} blocks", replayed.tree_size, replayed.height);
    ledger.drop_it().await;
    world.finish().await;
}

/// Everything before the locks: each phase is accepted as a whole before the next begins.
pub(crate) async fn prepare(world: &World, contention: &Contention) {
    for phase in &contention.phases {
        let began = Instant::now();
        for message in phase.transitions.chunks(MESSAGE) {
            publish(&*world.bus.bus, message).await;
        }
        let ids = ids(&phase.transitions);
        let mut follower = world.follower().await;
        follower.all(&ids).await;
        let refused =
            ids.iter().map(|id| &follower.decisions()[id]).find(|decision| decision.code().is_some());
        assert!(refused.is_none(), "{}: {refused:?}", phase.name);
        println!("{}: {} transitions in {:?}", phase.name, ids.len(), began.elapsed());
    }
}

async fn all_lock_at_once(world: &World, contention: &Contention) {
    let start = Arc::new(Barrier::new(contention.rivals.len()));
    let rivals = contention.rivals.iter().map(|rival| {
        let (bus, start, locks) = (world.bus.again(), Arc::clone(&start), rival.locks.clone());
        tokio::spawn(async move {
            start.wait().await;
            for message in locks.chunks(MESSAGE) {
                publish(&*bus, message).await;
            }
            bus.close().await;
        })
    });
    for rival in rivals.collect::<Vec<_>>() {
        rival.await.unwrap();
    }
    let locks = contention.rivals.iter().flat_map(|rival| ids(&rival.locks)).collect::<Vec<_>>();
    world.follower().await.all(&locks).await;
}

async fn check(world: &World, contention: &Contention) {
    let follower = world.follower().await;
    let decisions = follower.decisions();
    assert_eq!(decisions.len(), contention.ids().len(), "what was submitted is decided, and nothing else");
    let mut winners = BTreeMap::<_, u32>::new();
    for (place, number) in contention.invoices.iter().enumerate() {
        let codes = contention
            .rivals
            .iter()
            .map(|rival| decisions[&rival.locks[place].id].code())
            .collect::<Vec<_>>();
        assert_eq!(
            codes.iter().filter(|code| code.is_none()).count(),
            1,
            "one winner of {number}: {codes:?}"
        );
        assert!(codes.iter().flatten().all(|code| *code == "lock.exists"), "{number}: {codes:?}");
        let winner = codes.iter().position(Option::is_none).unwrap();
        *winners.entry(contention.rivals[winner].enterprise.party.to_string()).or_default() += 1;
    }
    println!("won: {winners:?}");
}

pub(crate) fn ids(transitions: &[Signed]) -> Vec<TransitionId> {
    transitions.iter().map(|signed| signed.id).collect()
}
