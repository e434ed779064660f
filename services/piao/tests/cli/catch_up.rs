//! A database that was put back, in the embedded shape: nothing serves from it before it has caught up.

use super::chain_export::{copy, keep_checkpoint};
use super::given::Desk;
use super::main_job::BUREAU;

const GENESIS: &str = "--genesis-file piao-data/genesis.json";
const KEPT: &str = "last-checkpoint";

/// Enrols a person with a new key, and exports the chain.
fn enrol(desk: &mut Desk, name: &str) {
    let server = desk.serve();
    desk.piao(&format!("key new --person --out {name}.json")).ok();
    desk.piao(&format!("party enroll --key {name}.json")).ok();
    desk.piao(&format!("export {name}.ndjson {GENESIS} {BUREAU}")).ok();
    server.stop();
}

#[test]
fn a_database_that_was_put_back_serves_again_when_it_has_caught_up() {
    let mut desk = Desk::new();
    let kept = desk.path(KEPT).display().to_string();
    desk.set("PIAO_CHECKPOINT_FILE", &kept);
    enrol(&mut desk, "first");
    copy(&desk, "piao-data", "backup");
    enrol(&mut desk, "second");

    copy(&desk, "backup", "piao-data");
    let said = desk.piao("serve --listen 127.0.0.1:0").ended(3).stderr;
    assert!(said.contains("the database was put back") && said.contains("piao catch-up"), "{said}");
    let said = desk.piao("catch-up first.ndjson").ended(1).stderr;
    assert!(said.contains("the export ends after"), "{said}");
    desk.piao("catch-up -").ended(2);
    let caught_up = |from| {
        let told = desk.piao("catch-up second.ndjson").ok().stdout;
        assert!(told.contains(&format!("height       2, from {from}\n")), "{told}");
        assert!(told.contains("as far as the checkpoint that was kept"), "{told}");
    };
    caught_up(1);
    caught_up(2);
    enrol(&mut desk, "third");
    let told = desk.piao(&format!("audit third.ndjson {GENESIS} --kept {KEPT} --output json")).ok().json();
    assert_eq!(told["transitions"], 3, "what was decided before the loss and after it");

    // Nothing is taken into a history that was written anew, whatever was kept.
    copy(&desk, "backup", "piao-data");
    std::fs::remove_file(desk.path(KEPT)).unwrap();
    enrol(&mut desk, "anew");
    let said = desk.piao("catch-up third.ndjson").ended(1).stderr;
    assert!(said.contains("written anew"), "by what was kept: {said}");
    std::fs::remove_file(desk.path(KEPT)).unwrap();
    let said = desk.piao("catch-up third.ndjson").ended(1).stderr;
    assert!(said.contains("another history"), "by the database: {said}");
    keep_checkpoint(&desk, "third.ndjson", KEPT);
    let said = desk.piao("serve --listen 127.0.0.1:0").ended(3).stderr;
    assert!(said.contains("the database was put back"), "{said}");
}

#[test]
fn an_export_that_lacks_a_block_is_refused_and_nothing_of_it_is_taken_over() {
    let mut desk = Desk::new();
    let kept = desk.path(KEPT).display().to_string();
    desk.set("PIAO_CHECKPOINT_FILE", &kept);
    enrol(&mut desk, "first");
    copy(&desk, "piao-data", "backup");
    enrol(&mut desk, "second");
    enrol(&mut desk, "third");
    copy(&desk, "backup", "piao-data");
    // The genesis file, blocks 0 to 3, and the checkpoint.
    let whole = std::fs::read_to_string(desk.path("third.ndjson")).unwrap();
    let lines = whole.split_inclusive('\n').collect::<Vec<_>>();
    assert_eq!(lines.len(), 6);
    // One that the database has, the first that it lacks, and the last.
    for (missing, says) in [
        (1, "line 3: /header/height must be one more"),
        (2, "line 4: /header/height must be one more"),
        (3, "line 5: the checkpoint must cover exactly the blocks before it"),
    ] {
        let mut gap = lines.clone();
        gap.remove(1 + missing);
        desk.write("gap.ndjson", &gap.concat());
        let said = desk.piao("catch-up gap.ndjson").ended(1).stderr;
        assert!(said.contains(says), "without block {missing}: {said}");
    }
    let said = desk.piao("serve --listen 127.0.0.1:0").ended(3).stderr;
    assert!(said.contains("the database was put back"), "{said}");
    let told = desk.piao("catch-up third.ndjson").ok().stdout;
    assert!(told.contains("height       3, from 1\n"), "{told}");
}
