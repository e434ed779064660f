//! The drill of docs/operations.md: a database is backed up, goes on, is lost and put back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::cast::Cast;
use super::edges::Edges;
use super::history::History;
use super::load::Load;
use super::platform::Platform;
use super::postgres::ask;
use super::running::{PATIENCE, within};
use super::{Folder, afterwards, confine, shown};

/// Blocks that the backup does not have, at least.
const FORGOTTEN: i64 = 100;
const HEIGHT: &str = "SELECT height FROM ledger.head";

#[tokio::test(flavor = "multi_thread")]
async fn on_a_database_that_was_put_back_nothing_is_sealed_before_it_has_caught_up() {
    if let Some(good) =
        confine::again("restore::on_a_database_that_was_put_back_nothing_is_sealed_before_it_has_caught_up")
    {
        assert!(good, "see above");
        return;
    }
    let folder = Folder::new("restore");
    let mut platform = Platform::start(folder.path(), &[]).await;
    let history = Arc::new(History::new());
    let cast = Cast::enter(&platform, &history).await;
    let early = exported_as(&platform, "early").await;
    let load = Load::new(cast, Edges::new(&platform.base("ledger"), Arc::clone(&history)), 1);
    let backup = platform.postgres.folder().join("backup");
    let kept = platform.checkpoint_file();

    let living = load.start();
    platform.postgres.back_up(&backup).await;
    let backed_up = height(&platform).await;
    within(PATIENCE, "some blocks", async || height(&platform).await >= backed_up + FORGOTTEN / 4).await;
    load.stop();
    living.await.unwrap();
    let half = exported_as(&platform, "half").await;
    let living = load.start();
    let far = async || height(&platform).await >= backed_up + FORGOTTEN;
    within(PATIENCE, "a hundred blocks more", far).await;
    load.stop();
    living.await.unwrap();
    let mut flaws = afterwards::journals(&platform, "before the loss").await;
    afterwards::export(&platform).await;
    let lost = height(&platform).await;

    platform.kill_all().await;
    platform.postgres.kill().await;
    platform.postgres.put_back(&backup).await;
    let stored = height(&platform).await;
    assert!(stored <= backed_up, "the copy is of before");
    platform.launch("ledger", None);
    let (code, said) = platform.ended("ledger").await;
    assert!(code == Some(3) && said.contains("the database was put back"), "{code:?}: {said}");
    assert_eq!(height(&platform).await, stored, "nothing was sealed on it");

    let (code, said) = catch_up(&platform, &early, &kept);
    assert!(code == Some(1) && said.contains("the export ends after"), "{code:?}: {said}");
    assert_eq!(height(&platform).await, stored, "nothing is taken from an export that forgot as well");
    // As far as an attempt comes that is cut off: there is no other way to half of it.
    let (code, said) = catch_up(&platform, &half, Path::new("nowhere-else"));
    assert!(code == Some(0) && said.contains("not checked"), "{code:?}: {said}");
    let between = height(&platform).await;
    assert!(stored < between && between < lost, "{stored} {between} {lost}");
    let (code, said) = catch_up(&platform, &platform.folder.join("chain.ndjson"), &kept);
    assert!(code == Some(0) && said.contains("as far as the checkpoint that was kept"), "{code:?}: {said}");
    assert_eq!(height(&platform).await, lost);
    platform.start_all().await;
    let living = load.start();
    within(PATIENCE, "the chain goes on", async || height(&platform).await > lost).await;
    load.stop();
    let lives = living.await.unwrap();
    let (more, record) = afterwards::check(&platform, &load, &history).await;
    flaws.extend(more);
    println!("restored: block {stored} of {lost}, lives {lives}, transitions {}", record.decisions.len());
    assert!(flaws.is_empty(), "{}", shown(&flaws));
}

async fn height(platform: &Platform) -> i64 {
    ask(platform.postgres.url(), HEIGHT).await.expect("PostgreSQL answers")
}

/// The chain as it is now, in a file of this name.
async fn exported_as(platform: &Platform, name: &str) -> PathBuf {
    afterwards::export(platform).await;
    let file = platform.folder.join(format!("{name}.ndjson"));
    std::fs::rename(platform.folder.join("chain.ndjson"), &file).unwrap();
    file
}

/// How it ended, and what it said.
fn catch_up(platform: &Platform, export: &Path, kept: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_piao"));
    platform.environment(&mut command);
    command.env("PIAO_CHECKPOINT_FILE", kept).current_dir(&platform.folder);
    let done = command.arg("catch-up").arg(export).output().unwrap();
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    (done.status.code(), said.concat())
}
