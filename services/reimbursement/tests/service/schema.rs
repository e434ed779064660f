//! The service's own tables, asked of PostgreSQL itself.

use diesel_async::SimpleAsyncConnection;
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Schema, migrate, revert_all};
use piao_testkit::database::open;

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_again() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let schema = Schema::parse(piao_reimbursement::NAME).unwrap();
    piao_reimbursement::migrate(fresh.url()).await.unwrap();
    revert_all(fresh.url(), &schema, piao_reimbursement::MIGRATIONS).await.unwrap();
    migrate(fresh.url(), &schema, piao_reimbursement::MIGRATIONS).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_refuses_rows_that_contradict_themselves() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    piao_reimbursement::migrate(fresh.url()).await.unwrap();
    let database = open(fresh.url(), 1).await;
    let schema = Schema::parse(piao_reimbursement::NAME).unwrap();
    let check = async |values: &str, expect: bool| {
        let sql =
            format!("INSERT INTO rule_terms (id, version, body, status, active_from) VALUES ({values})");
        let written = database.transaction(&schema, async move |connection| {
            connection.batch_execute(&sql).await.map_err(piao_store::StoreError::on("writing a row"))
        });
        assert_eq!(written.await.is_ok(), expect, "{values}");
    };
    check("'a', 1, '{}', 'deployed', NULL", true).await;
    check("'a', 1, '{}', 'deployed', NULL", false).await;
    check("'a', 2, '{}', 'active', '2026-01-01'", true).await;
    check("'a', 3, '{}', 'active', NULL", false).await;
    check("'a', 4, '{}', 'retired', '2026-01-01'", false).await;
    check("'a', 5, '{}', 'shadow', NULL", false).await;
    check("'a', 0, '{}', 'deployed', NULL", false).await;
    database.close();
}
