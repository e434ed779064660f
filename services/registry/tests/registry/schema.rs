use diesel_async::SimpleAsyncConnection as _;
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Connection, StoreError};

const UP: &str = include_str!("../../../../migrations/registry/2026-11-22-000101_registry/up.sql");
const DOWN: &str = include_str!("../../../../migrations/registry/2026-11-22-000101_registry/down.sql");

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_s_indexes_come_and_go() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    piao_registry::migrate(fresh.url()).await.unwrap();
    let service = piao_registry::service().unwrap();
    let database = piao_testkit::database::open(fresh.url(), 1).await;
    for sql in [DOWN, UP, DOWN, UP] {
        let work = async |connection: &mut Connection| {
            connection.batch_execute(sql).await.map_err(StoreError::on("going up or down"))
        };
        database.transaction(service.schema(), work).await.unwrap();
    }
    piao_registry::migrate(fresh.url()).await.unwrap();
}
