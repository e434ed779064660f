//! The database refuses by itself what no row may be; migrations go up, down and up.

use diesel_async::SimpleAsyncConnection;
use piao_edge::migrations;
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Schema, StoreError, migrate, revert_all};

use crate::support::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_and_down_and_up() {
    let database = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let schema = Schema::parse("edge_test").unwrap();
    for _ in 0..2 {
        migrate(database.url(), &schema, migrations::COMMON).await.unwrap();
        revert_all(database.url(), &schema, migrations::COMMON).await.unwrap();
        migrate(database.url(), &schema, migrations::INVOICE).await.unwrap();
        revert_all(database.url(), &schema, migrations::INVOICE).await.unwrap();
    }
    migrations::migrate(database.url(), &schema, [migrations::INVOICE]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_rows_are_refused_by_their_check() {
    let stage = Stage::new().await;
    let schema = stage.schema();
    let check = async |constraint: &str, sql: String| {
        let outcome = stage.platform.db.transaction(&schema, async |connection| {
            connection.batch_execute(&sql).await.map_err(StoreError::on("inserting"))
        });
        let outcome: Result<(), StoreError> = outcome.await;
        let said = match &outcome {
            Ok(()) => "nothing".to_owned(),
            Err(error) => std::error::Error::source(error).map(ToString::to_string).unwrap_or_default(),
        };
        assert!(said.contains(constraint), "{sql}: {said}");
    };
    let hash = "decode(repeat('00', 32), 'hex')";
    let journal = |rest: &str| format!("INSERT INTO journal (day, publish_at, party, jws, {rest})");
    check("journal_publishes", journal(&format!("id, publishes) VALUES (1, 1, 'p', 'a', {hash}, 0"))).await;
    check("journal_id", journal("id, publishes) VALUES (1, 1, 'p', 'a', '', 1")).await;
    let receipt = |id: &str, place: &str| {
        let columns = "day, party, detail, time, id, height, idx, block";
        format!("INSERT INTO receipt ({columns}) VALUES (1, 'p', '{{}}', 1, {id}, {place})")
    };
    check("nothing", receipt(hash, &format!("1, 1, {hash}"))).await;
    check("receipt_pkey", receipt(hash, &format!("1, 1, {hash}"))).await;
    check("receipt_id", receipt("''", &format!("1, 1, {hash}"))).await;
    check("receipt_place", receipt(hash, &format!("0, 1, {hash}"))).await;
    check("receipt_place", receipt(hash, &format!("1, 0, {hash}"))).await;
    check("receipt_place", receipt(hash, "1, 1, ''::bytea")).await;
    let sealed = |rest: &str| format!("INSERT INTO sealed VALUES (1, {hash}, {rest})");
    check("sealed_state", sealed("'kept', NULL, NULL, NULL")).await;
    check("sealed_state", sealed("'kept', ''::bytea, ''::bytea, NULL")).await;
    check("sealed_state", sealed("'erased', NULL, NULL, NULL")).await;
    check("sealed_state", sealed("'erased', NULL, ''::bytea, 1")).await;
    check("sealed_state", sealed("'lost', NULL, NULL, 1")).await;
    let cursor = |rest: &str| format!("INSERT INTO follow_cursor VALUES ({rest})");
    check("follow_cursor_one", cursor(&format!("false, 1, {hash}, ''"))).await;
    check("follow_cursor_height", cursor(&format!("true, -1, {hash}, ''"))).await;
    check("follow_cursor_hash", cursor("true, 1, '', ''")).await;
    let party = |rest: &str| format!("INSERT INTO party VALUES ('p', {rest})");
    check("party_kind", party("'enterprise', NULL, NULL, NULL, 'active'")).await;
    check("party_kind", party("'person', 'n', NULL, NULL, 'active'")).await;
    check("party_kind", party("'robot', NULL, NULL, NULL, 'active'")).await;
    check("party_standing", party("'person', NULL, NULL, NULL, 'asleep'")).await;
    let key = |rest: &str| format!("INSERT INTO party_key VALUES ({hash}, 'p', {rest})");
    check("party_key_point", key(&format!("'ES256', {hash}, NULL, 'live'"))).await;
    check("party_key_point", key(&format!("'EdDSA', {hash}, {hash}, 'live'"))).await;
    check("party_key_point", key("'EdDSA', '', NULL, 'live'")).await;
    check("party_key_point", key(&format!("'RS256', {hash}, {hash}, 'live'"))).await;
    check("party_key_state", key(&format!("'EdDSA', {hash}, NULL, 'gone'"))).await;
    let keys = |parties: [&str; 2]| {
        let row = |party: &str| format!("({hash}, '{party}', 'EdDSA', {hash}, NULL, 'live')");
        format!("INSERT INTO party_key VALUES {}, {}", row(parties[0]), row(parties[1]))
    };
    check("party_key_pkey", keys(["p", "p"])).await;
    check("nothing", keys(["p", "q"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_invoices_and_locks_are_refused_by_their_check() {
    let stage = Stage::new().await;
    let schema = stage.schema();
    let check = async |constraint: &str, changes: &str| {
        let hash = "decode(repeat('00', 32), 'hex')";
        let good = format!(
            "INSERT INTO invoice VALUES ('26951000000000000001', 1, 'i', {hash}, 1, NULL, NULL, 1, 1, NULL, '{{}}', \
             0, NULL, NULL, '01', NULL, NULL); \
             INSERT INTO invoice_lock VALUES ('26951000000000000001', {hash}, 'e', 'r', 1, 1, 1, 2, true, NULL);"
        );
        let outcome = stage.platform.db.transaction(&schema, async |connection| {
            connection
                .batch_execute(&format!("{good} {changes}"))
                .await
                .map_err(StoreError::on("changing"))?;
            Err::<(), _>(StoreError::Config { what: "nothing".to_owned(), source: None })
        });
        let error = outcome.await.unwrap_err();
        let said = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        assert!(said.contains(constraint), "{changes}: {said}");
    };
    check("nothing", "").await;
    check("invoice_number", "UPDATE invoice SET number = '1'").await;
    check("invoice_version", "UPDATE invoice SET version = 0").await;
    check("invoice_claim", "UPDATE invoice SET presented_to = '{a}'").await;
    check("nothing", "UPDATE invoice SET presented_to = '{a}', holder = 'h'").await;
    check("invoice_claim_key", "UPDATE invoice SET claim_key = ''").await;
    check("invoice_token", "UPDATE invoice SET last_token = -1").await;
    check("invoice_settled", "UPDATE invoice SET settled_by = 'e'").await;
    check("invoice_settled", "UPDATE invoice SET settled_amount = 1").await;
    check("invoice_booking", "UPDATE invoice SET booking = '02'").await;
    check("invoice_booking", "UPDATE invoice SET booking = '04'").await;
    check("invoice_booking", "UPDATE invoice SET booking = '06'").await;
    check("invoice_booking", "UPDATE invoice SET booking_month = '2026-09'").await;
    check("nothing", "UPDATE invoice SET booking = '03', booking_enterprise = 'e', booking_month = 'm'")
        .await;
    check("invoice_lock_amount", "UPDATE invoice_lock SET amount = 0").await;
    check("invoice_lock_token", "UPDATE invoice_lock SET token = 0").await;
    check("invoice_lock_lease", "UPDATE invoice_lock SET lease_until = 1").await;
    check("invoice_lock_ended", "UPDATE invoice_lock SET ended = 'lost'").await;
    let second = "INSERT INTO invoice_lock SELECT invoice, decode(repeat('01', 32), 'hex'), enterprise, claim_ref, \
                  amount, token + 1, accepted_at, lease_until, exclusive, ended FROM invoice_lock";
    check("invoice_lock_exclusive", second).await;
    check("nothing", &format!("UPDATE invoice_lock SET ended = 'lapsed'; {second}")).await;
    check("nothing", &format!("UPDATE invoice_lock SET exclusive = false; {second}")).await;
    check("invoice_lock_pkey", "INSERT INTO invoice_lock SELECT * FROM invoice_lock").await;
}
