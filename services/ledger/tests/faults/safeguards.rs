//! The checks that stand behind each other, with one more taken away each time.

use piao_chain::execute::Safeguards;
use piao_ledger::{LedgerError, Readiness};
use piao_store::StoreError;
use piao_testkit::actor::Signed;
use piao_testkit::body;
use piao_testkit::bus::TestBus;
use piao_testkit::invariants_sql;
use piao_testkit::scenario::{Contention, contention};
use piao_testkit::world::{Running, World, publish};

use crate::contention::prepare;

const INVOICES: u32 = 20;

/// A world in which six rivals are about to lock, and a ledger with some checks only.
async fn about_to_lock(safeguards: Safeguards) -> (World, Running, Contention) {
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(safeguards).await;
    let contention = contention(&world.chain, world.now(), INVOICES);
    prepare(&world, &contention).await;
    (world, ledger, contention)
}

fn locks(contention: &Contention) -> Vec<Signed> {
    contention.rivals.iter().flat_map(|rival| rival.locks.clone()).collect()
}

/// Lets all lock, and returns why the ledger stopped, of whose block nothing may be there.
async fn stopped(world: &World, ledger: Running, contention: &Contention) -> LedgerError {
    let before = world.height().await;
    let ready = ledger.ready.clone();
    publish(&*world.bus.bus, &locks(contention)).await;
    let error = ledger.end().await.unwrap_err();
    assert!(matches!(&*ready.borrow(), Readiness::Stopped(_)), "it says that it has stopped");
    world.follower().await.ask().await;
    assert_eq!(world.height().await, before, "no block after the one before");
    let client = invariants_sql::connect(world.url()).await;
    let locked = client.query_one("SELECT count(*) FROM invoice_lock", &[]).await.unwrap();
    assert_eq!(locked.get::<_, i64>(0), 0, "nothing of the block is there");
    assert_eq!(invariants_sql::broken(&client).await, []);
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_guard_the_invariants_stop_the_ledger() {
    let (world, ledger, contention) = about_to_lock(Safeguards::disarmed(false, true)).await;
    let error = stopped(&world, ledger, &contention).await;
    assert!(matches!(error, LedgerError::Breach { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_guard_and_invariants_the_unique_index_stops_the_ledger() {
    let (world, ledger, contention) = about_to_lock(Safeguards::disarmed(false, false)).await;
    let error = stopped(&world, ledger, &contention).await;
    let LedgerError::Store(StoreError::Conflict { constraint, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(constraint, "invoice_lock_exclusive");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_guard_invariants_and_index_there_are_double_locks() {
    let (world, ledger, contention) = about_to_lock(Safeguards::disarmed(false, false)).await;
    let client = invariants_sql::connect(world.url()).await;
    client.batch_execute("DROP INDEX invoice_lock_exclusive").await.unwrap();
    let locks = locks(&contention);
    publish(&*world.bus.bus, &locks).await;
    world.follower().await.all(&crate::contention::ids(&locks)).await;
    ledger.drop_it().await;
    let broken = invariants_sql::broken(&client).await;
    let found = |rule: &str| broken.iter().filter(|broken| broken.rule == rule).count();
    assert_eq!(found("one exclusive lock is live"), INVOICES as usize);
    assert_eq!(found("one enterprise has locks, settlement or booking of an invoice"), INVOICES as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_would_be_allotted_twice_stop_the_ledger() {
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let client = invariants_sql::connect(world.url()).await;
    let moved = client.execute("UPDATE number_top SET top = 500", &[]).await.unwrap();
    assert_eq!(moved, 1, "the seller has numbers 1 to 1000");
    let apply = body::apply(world.now().month(), 10);
    world.publish(&world.sign(&world.buyer, "quota.apply", &apply)).await;
    let error = ledger.end().await.unwrap_err();
    assert!(matches!(error, LedgerError::Breach { .. }), "{error:?}");
    let segments = client.query_one("SELECT count(*) FROM number_segment", &[]).await.unwrap();
    assert_eq!(segments.get::<_, i64>(0), 1, "nothing of the block is there");
}
