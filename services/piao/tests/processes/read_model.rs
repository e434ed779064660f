//! What a service's schema holds, and whether that is what the ledger makes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use piao_domain::ids::TransitionId;
use piao_testkit::follower::PATIENCE;
use piao_testkit::{invariants_sql, replay};
use tokio::time::{interval, timeout};
use tokio_postgres::NoTls;

use super::installation::Installation;
use super::process::Process;

/// Every row of every table of a schema, as text, in a fixed order.
pub(crate) async fn rows(url: &str, schema: &str) -> BTreeMap<String, Vec<String>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1";
    let mut rows = BTreeMap::new();
    for table in client.query(tables, &[&schema]).await.unwrap() {
        let table: String = table.get(0);
        let query = format!("SELECT t::text FROM \"{schema}\".\"{table}\" t ORDER BY 1");
        let found = client.query(&query, &[]).await.unwrap();
        rows.insert(table, found.iter().map(|row| row.get(0)).collect());
    }
    rows
}

/// Runs `piao rebuild` beside a ledger that runs.
pub(crate) async fn rebuild(installation: &Installation, service: &str) -> String {
    let done = installation.command(&["rebuild", service]).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    said
}

/// Waits until every service of some processes has applied the ledger's last block and nothing is open in its journal.
/// Nobody submits meanwhile. A row that is journalled just after the block that decides it was applied is open until it is
/// published again.
pub(crate) async fn settled(installation: &Installation, processes: impl IntoIterator<Item = &Process>) {
    let (client, connection) = tokio_postgres::connect(installation.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let end: i64 = client.query_one("SELECT height FROM ledger.head", &[]).await.unwrap().get(0);
    for process in processes {
        let settled = timeout(PATIENCE, async {
            while process.ready().await.iter().any(|service| service["height"].as_i64() != Some(end)) {}
        });
        assert!(settled.await.is_ok(), "{} does not get to block {end}", process.base());
        for service in process.ready().await {
            let service = service["service"].as_str().unwrap();
            let open = format!("SELECT count(*) FROM \"{service}\".journal");
            let closed = timeout(PATIENCE, async {
                let mut beat = interval(Duration::from_millis(20));
                while client.query_one(&open, &[]).await.unwrap().get::<_, i64>(0) != 0 {
                    beat.tick().await;
                }
            });
            assert!(closed.await.is_ok(), "the journal of {service} is not closed");
        }
    }
}

/// The columns that the ledger and a service both have of invoices and locks, as each calls them.
const SHARED: [(&str, &str, &str); 2] = [
    (
        "invoice",
        "number, issuer, issued_by, issued_at, buyer, claim_key, amount, total, holder, presented_to, last_token, \
         settled_by, settled_amount, booking, booked_by, booked_month",
        "number, issuer, issued_by, issued_at, buyer, claim_key, amount, total, holder, presented_to, last_token, \
         settled_by, settled_amount, booking, booking_enterprise, booking_month",
    ),
    (
        "invoice_lock",
        "invoice, id, enterprise, claim_ref, amount, token, accepted_at, lease_until, exclusive, ended",
        "invoice, lock, enterprise, claim_ref, amount, token, accepted_at, lease_until, exclusive, ended",
    ),
];

/// What a service says of invoices is what the ledger's own tables say, which other code wrote.
async fn says_what_the_ledger_says(installation: &Installation, service: &str) {
    let (client, connection) = tokio_postgres::connect(installation.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let texts = async |schema: &str, table: &str, columns: &str| {
        let query = format!("SELECT ROW({columns})::text FROM {schema}.{table} ORDER BY 1");
        let rows = client.query(&query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    for (table, of_ledger, of_service) in SHARED {
        let ledger = texts("ledger", table, of_ledger).await;
        assert_eq!(texts(service, table, of_service).await, ledger, "{service}.{table}");
    }
}

/// The read model of a stopped service is exactly what the ledger makes of it.
pub(crate) async fn is_right(installation: &Installation, service: &str) {
    let before = rows(installation.url(), service).await;
    assert!(before["follow_cursor"].len() == 1, "{service} has followed");
    if before.contains_key("invoice") {
        says_what_the_ledger_says(installation, service).await;
    }
    rebuild(installation, service).await;
    let after = rows(installation.url(), service).await;
    for (table, rows) in &before {
        assert_eq!(rows, &after[table], "{service}.{table}");
    }
}

/// The chain replays, holds its invariants, and decides each of these once, `others` more, and nothing else.
pub(crate) async fn chain_holds(installation: &Installation, ids: &[TransitionId], others: usize) {
    let reader = installation.reader().await;
    // No id is decided twice: replay refuses a block that does.
    let replayed = replay::replay(&reader).await;
    for id in ids {
        assert!(reader.decided(id).await.unwrap().is_some(), "{id} is decided");
    }
    let decided = replay::lines(&reader).await.iter().map(|line| decided_in(line)).sum::<usize>();
    assert_eq!(decided, ids.len() + others, "nothing else is decided, up to block {}", replayed.height);
    invariants_sql::hold(installation.url()).await;
}

fn decided_in(line: &[u8]) -> usize {
    let line = std::str::from_utf8(line).unwrap();
    piao_protocol::export::read_block_line(line.trim_end()).unwrap().1.len()
}
