//! The door to PostgreSQL, on a real server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures_util::future::{join_all, try_join_all};
use piao_store::fresh::{FreshDatabase, Template, test_server_url};
use piao_store::{
    Connection, Database, DatabaseConfig, Isolation, Mode, Schema, StoreError, migrate, revert_all,
};
use tokio::time::timeout;

use support::{MIGRATIONS, count, execute, insert, number, schema, word};

async fn migrated() -> (FreshDatabase, Database, Schema) {
    let name = "store_tests_1";
    let prepare = async |url: &str| migrate(url, &schema("ledger"), MIGRATIONS).await;
    let template = Template::ensure(&test_server_url(), name, prepare).await.unwrap();
    let fresh = FreshDatabase::copy(&test_server_url(), &template).await.unwrap();
    let database = Database::connect(DatabaseConfig::new(fresh.url())).await.unwrap();
    (fresh, database, schema("ledger"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_and_what_was_refused_is_not() {
    let (_fresh, database, ledger) = migrated().await;
    assert_eq!(insert(&database, &ledger, &[1, 2, 3]).await.unwrap(), 3);
    let refused: Result<(), StoreError> = database
        .transaction(&ledger, async |connection| {
            support::insert_rows(connection, &[4], b"").await?;
            Err(StoreError::Config { what: "on second thoughts".to_owned(), source: None })
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Config { .. })), "{refused:?}");
    assert_eq!(count(&database, &ledger).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_insert_of_many_rows_is_one_statement() {
    let (_fresh, database, ledger) = migrated().await;
    let ids: Vec<i64> = (1..=5_000).collect();
    assert_eq!(insert(&database, &ledger, &ids).await.unwrap(), 5_000);
    let without_note = "SELECT count(*) AS number FROM rows WHERE note IS NULL";
    let odd = database.transaction(&ledger, async |connection| number(connection, without_note).await).await;
    assert_eq!(odd.unwrap(), 2_500);
}

/// What each failing statement is told as.
#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_told_apart() {
    let (_fresh, database, ledger) = migrated().await;
    insert(&database, &ledger, &[2]).await.unwrap();
    let rows = [
        ("INSERT INTO rows (id, body) VALUES (2, '')", "conflict rows_pkey"),
        ("INSERT INTO rows (id, body, note) VALUES (3, '', 'note 2')", "conflict rows_note"),
        ("INSERT INTO rows (id, body) VALUES (-1, '')", "data"),
        ("INSERT INTO rows (id) VALUES (5)", "data"),
        ("INSERT INTO absent (id) VALUES (5)", "data"),
        ("SELECT 1/0", "data"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "unavailable"),
    ];
    for (statement, expect) in rows {
        let outcome =
            database.transaction(&ledger, async |connection| execute(connection, statement).await).await;
        assert_eq!(told(&outcome), expect, "{statement}: {outcome:?}");
    }
    assert_eq!(count(&database, &ledger).await.unwrap(), 1);
}

fn told<T>(outcome: &Result<T, StoreError>) -> String {
    match outcome {
        Ok(_) => "ok".to_owned(),
        Err(StoreError::Conflict { constraint, .. }) => format!("conflict {constraint}"),
        Err(StoreError::Unavailable { .. }) => "unavailable".to_owned(),
        Err(StoreError::Serialization { .. }) => "serialization".to_owned(),
        Err(StoreError::Data { .. }) => "data".to_owned(),
        Err(StoreError::OutcomeUnknown { .. }) => "unknown".to_owned(),
        Err(StoreError::Aborted { .. }) => "aborted".to_owned(),
        Err(
            error @ (StoreError::Migration { .. } | StoreError::Embedded { .. } | StoreError::Config { .. }),
        ) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swallowed_failure_is_not_taken_for_a_commit() {
    let (_fresh, database, ledger) = migrated().await;
    let outcome: Result<(), StoreError> = database
        .transaction(&ledger, async |connection| {
            support::insert_rows(connection, &[1], b"").await?;
            execute(connection, "SELECT 1/0").await.ok();
            Ok(())
        })
        .await;
    assert_eq!(told(&outcome), "aborted", "{outcome:?}");
    assert_eq!(count(&database, &ledger).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violation_found_at_commit_is_a_conflict() {
    let (_fresh, database, ledger) = migrated().await;
    let deferred =
        "CREATE TABLE later (id bigint CONSTRAINT later_once UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    database.transaction(&ledger, async |connection| execute(connection, deferred).await).await.unwrap();
    let twice = "INSERT INTO later VALUES (1), (1)";
    let outcome = database.transaction(&ledger, async |connection| execute(connection, twice).await).await;
    assert_eq!(told(&outcome), "conflict later_once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_during_commit_leaves_the_outcome_unknown() {
    let (_fresh, database, ledger) = migrated().await;
    // A trigger that runs at COMMIT and ends the session: what a crash of the server looks like from here.
    let trap = "CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
                CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON rows DEFERRABLE INITIALLY DEFERRED \
                FOR EACH ROW EXECUTE FUNCTION trap()";
    let laid: Result<(), StoreError> = database
        .transaction(&ledger, async |connection| {
            connection.batch_execute(trap).await.map_err(StoreError::on("laying the trap"))
        })
        .await;
    laid.unwrap();
    let outcome = insert(&database, &ledger, &[1]).await;
    assert_eq!(told(&outcome), "unknown", "{outcome:?}");
    assert_eq!(count(&database, &ledger).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_cannot_do_now_is_a_fault_that_passes() {
    let (fresh, healthy, ledger) = migrated().await;
    let hasty = DatabaseConfig {
        statement_wait_max: Some(Duration::from_millis(200)),
        idle_wait_max: Some(Duration::from_millis(100)),
        ..DatabaseConfig::new(fresh.url())
    };
    let hasty = Database::connect(hasty).await.unwrap();
    let raise = |state: &str, message: &str| {
        format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{message}'; END $$")
    };
    let rows = [
        ("SELECT pg_sleep(60)".to_owned(), "unavailable"),
        (raise("55P03", "canceling statement due to lock timeout"), "unavailable"),
        (raise("53100", "could not extend file \"base/5/1\": No space left on device"), "unavailable"),
        (raise("53200", "out of memory"), "unavailable"),
        ("SELECT pg_terminate_backend(pg_backend_pid())".to_owned(), "unavailable"),
        (raise("XX001", "invalid page in block 3"), "data"),
        ("SELECT 1 FROM no_such_table".to_owned(), "data"),
    ];
    for (statement, expect) in rows {
        let tried = hasty.transaction(&ledger, async |connection| {
            connection.batch_execute(&statement).await.map_err(StoreError::on("trying"))
        });
        assert_eq!(told(&tried.await), expect, "{statement}");
    }
    assert_eq!(count(&healthy, &ledger).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_hangs_is_ended_before_the_statement_that_waits_for_it() {
    let (_fresh, database, ledger) = migrated().await;
    let asked = async |name: &'static str| {
        let query = format!("SELECT current_setting('{name}') AS word");
        database.transaction(&ledger, async |c| word(c, &query).await).await.unwrap()
    };
    assert_eq!(asked("idle_in_transaction_session_timeout").await, "10s");
    assert_eq!(asked("statement_timeout").await, "30s");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_that_died_are_replaced_without_an_error() {
    let (fresh, database, ledger) = migrated().await;
    let everybody = join_all((0..8).map(|_| count(&database, &ledger))).await;
    assert!(everybody.iter().all(Result::is_ok));
    let other = Database::connect(DatabaseConfig::new(fresh.url())).await.unwrap();
    let ended = "SELECT count(pg_terminate_backend(pid)) AS number FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = other.transaction(&ledger, async |connection| number(connection, ended).await).await.unwrap();
    assert!(ended >= 1, "{ended} connections were ended");
    assert_eq!(count(&database, &ledger).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_half_way_is_rolled_back() {
    let (fresh, _, ledger) = migrated().await;
    let config = DatabaseConfig { pool_size_max: 1, ..DatabaseConfig::new(fresh.url()) };
    let database = Database::connect(config).await.unwrap();
    for _ in 0..5 {
        let endless = database.transaction(&ledger, async |connection| {
            support::insert_rows(connection, &[1], b"").await?;
            execute(connection, "SELECT pg_sleep(60)").await
        });
        assert!(timeout(Duration::from_millis(200), endless).await.is_err());
        assert_eq!(count(&database, &ledger).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_schema_sees_only_its_own_tables_on_a_shared_connection() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let schemas = ["a", "b", "c", "d", "e", "f", "g"].map(schema);
    for schema in &schemas {
        migrate(fresh.url(), schema, MIGRATIONS).await.unwrap();
    }
    let config = DatabaseConfig { pool_size_max: 1, ..DatabaseConfig::new(fresh.url()) };
    let database = Database::connect(config).await.unwrap();
    let seven = schemas.iter().zip(1..).map(|(schema, share): (_, i64)| {
        let database = database.clone();
        async move {
            for id in 1..=20 * share {
                insert(&database, schema, &[id]).await?;
            }
            count(&database, schema).await
        }
    });
    let counts = timeout(Duration::from_secs(60), try_join_all(seven)).await.unwrap().unwrap();
    assert_eq!(counts, [20, 40, 60, 80, 100, 120, 140]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_one_transaction_is_left_for_the_next() {
    let (fresh, _, ledger) = migrated().await;
    let config = DatabaseConfig { pool_size_max: 1, ..DatabaseConfig::new(fresh.url()) };
    let database = Database::connect(config).await.unwrap();
    database.ensure_schema(&schema("other")).await.unwrap();
    let path = "SELECT current_setting('search_path') AS word";
    for name in ["ledger", "other", "ledger"] {
        let seen = database.transaction(&schema(name), async |c| word(c, path).await).await.unwrap();
        assert_eq!(seen.trim_matches('"'), name);
    }
    let outcome = insert(&database, &schema("other"), &[1]).await;
    assert_eq!(told(&outcome), "data", "the table of {ledger} is not seen from another schema");
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_are_what_postgresql_says_they_are() {
    let (_fresh, database, ledger) = migrated().await;
    let serializable = Mode { isolation: Isolation::Serializable, ..Mode::WRITE };
    let rows = [
        (Mode::WRITE, "read committed", "off"),
        (Mode::SNAPSHOT, "repeatable read", "on"),
        (serializable, "serializable", "off"),
    ];
    for (mode, isolation, read_only) in rows {
        let seen = database
            .transaction_with(&ledger, mode, async |connection: &mut Connection| {
                let isolation =
                    word(connection, "SELECT current_setting('transaction_isolation') AS word").await?;
                let access =
                    word(connection, "SELECT current_setting('transaction_read_only') AS word").await?;
                Ok::<_, StoreError>((isolation, access))
            })
            .await;
        assert_eq!(seen.unwrap(), (isolation.to_owned(), read_only.to_owned()), "{mode:?}");
    }
    let written = database
        .transaction_with(&ledger, Mode::SNAPSHOT, async |c| support::insert_rows(c, &[1], b"").await)
        .await;
    assert_eq!(told(&written), "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn write_skew_is_a_serialization_failure() {
    let (fresh, database, ledger) = migrated().await;
    let other = Database::connect(DatabaseConfig::new(fresh.url())).await.unwrap();
    let mode = Mode { isolation: Isolation::Serializable, ..Mode::WRITE };
    // The inner transaction runs on another pool while the outer is open: each reads what the other writes.
    let outcome = database
        .transaction_with(&ledger, mode, async |connection| {
            number(connection, "SELECT count(*) AS number FROM rows").await?;
            other
                .transaction_with(&ledger, mode, async |connection| {
                    number(connection, "SELECT count(*) AS number FROM rows").await?;
                    support::insert_rows(connection, &[1], b"").await
                })
                .await?;
            support::insert_rows(connection, &[2], b"").await
        })
        .await;
    assert_eq!(told(&outcome), "serialization", "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_and_leave_nothing() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let ledger = schema("ledger");
    let tables = "SELECT coalesce(string_agg(table_name, ' ' ORDER BY table_name), '') AS word \
                  FROM information_schema.tables WHERE table_schema = 'ledger'";
    let expected =
        ["__diesel_schema_migrations rows", "__diesel_schema_migrations", "__diesel_schema_migrations rows"];
    for (step, expect) in expected.into_iter().enumerate() {
        if step == 1 {
            revert_all(fresh.url(), &ledger, MIGRATIONS).await.unwrap();
        } else {
            migrate(fresh.url(), &ledger, MIGRATIONS).await.unwrap();
            migrate(fresh.url(), &ledger, MIGRATIONS).await.unwrap();
        }
        let database = Database::connect(DatabaseConfig::new(fresh.url())).await.unwrap();
        let seen = database.transaction(&ledger, async |connection| word(connection, tables).await).await;
        assert_eq!(seen.unwrap(), expect, "step {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_migrate_at_once_both_succeed() {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let ledger = schema("ledger");
    try_join_all((0..4).map(|_| migrate(fresh.url(), &ledger, MIGRATIONS))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_outlives_the_runtime_that_asked_first() {
    let (_fresh, database, ledger) = migrated().await;
    for _ in 0..3 {
        let (database, ledger) = (database.clone(), ledger.clone());
        // As an actix worker: a thread with a runtime of its own that ends.
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(join_all((0..8).map(|_| count(&database, &ledger))))
        });
        let counts = tokio::task::spawn_blocking(|| worker.join().unwrap()).await.unwrap();
        assert!(counts.iter().all(|count| matches!(count, Ok(0))), "{counts:?}");
    }
    assert_eq!(count(&database, &ledger).await.unwrap(), 0);
}

#[tokio::test]
async fn a_pool_is_not_opened_on_a_single_thread_runtime() {
    let refused = Database::connect(DatabaseConfig::new("postgres://nobody@127.0.0.1:1/x")).await;
    assert!(matches!(refused, Err(StoreError::Config { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_is_used_up_makes_others_wait_in_bounds() {
    let (fresh, _, ledger) = migrated().await;
    let acquire_wait_max = Duration::from_millis(300);
    let config = DatabaseConfig { pool_size_max: 1, acquire_wait_max, ..DatabaseConfig::new(fresh.url()) };
    let database = Database::connect(config).await.unwrap();
    let nested = database
        .transaction(&ledger, async |_connection: &mut Connection| count(&database, &ledger).await)
        .await;
    assert_eq!(told(&nested), "unavailable", "the one connection was held by the outer transaction");
    assert_eq!(count(&database, &ledger).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_commit_that_the_disk_did_not_take_nothing_is_read_or_written() {
    let (fresh, _database, ledger) = migrated().await;
    let broken = Arc::new(AtomicBool::new(false));
    let disk = Arc::clone(&broken);
    let database = Database::connect(DatabaseConfig {
        after_commit: Some(Arc::new(move || {
            if disk.load(Ordering::SeqCst) { Err(std::io::Error::other("no space left")) } else { Ok(()) }
        })),
        ..DatabaseConfig::new(fresh.url())
    });
    let database = database.await.unwrap();
    insert(&database, &ledger, &[1]).await.unwrap();
    broken.store(true, Ordering::SeqCst);
    let lost = insert(&database, &ledger, &[2]).await;
    assert!(matches!(lost, Err(StoreError::OutcomeUnknown { .. })), "{lost:?}");
    // The disk takes what comes later, which says nothing of what it did not take.
    broken.store(false, Ordering::SeqCst);
    let written = insert(&database, &ledger, &[3]).await;
    assert!(matches!(written, Err(StoreError::Embedded { .. })), "{written:?}");
    let read = count(&database, &ledger).await;
    assert!(matches!(read, Err(StoreError::Embedded { .. })), "{read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_says_how_far_it_is_migrated() {
    let (_fresh, database, ledger) = migrated().await;
    let all = database.standing(&ledger, &[MIGRATIONS]).await.unwrap();
    assert_eq!((all.applied, all.pending.len(), all.unknown.len()), (2, 0, 0));
    // One that nobody migrated, or that is not even there.
    let none = database.standing(&schema("registry"), &[MIGRATIONS]).await.unwrap();
    assert_eq!((none.applied, none.pending.len(), none.unknown.len()), (0, 2, 0));
    // A newer program was here.
    let older = database.standing(&ledger, &[]).await.unwrap();
    assert_eq!((older.applied, older.pending, older.unknown), (2, Vec::new(), none.pending));
    assert!(database.server_time(&ledger).await.unwrap() > 1_790_000_000);
    assert_eq!(database.setting(&ledger, "TimeZone").await.unwrap(), "UTC");
}
