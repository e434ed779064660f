//! A disk of PostgreSQL's own that can be full.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use super::machines::run;
use super::postgres::Postgres;

/// Room for what a run writes.
const SIZE: &str = "size=1g";
const PIECE: [u8; 1 << 16] = [0; 1 << 16];

/// Mounts it at a folder. Only what is confined may.
pub(crate) fn mount(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    run("mount", &["-t", "tmpfs", "-o", SIZE, "tmpfs", folder.to_str().unwrap()]);
}

/// Fills it to the last byte for a while.
pub(crate) async fn fill(postgres: &mut Postgres, lasting: Duration) {
    let ballast = postgres.folder().join("ballast");
    let mut file = File::create(&ballast).unwrap();
    while file.write_all(&PIECE).is_ok() {}
    drop(file);
    sleep(lasting).await;
    std::fs::remove_file(ballast).unwrap();
}
