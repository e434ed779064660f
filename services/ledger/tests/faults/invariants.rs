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

/// An enterprise that has nothing to do with any invoice.
const OTHER: &str = "9144030071526726XG";

/// Two that statements below have in common: nobody ever booked the settled invoice; and there is one rule set more, which
/// waives the booking in a region.
const FUNCTIONS: &str = "CREATE FUNCTION pg_temp.unbook() RETURNS void LANGUAGE sql AS $$ \
     UPDATE invoice SET booking = '01', booked_by = NULL, booked_month = NULL WHERE number = ':a' $$; \
     CREATE FUNCTION pg_temp.waive(status text, region text) RETURNS void LANGUAGE sql AS $$ \
     INSERT INTO rule_set SELECT 'other', 1, replace(replace(body, '440300', $2), '\"booking_required\":true', \
     '\"booking_required\":false'), $1, CASE $1 WHEN 'active' THEN active_from END FROM rule_set $$";

/// For each rule, statements that break it, in one way after another. `:a` is a settled invoice, `:b` a locked one, `:o`
/// [`OTHER`].
const BREAKS: &[(&str, &[&str])] = &[
    (
        "one enterprise has locks, settlement or booking of an invoice",
        &[
            "UPDATE invoice SET booking = '02', booked_by = ':o', booked_month = '2026-01' WHERE number = ':b'",
            "UPDATE invoice SET settled_by = ':o', settled_amount = 1 WHERE number = ':b'",
            "UPDATE invoice SET booked_by = ':o' WHERE number = ':a'",
            "INSERT INTO invoice_lock SELECT invoice, sha256(id), ':o', claim_ref, amount, token + 1, accepted_at, \
             lease_until, false, ended FROM invoice_lock WHERE invoice = ':b'",
        ],
    ),
    (
        "one exclusive lock is live",
        &[
            "DROP INDEX invoice_lock_exclusive; INSERT INTO invoice_lock SELECT invoice, sha256(id), enterprise, \
           'BX-9', amount, token + 1, accepted_at, lease_until, exclusive, ended FROM invoice_lock \
           WHERE invoice = ':b'",
        ],
    ),
    (
        "settled and locked are within the total",
        &[
            "UPDATE invoice_lock SET amount = amount + 1 WHERE invoice = ':b'",
            "ALTER TABLE invoice DROP CONSTRAINT invoice_check2; \
             UPDATE invoice SET settled_amount = total + 1 WHERE number = ':a'",
            "INSERT INTO invoice_lock SELECT invoice, sha256(id), enterprise, 'BX-9', 1, token + 1, accepted_at, \
             lease_until, exclusive, NULL FROM invoice_lock WHERE invoice = ':a'",
        ],
    ),
    (
        "what is settled was locked by the same enterprise",
        &[
            "UPDATE invoice SET settled_amount = settled_amount - 1 WHERE number = ':a'",
            "UPDATE invoice SET settled_by = ':o' WHERE number = ':a'",
            "UPDATE invoice SET settled_by = NULL, settled_amount = NULL WHERE number = ':a'",
            "UPDATE invoice_lock SET ended = 'released' WHERE invoice = ':a'",
        ],
    ),
    (
        "what is settled was booked by its enterprise, unless every rule set that binds it waives that",
        &[
            "SELECT pg_temp.unbook()",
            "UPDATE invoice SET booked_by = ':o' WHERE number = ':a'",
            "SELECT pg_temp.unbook(); DELETE FROM rule_set",
            // One of two sets still asks for it; one waives it for others; one never came into force.
            "SELECT pg_temp.unbook(), pg_temp.waive('active', '440300'); \
             UPDATE rule_set SET active_from = '2020-01-01' WHERE id = 'test'",
            "SELECT pg_temp.unbook(), pg_temp.waive('active', '110000')",
            "SELECT pg_temp.unbook(), pg_temp.waive('deployed', '440300')",
        ],
    ),
    (
        "tokens of an invoice's locks count from 1",
        &[
            "UPDATE invoice SET last_token = 2 WHERE number = ':a'",
            "UPDATE invoice_lock SET token = 2 WHERE invoice = ':a'",
        ],
    ),
    (
        "what was issued in a month is what was used of its quota",
        &[
            "UPDATE quota_account SET used_count = used_count + 1",
            "UPDATE quota_account SET used_amount = used_amount - 1",
        ],
    ),
    (
        "what a month grants is the sum of its applications",
        &[
            "UPDATE quota_account SET granted_amount = granted_amount + 1",
            "UPDATE quota_account SET granted_count = granted_count + 1",
            "UPDATE quota_account SET pending = pending + 1",
            "DELETE FROM quota_application",
        ],
    ),
    (
        "no more is used than was granted",
        &[
            "ALTER TABLE quota_account DROP CONSTRAINT quota_account_check; \
             UPDATE quota_account SET granted_amount = used_amount - 1",
            "ALTER TABLE quota_account DROP CONSTRAINT quota_account_check; \
             UPDATE quota_account SET granted_count = used_count - 1",
        ],
    ),
    (
        "a number is inside a segment of its issuer",
        &["UPDATE number_segment SET last = first", "UPDATE number_segment SET issuer = ':o'"],
    ),
    (
        "a number is used once",
        &["ALTER TABLE invoice DROP CONSTRAINT invoice_pkey; \
           INSERT INTO invoice SELECT * FROM invoice WHERE number = ':a'"],
    ),
    (
        "segments do not overlap and end below the top",
        &[
            "INSERT INTO number_segment SELECT prefix, first + 1, last, issuer FROM number_segment LIMIT 1",
            "UPDATE number_top SET top = top - 1",
        ],
    ),
    (
        "a transition is decided once",
        &["INSERT INTO decided SELECT day + 1, id, height, position FROM decided LIMIT 1"],
    ),
    ("a block counts what it decided", &["DELETE FROM decided WHERE height = 3"]),
    ("entries name what was decided, in its order", &["UPDATE decided SET id = sha256(id) WHERE height = 3"]),
    ("the last entry of a block closes it", &["UPDATE block SET hash = sha256(hash) WHERE height = 3"]),
    ("each block follows the one before", &["UPDATE block SET prev = sha256(prev) WHERE height = 3"]),
    ("the columns of a block are its header's", &["UPDATE block SET time = time + 1 WHERE height = 3"]),
    ("indices of the log have no gap", &["UPDATE block SET first = first + 1000 WHERE height = 3"]),
    ("the head is the last block", &["UPDATE head SET height = height - 1"]),
    (
        "the root of each header is that of the log before its closing entry",
        &[
            "UPDATE block SET header = replace(header, header::json->>'root', encode(hash, 'hex')) WHERE height = 3",
            "UPDATE block SET entries = set_byte(entries, 40, 1 - get_byte(entries, 40) % 2) WHERE height = 3",
        ],
    ),
    (
        "the head ends with the roots of the log's complete subtrees",
        &["UPDATE head SET peaks = set_byte(peaks, 0, 1 - get_byte(peaks, 0) % 2)"],
    ),
    (
        "the tiles hold the hashes of the log",
        &["UPDATE log_tile SET hashes = set_byte(hashes, 40, 1 - get_byte(hashes, 40) % 2) WHERE level = 0"],
    ),
    ("the tiles are as long as the log", &["UPDATE head SET tree_size = tree_size + 1"]),
    ("a checkpoint ends on a block of the log", &["UPDATE checkpoint SET tree_size = 1000000"]),
    (
        "one to sixteen keys sign for a party, and none for nobody",
        &["UPDATE party_key SET live = false WHERE party LIKE 'bureau:%'"],
    ),
    (
        "what made the state was decided",
        &["UPDATE invoice SET issued_by = sha256(issued_by) WHERE number = ':a'"],
    ),
];

