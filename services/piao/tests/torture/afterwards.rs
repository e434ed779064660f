//! When nothing goes wrong any more: everything comes to its end, and is held against what was promised.

use std::path::Path;
use std::process::Command;

use piao_testkit::invariants_sql;

use super::checks::CHECKS;
use super::checks::journals::GONE_WITHIN;
use super::history::History;
use super::load::Load;
use super::platform::{Platform, SERVICES};
use super::postgres::ask;
use super::record::Record;
use super::running::{PATIENCE, is_within, within};

const VERIFIER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/verifier/verify_chain.py");

/// Everything that is wrong, and what the chain says.
pub(crate) async fn check(platform: &Platform, load: &Load, history: &History) -> (Vec<String>, Record) {
    let mut flaws = journals(platform, "after the faults").await;
    load.carry_on().await;
    flaws.extend(journals(platform, "after everything was sent again").await);
    let export = export(platform).await;
    let record = Record::read(&export);
    let (operations, surprises) = history.look();
    flaws.extend(surprises);
    for (name, check) in CHECKS {
        flaws.extend(check(&operations, &record).into_iter().map(|flaw| format!("{name}: {flaw}")));
    }
    let broken = invariants_sql::broken(&invariants_sql::connect(platform.postgres.url()).await).await;
    flaws.extend(broken.iter().map(|broken| format!("{broken:?}")));
    flaws.extend(verifiers(platform, &export));
    (flaws, record)
}

/// Nobody sends anything any more: no journal holds anything in time.
pub(crate) async fn journals(platform: &Platform, when: &str) -> Vec<String> {
    let count = |(_, _, schema): (_, _, &str)| format!("(SELECT count(*) FROM {schema}.journal)");
    let query = format!("SELECT {}", SERVICES.map(count).join(" + "));
    let mut left = None;
    let empty = is_within(GONE_WITHIN, async || {
        left = ask(platform.postgres.url(), &query).await;
        left == Some(0)
    });
    if empty.await { Vec::new() } else { vec![format!("{left:?} journal rows are left {when}")] }
}

/// The chain up to its last block, of which there must be a checkpoint first.
pub(crate) async fn export(platform: &Platform) -> String {
    let head = ask(platform.postgres.url(), "SELECT height FROM ledger.head").await.unwrap();
    let path = platform.folder.join("chain.ndjson");
    let mut text = String::new();
    within(PATIENCE, "the whole chain is exported", async || {
        let mut export = Command::new(env!("CARGO_BIN_EXE_piao"));
        export.arg("export").arg(&path).args(["--force", "--url", &platform.base("ledger")]);
        export.arg("--genesis-file").arg(platform.folder.join("files/genesis.json"));
        export.arg("--key").arg(platform.folder.join("files/bureau-key.json"));
        let done = export.output().unwrap();
        assert!(done.status.success(), "export: {}", String::from_utf8_lossy(&done.stderr));
        text = std::fs::read_to_string(&path).unwrap();
        i64::try_from(Record::read(&text).height).unwrap() == head
    })
    .await;
    text
}

/// `piao audit` replays it byte for byte, and a verifier that shares no code with it agrees; both refuse it with one
/// outcome turned over.
fn verifiers(platform: &Platform, export: &str) -> Vec<String> {
    let turned = export.replacen(r#""outcome":"accepted""#, r#""outcome":"rejected""#, 1);
    std::fs::write(platform.folder.join("turned.ndjson"), &turned).unwrap();
    let mut flaws = Vec::new();
    for (file, holds) in [("chain.ndjson", true), ("turned.ndjson", turned == export)] {
        for (name, mut verifier) in [("piao audit", audit()), ("the verifier in Python", python())] {
            verifier.arg(platform.folder.join(file));
            verifier.arg("--genesis-file").arg(platform.folder.join("files/genesis.json"));
            let done = verifier.output().unwrap();
            let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
            if done.status.code() != Some(i32::from(!holds)) {
                flaws.push(format!("{name} says of {file}: {}: {}", done.status, said.concat()));
            }
        }
    }
    flaws
}

fn audit() -> Command {
    let mut audit = Command::new(env!("CARGO_BIN_EXE_piao"));
    audit.arg("audit");
    audit
}

fn python() -> Command {
    let python = std::env::var("PIAO_TEST_PYTHON")
        .expect("PIAO_TEST_PYTHON is not set: `cargo xtask torture` makes one; see CONTRIBUTING.md");
    let mut command = Command::new(python);
    // -B: nothing is written beside the program.
    command.arg("-B").arg(Path::new(VERIFIER));
    command
}
