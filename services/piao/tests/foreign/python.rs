//! Runs Python with the libraries of `xtask/python-requirements.txt`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Far longer than one program takes: a thousand chains in half a minute of CPU, thousands of requests in four minutes.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs a program to its end and gives what it printed.
pub(crate) async fn run(arguments: &[&str], folder: &Path, input: &str) -> String {
    let python = std::env::var("PIAO_TEST_PYTHON")
        .expect("PIAO_TEST_PYTHON is not set: `cargo xtask test` makes one; see CONTRIBUTING.md");
    let mut running = Command::new(python)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a Python that starts");
    let mut stdin = running.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).await.expect("a Python that reads");
    drop(stdin);
    let ended = tokio::time::timeout(PATIENCE, running.wait_with_output()).await;
    let ended = ended.expect("a Python that ends in time").expect("its output");
    let (printed, complaint) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{arguments:?}: {printed}\n{complaint}");
    printed.into_owned()
}
