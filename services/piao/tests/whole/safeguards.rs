//! The checks that stand behind each other, over HTTP on PostgreSQL and RabbitMQ, with one more taken away each time.
//!
//! `PIAO_TEST_CONTENDED=2000` fights over as many invoices as the contention test does.

use std::time::Instant;

use piao_chain::execute::Safeguards;
use piao_ledger::LedgerError;
use piao_store::StoreError;
use piao_testkit::follower::PATIENCE;
use piao_testkit::invariants_sql;
use piao_testkit::platform::TestPlatform;
use piao_testkit::scenario::Contention;
use tokio::time::timeout;

use crate::contention::{about_to_lock, all_lock_at_once, begin_to_lock, invoices};
use crate::stage;

/// Enough for a collision in the first block; the test command runs with it.
const INVOICES: u32 = 50;

const ONE_EXCLUSIVE: &str = "one exclusive lock is live";
const ONE_ENTERPRISE: &str = "one enterprise has locks, settlement or booking of an invoice";

/// Everything up to the locks, by a ledger with some checks only.
async fn begin(safeguards: Safeguards) -> (TestPlatform, Contention) {
    let platform = stage::start_guarded(safeguards).await;
    let contention = about_to_lock(&platform, invoices(INVOICES)).await;
    (platform, contention)
}

/// Lets all lock, and returns why the ledger stopped. What it had committed before holds: no invoice has two locks.
async fn stopped(mut platform: TestPlatform, contention: &Contention) -> LedgerError {
    let (mut running, began) = begin_to_lock(&platform, contention).await;
    let error = timeout(PATIENCE, platform.ledger_ended()).await.expect("a ledger that stops in time");
    let took = began.elapsed();
    // Nobody decides any more, so that whoever still waits would only come to the end of its patience.
    running.shutdown().await;
    let client = invariants_sql::connect(platform.database_url()).await;
    let counted = client.query_one("SELECT count(*), count(DISTINCT invoice) FROM invoice_lock", &[]).await;
    let counted = counted.unwrap();
    let (locks, locked): (i64, i64) = (counted.get(0), counted.get(1));
    println!(
        "{} invoices: stopped after {took:?} with {locks} locks of {locked} invoices: {error}",
        contention.invoices.len()
    );
    assert_eq!(locks, locked, "no invoice has two locks");
    assert_eq!(invariants_sql::broken(&client).await, []);
    platform.stop().await;
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_without_the_guard_the_invariants_stop_the_ledger() {
    let (platform, contention) = begin(Safeguards::disarmed(false, true)).await;
    let error = stopped(platform, &contention).await;
    assert!(matches!(error, LedgerError::Breach { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_without_guard_and_invariants_the_unique_index_stops_the_ledger() {
    let (platform, contention) = begin(Safeguards::disarmed(false, false)).await;
    let error = stopped(platform, &contention).await;
    let LedgerError::Store(StoreError::Conflict { constraint, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(constraint, "invoice_lock_exclusive");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_without_guard_invariants_and_index_every_invoice_is_locked_six_times() {
    let (platform, contention) = begin(Safeguards::disarmed(false, false)).await;
    let client = invariants_sql::connect(platform.database_url()).await;
    // The read models of the services have the same index, and would rather stop than follow.
    let having = "SELECT schemaname::text FROM pg_indexes WHERE indexname = 'invoice_lock_exclusive'";
    for row in client.query(having, &[]).await.unwrap() {
        let schema: String = row.get(0);
        client.batch_execute(&format!("DROP INDEX \"{schema}\".invoice_lock_exclusive")).await.unwrap();
    }
    let began = Instant::now();
    let receipts = all_lock_at_once(&platform, &contention).await;
    let accepted = receipts.values().filter(|receipt| receipt.outcome.code().is_none()).count();
    let broken = invariants_sql::broken(&client).await;
    let found = |rule: &str| broken.iter().filter(|broken| broken.rule == rule).count();
    println!(
        "{} invoices: {accepted} locks accepted in {:?}; more than one exclusive lock on {}, more than one enterprise on {}",
        contention.invoices.len(),
        began.elapsed(),
        found(ONE_EXCLUSIVE),
        found(ONE_ENTERPRISE)
    );
    assert_eq!(accepted, receipts.len(), "every rival wins every invoice");
    assert_eq!(found(ONE_EXCLUSIVE), contention.invoices.len());
    assert_eq!(found(ONE_ENTERPRISE), contention.invoices.len());
    platform.stop().await;
}
