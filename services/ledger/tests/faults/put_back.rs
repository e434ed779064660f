//! A database that was put back, or went on from another history, under a ledger that runs. Epochs do not tell: they are
//! counted anew from where it was put back to.

use piao_chain::execute::Safeguards;
use piao_ledger::{KeptCheckpoint, Ledger, LedgerConfig, LedgerError, Readiness};
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::digest::TreeHash;
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use piao_testkit::world::{World, ledger_config};
use piao_testkit::{body, invariants_sql};
use tokio::time::timeout;

/// Changes the head as a database would have it that holds another history, in the epoch of the ledger that runs; what
/// that ledger says when it should make the next block.
async fn check(change: &str, expect: &str) {
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let client = invariants_sql::connect(world.url()).await;
    client.batch_execute(change).await.unwrap();
    let issue = body::issue(&world.number(1), Some(&world.buyer), None);
    let issue = world.sign(&world.seller, "invoice.issue", &issue);
    world.publish(&issue).await;
    let ended = ledger.end().await;
    let Err(LedgerError::StoredBadly(found)) = ended else { panic!("{change}: {ended:?}") };
    let said = format!("{found:?}");
    assert!(said.contains(expect), "{change}: {said}");
    let id = issue.id.as_bytes().as_slice();
    let decided = client.query_one("SELECT count(*) FROM decided WHERE id = $1", &[&id]).await.unwrap();
    assert_eq!(decided.get::<_, i64>(0), 0, "{change}: nothing was built on it");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_builds_on_no_head_that_forgot_its_last_block() {
    check("UPDATE head SET height = height - 1", "after block").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_builds_on_no_other_block_of_the_same_height_and_epoch() {
    let other = "UPDATE head SET peaks = set_byte(peaks, 0, 255 - get_byte(peaks, 0))";
    check(other, "another block").await;
}

/// What a ledger comes to that finds a note beside its database, where the log has four entries or more.
async fn check_kept(world: &World, note: Option<String>, expect: Result<(), &str>) {
    let kept = world.kept();
    match note {
        Some(note) => std::fs::write(kept.path(), note).unwrap(),
        None => drop(std::fs::remove_file(kept.path())),
    }
    let before = epoch(world).await;
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    let started = Ledger::start(LedgerConfig { kept: Some(kept.clone()), ..config }).await;
    match (started, expect) {
        (Ok(ledger), Ok(())) => {
            // It is ahead of what anybody sees from the first moment on.
            let note = std::fs::read_to_string(kept.path()).unwrap();
            let size = ledger.tips().borrow().frontier.size();
            assert!(note.contains(&format!("\n{size}\n")), "{note}");
            ledger.stopper().stop();
            ledger.run().await.unwrap();
        }
        (Err(error), Err(expect)) => {
            let said = format!("{error}");
            assert!(said.contains(expect), "{said}");
            assert_eq!(epoch(world).await, before, "nobody's epoch ends: {said}");
        }
        (Ok(_), Err(expect)) => panic!("it opened: {expect}"),
        (Err(error), Ok(())) => panic!("{error}"),
    }
}

async fn epoch(world: &World) -> i64 {
    let client = invariants_sql::connect(world.url()).await;
    client.query_one("SELECT epoch FROM head", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_opens_no_database_that_forgot_the_checkpoint_kept_beside_it() {
    let world = World::on(TestBus::rabbitmq()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let tip = ledger.tips.borrow().clone();
    ledger.stopper.stop();
    ledger.end().await.unwrap();
    let sign = |size, root| {
        world.chain.log_key().sign_checkpoint(&Checkpoint {
            chain: world.chain.genesis.chain().clone(),
            size,
            root,
        })
    };
    let (size, root) = (tip.frontier.size(), tip.frontier.root());
    let first = world.chain.genesis.first_block().closing_entry().leaf();
    let other = TreeHash::new([7; 32]);
    let stranger = LogSigner::from_seed(&[9; 32]);
    let checkpoint = Checkpoint { chain: world.chain.genesis.chain().clone(), size, root };
    for (note, expect) in [
        (None, Ok(())),
        (Some(sign(size, root)), Ok(())),
        (Some(sign(1, first)), Ok(())),
        (Some(sign(size + 1, other)), Err("the database was put back")),
        (Some(sign(size, other)), Err("another history")),
        (Some(sign(1, other)), Err("another history")),
        (Some(stranger.sign_checkpoint(&checkpoint)), Err("no checkpoint of this chain")),
        (Some(String::new()), Err("no checkpoint of this chain")),
        (Some("x".repeat(1 << 17)), Err("no checkpoint of this chain")),
    ] {
        check_kept(&world, note, expect).await;
    }
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    let nowhere = KeptCheckpoint::new(world.kept().path().with_extension("folder").join("last"));
    let before = epoch(&world).await;
    let started = Ledger::start(LedgerConfig { kept: Some(nowhere), ..config }).await;
    assert!(
        matches!(started, Err(LedgerError::Kept(_))),
        "a place that cannot be written is found out at once"
    );
    assert_eq!(epoch(&world).await, before, "before anybody's epoch ends");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_never_kept_in_the_place_of_one_of_a_longer_log() {
    let world = World::on(TestBus::in_process()).await;
    let (kept, genesis) = (world.kept(), &world.chain.genesis);
    let sign = |size, root| {
        let chain = genesis.chain().clone();
        world.chain.log_key().sign_checkpoint(&Checkpoint { chain, size, root: TreeHash::new([root; 32]) })
    };
    for (size, root, expect, then) in [
        (10, 1, Ok(true), 10),
        (9, 1, Ok(false), 10),
        (10, 1, Ok(true), 10),
        (10, 2, Err("another history"), 10),
        (12, 1, Ok(true), 12),
    ] {
        let done = kept.keep(&sign(size, root), genesis).map_err(|error| error.to_string());
        match (&done, expect) {
            (Ok(done), Ok(expect)) => assert_eq!(*done, expect, "{size}"),
            (Err(said), Err(expect)) => assert!(said.contains(expect), "{said}"),
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => panic!("{size}: {done:?}"),
        }
        assert_eq!(kept.read(genesis).unwrap().unwrap().size, then);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_can_keep_no_checkpoint_outside_ends() {
    let world = World::on(TestBus::in_process()).await;
    let folder = world.kept().path().with_extension("gone");
    std::fs::create_dir(&folder).unwrap();
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    let kept = Some(KeptCheckpoint::new(folder.join("last")));
    let ledger = Ledger::start(LedgerConfig { kept, ..config }).await.unwrap();
    let ready = ledger.readiness();
    let running = tokio::spawn(ledger.run());
    let elsewhere = folder.with_extension("elsewhere");
    std::fs::rename(&folder, &elsewhere).unwrap();
    // Half a minute is given to whoever looks after the disk.
    let ended = timeout(PATIENCE, running).await.expect("an end in time").unwrap();
    assert!(matches!(ended, Err(LedgerError::Kept(_))), "{ended:?}");
    assert!(matches!(&*ready.borrow(), Readiness::Stopped(_)), "{:?}", *ready.borrow());
    std::fs::remove_dir_all(&elsewhere).unwrap();
    world.finish().await;
}
