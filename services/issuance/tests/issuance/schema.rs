//! The database refuses by itself what no row may be; migrations go up, down and up.

use diesel_async::SimpleAsyncConnection as _;
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Connection, Database, StoreError, migrate, revert_all};
use piao_testkit::database;

const A: &str = "'91440300708461136T'";
const ID: &str = "decode(repeat('00', 32), 'hex')";
const NUMBER: &str = "'26950000000000000001'";

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_and_down_and_up() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let service = piao_issuance::service().unwrap();
    for _ in 0..2 {
        migrate(fresh.url(), service.schema(), piao_issuance::MIGRATIONS).await.unwrap();
        revert_all(fresh.url(), service.schema(), piao_issuance::MIGRATIONS).await.unwrap();
    }
    piao_issuance::migrate(fresh.url()).await.unwrap();
}

/// Inserts a row, which the named constraint refuses; or none, where it is empty.
async fn check(database: &Database, constraint: &str, table: &str, values: String) {
    let sql = format!("INSERT INTO {table} VALUES ({values})");
    let service = piao_issuance::service().unwrap();
    let work = async |connection: &mut Connection| {
        connection.batch_execute(&sql).await.map_err(StoreError::on("inserting"))
    };
    let said = match database.transaction(service.schema(), work).await {
        Ok(()) => String::new(),
        Err(error) => std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default(),
    };
    assert!(said.contains(constraint) && said.is_empty() == constraint.is_empty(), "{sql}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_rows_are_refused_by_their_check() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    piao_issuance::migrate(fresh.url()).await.unwrap();
    let database = database::open(fresh.url(), 1).await;
    let rows = [
        ("rule_set", rule_sets()),
        ("quota_application", applications()),
        ("quota_account", accounts()),
        ("quota_entry", entries()),
        ("number_segment", segments()),
        ("invoice_history", histories()),
    ];
    for (table, rows) in rows {
        for (constraint, values) in rows {
            check(&database, constraint, table, values).await;
        }
    }
    database.close();
}

type Rows = Vec<(&'static str, String)>;

fn rule_sets() -> Rows {
    let row = |version: u64, status: &str| format!("'a', {version}, '{{}}', {status}");
    vec![
        ("", row(1, "'deployed', NULL")),
        ("", row(2, "'active', '2026-01-01'")),
        ("rule_set_version", row(0, "'deployed', NULL")),
        ("rule_set_version", row(4_294_967_296, "'deployed', NULL")),
        ("rule_set_status", row(3, "'deployed', '2026-01-01'")),
        ("rule_set_status", row(3, "'active', NULL")),
        ("rule_set_status", row(3, "'shadow', NULL")),
    ]
}

fn applications() -> Rows {
    let row = |id: &str, asked: &str, status: &str, times: &str| {
        format!("{id}, 1, {A}, '2026-01', {asked}, {status}, {times}")
    };
    vec![
        ("", row(ID, "0, 0", "'pending', NULL, NULL", "1, 1")),
        ("quota_application_id", row("'x'", "0, 0", "'pending', NULL, NULL", "1, 1")),
        ("quota_application_asked", row(ID, "-1, 0", "'pending', NULL, NULL", "1, 1")),
        ("quota_application_asked", row(ID, "0, 4294967296", "'pending', NULL, NULL", "1, 1")),
        ("quota_application_status", row(ID, "0, 0", "'pending', 1, 1", "1, 1")),
        ("quota_application_status", row(ID, "0, 0", "'granted', NULL, 1", "1, 1")),
        ("quota_application_status", row(ID, "0, 0", "'granted', -1, 1", "1, 1")),
        ("quota_application_status", row(ID, "0, 0", "'kept', NULL, NULL", "1, 1")),
        ("quota_application_time", row(ID, "0, 0", "'pending', NULL, NULL", "2, 1")),
    ]
}

fn accounts() -> Rows {
    let row = |numbers: &str| format!("{A}, '2026-01', {numbers}");
    vec![
        ("", row("5, 5, 5, 5, 0")),
        ("quota_account_used", row("5, 5, 6, 5, 0")),
        ("quota_account_used", row("5, 5, 5, 6, 0")),
        ("quota_account_used", row("5, 5, -1, 5, 0")),
        ("quota_account_pending", row("5, 5, 5, 5, -1")),
    ]
}

fn entries() -> Rows {
    let row = |place: u8, cause: &str, left: &str| {
        format!("{A}, '2026-01', {place}, {cause}, -1, -1, {left}, 1, 1")
    };
    vec![
        ("", row(1, &format!("'granted', {ID}, NULL"), "0, 0")),
        ("", row(2, &format!("'used', NULL, {NUMBER}"), "0, 0")),
        ("quota_entry_kind", row(3, &format!("'used', {ID}, {NUMBER}"), "0, 0")),
        ("quota_entry_kind", row(3, "'used', NULL, NULL", "0, 0")),
        ("quota_entry_kind", row(3, "'adjusted', NULL, NULL", "0, 0")),
        ("quota_entry_kind", row(3, "'lost', NULL, NULL", "0, 0")),
        ("quota_entry_left", row(3, &format!("'used', NULL, {NUMBER}"), "-1, 0")),
    ]
}

fn segments() -> Rows {
    let row = |prefix: &str, range: &str, id: &str, used: u8, open: bool| {
        format!("'{prefix}', {range}, {A}, {id}, {used}, {open}")
    };
    vec![
        ("", row("26950", "1, 10", ID, 10, false)),
        ("", row("26951", "1, 10", ID, 9, true)),
        ("number_segment_prefix", row("2695", "1, 10", ID, 0, true)),
        ("number_segment_range", row("26952", "0, 10", ID, 0, true)),
        ("number_segment_range", row("26952", "11, 10", ID, 0, false)),
        ("number_segment_range", row("26952", "1, 1000000000000000", ID, 0, true)),
        ("number_segment_used", row("26952", "1, 10", ID, 11, false)),
        ("number_segment_open", row("26952", "1, 10", ID, 10, true)),
        ("number_segment_open", row("26952", "1, 10", ID, 9, false)),
        ("number_segment_application", row("26952", "1, 10", "'x'", 0, true)),
    ]
}

fn histories() -> Rows {
    let row = |number: &str, id: &str| format!("{number}, 1, {id}, 'invoice.issue', 'uscc:x', NULL, 1, 1");
    vec![
        ("", row(NUMBER, ID)),
        ("invoice_history_number", row("'1'", ID)),
        ("invoice_history_transition", row(NUMBER, "'x'")),
    ]
}
