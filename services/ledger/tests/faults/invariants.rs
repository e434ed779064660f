//! Each SQL invariant holds of what a ledger wrote, and finds a row that was broken on purpose.

use piao_chain::execute::Safeguards;
use piao_testkit::body;
use piao_testkit::bus::TestBus;
use piao_testkit::invariants_sql::{self, RULES};
use piao_testkit::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_block_without_its_body_is_no_row() {
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(Safeguards::ALL).await;
    let client = invariants_sql::connect(world.url()).await;
    let refused = client.batch_execute("UPDATE block SET body = ''").await.unwrap_err();
    assert_eq!(refused.as_db_error().and_then(|error| error.constraint()), Some("block_body"));
    ledger.drop_it().await;
    world.finish().await;
}

/// For each rule, statements that break it. `:a` is a settled invoice, `:b` a locked one.
const BREAKS: [(&str, &str); 22] = [
    (
        "one enterprise has locks, settlement or booking of an invoice",
        "UPDATE invoice SET booking = '02', booked_by = '9144030071526726XG', booked_month = '2026-01' \
         WHERE number = ':b'",
    ),
    (
        "one exclusive lock is live",
        "DROP INDEX invoice_lock_exclusive; INSERT INTO invoice_lock SELECT invoice, sha256(id), enterprise, \
         'BX-9', amount, token + 1, accepted_at, lease_until, exclusive, ended FROM invoice_lock \
         WHERE invoice = ':b'",
    ),
    (
        "settled and locked are within the total",
        "UPDATE invoice_lock SET amount = amount + 1 WHERE invoice = ':b'",
    ),
    (
        "what is settled was locked by the same enterprise",
        "UPDATE invoice SET settled_amount = settled_amount - 1 WHERE number = ':a'",
    ),
    ("tokens of an invoice's locks count from 1", "UPDATE invoice SET last_token = 2 WHERE number = ':a'"),
    (
        "what was issued in a month is what was used of its quota",
        "UPDATE quota_account SET used_count = used_count + 1",
    ),
    (
        "no more is used than was granted",
        "ALTER TABLE quota_account DROP CONSTRAINT quota_account_check; \
         UPDATE quota_account SET granted_amount = used_amount - 1",
    ),
    ("a number is inside a segment of its issuer", "UPDATE number_segment SET last = first"),
    (
        "segments do not overlap and end below the top",
        "INSERT INTO number_segment SELECT prefix, first + 1, last, issuer FROM number_segment LIMIT 1",
    ),
    (
        "a transition is decided once",
        "INSERT INTO decided SELECT day + 1, id, height, position FROM decided LIMIT 1",
    ),
    ("a block counts what it decided", "DELETE FROM decided WHERE height = 3"),
    ("entries name what was decided, in its order", "UPDATE decided SET id = sha256(id) WHERE height = 3"),
    ("the last entry of a block closes it", "UPDATE block SET hash = sha256(hash) WHERE height = 3"),
    ("each block follows the one before", "UPDATE block SET prev = sha256(prev) WHERE height = 3"),
    ("the columns of a block are its header's", "UPDATE block SET time = time + 1 WHERE height = 3"),
    ("indices of the log have no gap", "UPDATE block SET first = first + 1000 WHERE height = 3"),
    ("the head is the last block", "UPDATE head SET height = height - 1"),
    (
        "the tiles hold the hash of every entry",
        "UPDATE log_tile SET hashes = set_byte(hashes, 40, 1 - get_byte(hashes, 40) % 2) WHERE level = 0",
    ),
    ("the tiles are as long as the log", "UPDATE head SET tree_size = tree_size + 1"),
    ("a checkpoint ends on a block of the log", "UPDATE checkpoint SET tree_size = 1000000"),
    (
        "one to sixteen keys sign for a party, and none for nobody",
        "UPDATE party_key SET live = false WHERE party LIKE 'bureau:%'",
    ),
    (
        "what made the state was decided",
        "UPDATE invoice SET issued_by = sha256(issued_by) WHERE number = ':a'",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_sql_invariant_holds_until_a_row_is_broken_and_finds_that_row() {
    let world = World::on(TestBus::in_process()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let numbers = [1, 2].map(|sequence| world.number(sequence));
    for number in &numbers {
        let issue = body::issue(number, Some(&world.buyer), None);
        world.accept(&world.seller, "invoice.issue", &issue).await;
        world.accept(&world.buyer, "claim.take", &body::take(number, None)).await;
    }
    let lock = world.accept(&world.buyer, "reimbursement.lock", &body::lock(&numbers[0], "BX-1")).await;
    world.accept(&world.buyer, "booking.book", &body::book(&numbers[0])).await;
    world.accept(&world.buyer, "reimbursement.settle", &body::use_lock(&numbers[0], &lock.id, 1)).await;
    world.accept(&world.buyer, "reimbursement.lock", &body::lock(&numbers[1], "BX-2")).await;
    ledger.drop_it().await;
    let client = invariants_sql::connect(world.url()).await;
    assert_eq!(invariants_sql::broken(&client).await, [], "all hold at first");
    assert_eq!(BREAKS.map(|(rule, _)| rule), RULES.map(|rule| rule.name), "each rule is broken once");
    for (rule, statements) in BREAKS {
        let statements = statements.replace(":a", &numbers[0]).replace(":b", &numbers[1]);
        client
            .batch_execute(&format!("BEGIN; {statements}"))
            .await
            .unwrap_or_else(|e| panic!("{rule}: {e:?}"));
        let broken = invariants_sql::broken(&client).await;
        assert!(broken.iter().any(|broken| broken.rule == rule), "{rule}: only {broken:?} found");
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    assert_eq!(invariants_sql::broken(&client).await, [], "and at last");
}