/// Statements after which all holds still.
const LEAVES_WHOLE: [&str; 4] = [
    // Taken back after it was settled.
    "UPDATE invoice SET booking = '06', booked_month = NULL WHERE number = ':a'",
    // Every set that binds the enterprise waives the booking, or may have done so before it was retired.
    "SELECT pg_temp.unbook(), pg_temp.waive('active', '440300'); DELETE FROM rule_set WHERE id = 'test'",
    "SELECT pg_temp.unbook(), pg_temp.waive('retired', '440300')",
    "SELECT pg_temp.unbook(), pg_temp.waive('active', '440300'); UPDATE rule_set \
     SET body = replace(body, '440300', '110000'), active_from = '2020-01-01' WHERE id = 'test'",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_sql_invariant_holds_until_a_row_is_broken_and_finds_that_row() {
    let (world, numbers) = used().await;
    let client = invariants_sql::connect(world.url()).await;
    let about = |statements: &str| {
        statements.replace(":a", &numbers[0]).replace(":b", &numbers[1]).replace(":o", OTHER)
    };
    client.batch_execute(&about(FUNCTIONS)).await.unwrap();
    // What is broken after some statements, which are taken back.
    let broken_by = async |statements: &str| {
        let statements = about(statements);
        let done = client.batch_execute(&format!("BEGIN; {statements}")).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
        let broken = invariants_sql::broken(&client).await;
        client.batch_execute("ROLLBACK").await.unwrap();
        broken
    };
    assert_eq!(invariants_sql::broken(&client).await, [], "all hold at first");
    let broken = BREAKS.iter().map(|(rule, _)| *rule).collect::<Vec<_>>();
    assert_eq!(broken, RULES.map(|rule| rule.name), "each rule is broken");
    for (rule, ways) in BREAKS {
        assert!(!ways.is_empty(), "{rule}");
        for statements in *ways {
            let broken = broken_by(statements).await;
            assert!(
                broken.iter().any(|broken| broken.rule == *rule),
                "{rule}: {statements}: only {broken:?} found"
            );
        }
    }
    for statements in LEAVES_WHOLE {
        assert_eq!(broken_by(statements).await, [], "{statements}");
    }
    assert_eq!(invariants_sql::broken(&client).await, [], "and at last");
}

/// The tables of a ledger that has ended, with a settled invoice and a locked one.
async fn used() -> (World, [String; 2]) {
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
    (world, numbers)
}
