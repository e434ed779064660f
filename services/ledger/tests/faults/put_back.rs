//! A database that was put back, or went on from another history, under a ledger that runs. Epochs do not tell: they are
//! counted anew from where it was put back to.

use piao_chain::execute::Safeguards;
use piao_ledger::LedgerError;
use piao_testkit::bus::TestBus;
use piao_testkit::world::World;
use piao_testkit::{body, invariants_sql};

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
