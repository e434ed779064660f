//! The embedded database is killed at random moments and must give every acknowledged row back.
//!
//! The test starts itself again as a child that writes; the parent kills the child.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use piao_store::embedded::start_embedded;
use piao_store::{Database, StoreError, migrate};

use support::{MIGRATIONS, number, schema};

const ROUNDS: usize = 24;
/// Rows per transaction: all of them are there afterwards, or none.
const ROWS: i64 = 10;
const CHILD_DIRECTORY: &str = "PIAO_TEST_EMBEDDED_CHILD";
const TEST: &str = "every_acknowledged_row_survives_a_kill";

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_row_survives_a_kill() {
    if let Ok(directory) = std::env::var(CHILD_DIRECTORY) {
        write_until_killed(Path::new(&directory)).await;
    } else {
        kill_again_and_again().await;
    }
}

async fn kill_again_and_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..ROUNDS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Some rounds end in the first transactions after recovery, some after checkpoints.
        let lines = usize::try_from(state % 60).unwrap();
        let mut writer = Writer::start(directory.path());
        let found = writer.found();
        assert!(found >= acknowledged, "round {round}: {found} rows found, {acknowledged} acknowledged");
        assert_eq!(found % ROWS, 0, "round {round}: a part of a transaction is there");
        acknowledged = found.max(writer.kill_after(lines));
    }
    assert!(acknowledged > 0);
    let embedded = start_embedded(directory.path()).await.unwrap();
    let database = Database::connect(embedded.database_config()).await.unwrap();
    let found = count_and_check(&database).await.unwrap();
    println!("{ROUNDS} kills, {acknowledged} rows acknowledged, {found} found");
    assert!(found >= acknowledged, "{found} rows found, {acknowledged} acknowledged");
}

/// The child and what it says, one line at a time.
struct Writer {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Writer {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(CHILD_DIRECTORY, directory)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn said(&mut self, what: &str) -> Option<i64> {
        loop {
            let line = self.lines.next()?.unwrap();
            if let Some(rest) = line.strip_prefix(what) {
                return Some(rest.trim().parse().unwrap());
            }
        }
    }

    fn found(&mut self) -> i64 {
        self.said("found").expect("the child opened the database")
    }

    /// Kills the child when it has acknowledged `lines` transactions and is in the next, and returns the last
    /// row it acknowledged.
    fn kill_after(mut self, lines: usize) -> i64 {
        let mut last = 0;
        for _ in 0..lines {
            last = self.said("acknowledged").expect("the child goes on writing");
        }
        self.child.kill().unwrap();
        // What it had said before it died counts, too.
        while let Some(row) = self.said("acknowledged") {
            last = row;
        }
        let status = self.child.wait().unwrap();
        assert!(!status.success(), "the child was killed");
        last
    }
}

async fn write_until_killed(directory: &Path) {
    let embedded = start_embedded(directory).await.unwrap();
    let ledger = schema("ledger");
    migrate(&embedded.database_url(), &ledger, MIGRATIONS).await.unwrap();
    let database = Database::connect(embedded.database_config()).await.unwrap();
    let mut last = count_and_check(&database).await.unwrap();
    say(&format!("\nfound {last}"));
    let body = vec![7; 3_000];
    for transaction in 1_u64.. {
        let ids: Vec<i64> = (last + 1..=last + ROWS).collect();
        let written = database
            .transaction(&ledger, async |connection| support::insert_rows(connection, &ids, &body).await)
            .await;
        assert_eq!(written.unwrap(), ids.len());
        last += ROWS;
        say(&format!("acknowledged {last}"));
        if transaction % 16 == 0 {
            embedded.maintain_once(&database).await.unwrap();
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// How many rows there are; they must be numbered from 1 without a gap, by the table and by its index.
async fn count_and_check(database: &Database) -> Result<i64, StoreError> {
    let scan = "SELECT count(*) AS number FROM rows WHERE octet_length(body) = 3000";
    let last = "SELECT coalesce((SELECT id FROM rows ORDER BY id DESC LIMIT 1), 0) AS number";
    database
        .transaction(&schema("ledger"), async |connection| {
            let rows = number(connection, scan).await?;
            assert_eq!(rows, number(connection, last).await?, "rows are numbered without a gap");
            Ok(rows)
        })
        .await
}
