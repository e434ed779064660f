//! The database refuses by itself what no row may be; migrations go up, down and up.

use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Connection, Database, StoreError, migrate, revert_all};
use piao_testkit::database;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of the read model as text.
pub(crate) async fn dump(database: &Database) -> Vec<String> {
    let service = piao_rules::service().unwrap();
    let work = async |connection: &mut Connection| {
        let read = sql_query("SELECT rule_set::text AS line FROM rule_set ORDER BY id, version");
        read.load::<Line>(connection).await.map_err(StoreError::on("dumping"))
    };
    let lines = database.transaction(service.schema(), work).await.unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_and_down_and_up() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let service = piao_rules::service().unwrap();
    for _ in 0..2 {
        migrate(fresh.url(), service.schema(), piao_rules::MIGRATIONS).await.unwrap();
        revert_all(fresh.url(), service.schema(), piao_rules::MIGRATIONS).await.unwrap();
    }
    piao_rules::migrate(fresh.url()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_rows_are_refused_by_their_check() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    piao_rules::migrate(fresh.url()).await.unwrap();
    let database = database::open(fresh.url(), 1).await;
    let service = piao_rules::service().unwrap();
    let check = async |constraint: &str, version: i64, status: &str, bytes: u32, at: (i64, i64)| {
        let sql = format!(
            "INSERT INTO rule_set VALUES ('a', {version}, '{{}}', {status}, 'bureau:a', \
             decode(repeat('00', {bytes}), 'hex'), {}, {})",
            at.0, at.1
        );
        let work = async |connection: &mut Connection| {
            connection.batch_execute(&sql).await.map_err(StoreError::on("inserting"))
        };
        let said = match database.transaction(service.schema(), work).await {
            Ok(()) => String::new(),
            Err(error) => std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default(),
        };
        assert!(said.contains(constraint) && said.is_empty() == constraint.is_empty(), "{sql}: {said}");
    };
    check("", 1, "'deployed', NULL", 32, (1, 1)).await;
    check("", 2, "'active', '2026-01-01'", 32, (1, 2)).await;
    check("", 3, "'retired', NULL", 32, (1, 2)).await;
    check("rule_set_version", 0, "'deployed', NULL", 32, (1, 1)).await;
    check("rule_set_version", 4_294_967_296, "'deployed', NULL", 32, (1, 1)).await;
    check("rule_set_status", 4, "'deployed', '2026-01-01'", 32, (1, 1)).await;
    check("rule_set_status", 4, "'active', NULL", 32, (1, 1)).await;
    check("rule_set_status", 4, "'active', '2026-1-1'", 32, (1, 1)).await;
    check("rule_set_status", 4, "'retired', '2026-01-01'", 32, (1, 1)).await;
    check("rule_set_status", 4, "'draft', NULL", 32, (1, 1)).await;
    check("rule_set_transition", 4, "'deployed', NULL", 31, (1, 1)).await;
    check("rule_set_times", 4, "'retired', NULL", 32, (2, 1)).await;
    check("rule_set_times", 4, "'deployed', NULL", 32, (1, 2)).await;
}
