//! The embedded database: one connection for the whole process, and what that must not break.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use futures_util::future::try_join_all;
use piao_store::embedded::{Embedded, start_embedded};
use piao_store::{Connection, Database, Schema, StoreError, migrate, revert_all};
use tempfile::TempDir;
use tokio::time::timeout;

use support::{MIGRATIONS, count, execute, insert, schema, word};

/// Longest time a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(120);

struct Running {
    database: Database,
    ledger: Schema,
    embedded: Embedded,
    directory: TempDir,
}

async fn running() -> Running {
    let directory = tempfile::tempdir().unwrap();
    open(directory).await
}

async fn open(directory: TempDir) -> Running {
    let embedded = start_embedded(directory.path()).await.unwrap();
    let ledger = schema("ledger");
    migrate(&embedded.database_url(), &ledger, MIGRATIONS).await.unwrap();
    let database = Database::connect(embedded.database_config()).await.unwrap();
    Running { database, ledger, embedded, directory }
}

async fn stop(running: Running) -> TempDir {
    running.database.close();
    drop(running.database);
    running.embedded.shutdown().await.unwrap();
    running.directory
}

#[tokio::test(flavor = "multi_thread")]
async fn every_commit_waits_for_the_disk() {
    let running = running().await;
    for setting in ["synchronous_commit", "full_page_writes"] {
        let query = format!("SELECT current_setting('{setting}') AS word");
        let value = running.database.transaction(&running.ledger, async |c| word(c, &query).await).await;
        assert_eq!(value.unwrap(), "on", "{setting}");
    }
    for id in 1..=10 {
        let before = running.embedded.log_syncs();
        insert(&running.database, &running.ledger, &[id]).await.unwrap();
        assert!(
            running.embedded.log_syncs() > before,
            "commit {id} was answered before its log was on the disk"
        );
    }
    stop(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_a_restart() {
    let first = running().await;
    insert(&first.database, &first.ledger, &[1, 2, 3]).await.unwrap();
    let again = open(stop(first).await).await;
    assert_eq!(count(&again.database, &again.ledger).await.unwrap(), 3);
    stop(again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_open_once() {
    let first = running().await;
    let second = start_embedded(first.directory.path()).await;
    let refused = second.unwrap_err();
    assert!(refused.to_string().contains("one process at a time"), "{refused}");
    stop(first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_services_share_the_one_connection() {
    let directory = tempfile::tempdir().unwrap();
    let embedded = start_embedded(directory.path()).await.unwrap();
    let schemas = ["a", "b", "c", "d", "e", "f", "g"].map(schema);
    for schema in &schemas {
        migrate(&embedded.database_url(), schema, MIGRATIONS).await.unwrap();
    }
    let database = Database::connect(embedded.database_config()).await.unwrap();
    let seven = schemas.iter().zip(1..).map(|(schema, share): (_, i64)| {
        let (database, schema) = (database.clone(), schema.clone());
        let task = tokio::spawn(async move {
            let ids: Vec<i64> = (1..=20 * share).collect();
            try_join_all(ids.iter().map(|id| insert(&database, &schema, std::slice::from_ref(id)))).await?;
            count(&database, &schema).await
        });
        async move { task.await.unwrap() }
    });
    let counts = timeout(PATIENCE, try_join_all(seven)).await.unwrap().unwrap();
    assert_eq!(counts, [20, 40, 60, 80, 100, 120, 140]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_half_way_frees_the_connection() {
    let running = running().await;
    for _ in 0..5 {
        let endless = running.database.transaction(&running.ledger, async |connection| {
            support::insert_rows(connection, &[1], b"").await?;
            std::future::pending::<Result<(), StoreError>>().await
        });
        assert!(timeout(Duration::from_millis(100), endless).await.is_err());
        assert_eq!(timeout(PATIENCE, count(&running.database, &running.ledger)).await.unwrap().unwrap(), 0);
    }
    stop(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_apart_and_leave_the_connection_usable() {
    let running = running().await;
    insert(&running.database, &running.ledger, &[2]).await.unwrap();
    let again = insert(&running.database, &running.ledger, &[2]).await;
    assert!(
        matches!(&again, Err(StoreError::Conflict { constraint, .. }) if constraint == "rows_pkey"),
        "{again:?}"
    );
    let swallowed: Result<(), StoreError> = running
        .database
        .transaction(&running.ledger, async |connection: &mut Connection| {
            execute(connection, "SELECT 1/0").await.ok();
            Ok(())
        })
        .await;
    assert!(matches!(swallowed, Err(StoreError::Aborted { .. })), "{swallowed:?}");
    assert_eq!(count(&running.database, &running.ledger).await.unwrap(), 1);
    stop(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up() {
    let directory = tempfile::tempdir().unwrap();
    let embedded = start_embedded(directory.path()).await.unwrap();
    let ledger = schema("ledger");
    migrate(&embedded.database_url(), &ledger, MIGRATIONS).await.unwrap();
    revert_all(&embedded.database_url(), &ledger, MIGRATIONS).await.unwrap();
    migrate(&embedded.database_url(), &ledger, MIGRATIONS).await.unwrap();
    let database = Database::connect(embedded.database_config()).await.unwrap();
    assert_eq!(insert(&database, &ledger, &[1]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_keeps_the_log_bounded() {
    const ROUNDS: u8 = 12;
    const ROUND_BYTES: u64 = 16 << 20;
    let running = running().await;
    let mut largest = 0;
    for round in 0..ROUNDS {
        for part in 0..4_u8 {
            // Bytes that do not compress, so that the log grows by as much.
            let body = noise(round, part, usize::try_from(ROUND_BYTES / 4).unwrap());
            let id = [i64::from(round) * 4 + i64::from(part) + 1];
            let written = running
                .database
                .transaction(&running.ledger, async |connection| {
                    execute(connection, "DELETE FROM rows").await?;
                    support::insert_rows(connection, &id, &body).await
                })
                .await;
            assert_eq!(written.unwrap(), 1);
        }
        running.embedded.maintain_once(&running.database).await.unwrap();
        largest = largest.max(running.embedded.log_bytes().unwrap());
    }
    let written = u64::from(ROUNDS) * ROUND_BYTES;
    println!("{written} bytes written, at most {largest} bytes of log on disk after maintenance");
    assert!(largest < written / 2 && largest <= 128 << 20, "{largest} bytes of log after {written} written");
    stop(running).await;
}

fn noise(round: u8, part: u8, bytes: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ (u64::from(round) << 8 | u64::from(part) | 1 << 20);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..bytes / 8).flat_map(|_| next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_serves_every_worker_of_a_web_server() {
    let running = running().await;
    let (database, ledger) = (running.database.clone(), running.ledger.clone());
    // As the binary does it: the pool on the main runtime, the web server on a system of its own.
    let (started, address) = std::sync::mpsc::channel();
    let serving = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let state = web::Data::new((database, ledger));
            let server = HttpServer::new(move || {
                App::new().app_data(state.clone()).route("/{id}", web::get().to(put_row))
            })
            .workers(2)
            .bind(("127.0.0.1", 0))
            .unwrap();
            let address = server.addrs()[0];
            let server = server.shutdown_timeout(1).disable_signals().run();
            started.send((address, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    let (address, handle) = address.recv().unwrap();
    let requests = (1..=40).map(|id| tokio::task::spawn_blocking(move || get(address, id)));
    let workers: BTreeSet<String> = try_join_all(requests).await.unwrap().into_iter().collect();
    assert_eq!(workers.len(), 2, "both workers answered: {workers:?}");
    handle.stop(true).await;
    serving.join().unwrap();
    // The workers and their runtimes are gone; the connection is not.
    assert_eq!(count(&running.database, &running.ledger).await.unwrap(), 40);
    stop(running).await;
}

async fn put_row(state: web::Data<(Database, Schema)>, id: web::Path<i64>) -> HttpResponse {
    match insert(&state.0, &state.1, &[*id]).await {
        Ok(_) => HttpResponse::Ok().body(format!("{:?}", std::thread::current().id())),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// Asks for `/{id}` and returns the body of the answer, which must be a 200.
fn get(address: SocketAddr, id: u32) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET /{id} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
}
