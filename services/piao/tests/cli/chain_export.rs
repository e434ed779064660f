//! A chain in a file, written by one process and audited by another.

use std::os::unix::fs::PermissionsExt as _;

use super::given::{Desk, example};
use super::main_job::BUREAU;

#[test]
fn a_chain_is_exported_and_audited_and_no_changed_byte_passes() {
    let mut desk = Desk::new();
    let server = desk.serve();
    desk.piao("key new --person --out me.json").ok();
    desk.piao("party enroll --key me.json").ok();
    let rules = example("rules/shenzhen-2026.json");
    desk.piao(&format!("rules deploy {rules} {BUREAU}")).ok();
    let genesis = "--genesis-file piao-data/genesis.json";
    let export = format!("export chain.ndjson {genesis} {BUREAU} --output json");
    let exported = desk.piao(&export).ok();
    assert_eq!((&exported.json()["height"], &exported.json()["transitions"]), (&2.into(), &2.into()));
    let mode = std::fs::metadata(desk.path("chain.ndjson")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let audited = desk.piao("audit chain.ndjson --output json").ok();
    for member in ["chain", "height", "tree_size", "root", "transitions"] {
        assert_eq!(audited.json()[member], exported.json()[member], "{member}");
    }
    // What is there stays, and nothing is left beside it.
    let before = std::fs::read(desk.path("chain.ndjson")).unwrap();
    desk.piao(&export).ended(2);
    assert_eq!(std::fs::read(desk.path("chain.ndjson")).unwrap(), before);
    desk.piao(&format!("export - {genesis} --key me.json")).ended(4);
    desk.piao(&format!("export other.ndjson {genesis} --key me.json")).ended(4);
    desk.piao(&format!("export other.ndjson {BUREAU}")).ended(2);
    desk.piao("export other.ndjson --data-dir piao-data").ended(3);
    desk.piao("export other.ndjson --data-dir nowhere").ended(2);
    let left = std::fs::read_dir(desk.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(
        !left.into_iter().any(|name| name != "chain.ndjson" && name.to_string_lossy().contains("export"))
    );
    assert!(!desk.path("other.ndjson").exists());
    assert_eq!(desk.piao(&format!("export - {genesis} {BUREAU}")).ok().stdout.into_bytes(), before);
    let piped = desk.piao_with("audit - --output json", std::str::from_utf8(&before).unwrap()).ok();
    assert_eq!(piped.json(), audited.json());
    desk.piao(&format!("{export} --force")).ok();
    server.stop();

    // The embedded database says the same when nothing serves from it.
    desk.piao("export again.ndjson --data-dir piao-data").ok();
    assert_eq!(std::fs::read(desk.path("again.ndjson")).unwrap(), before);
    for place in [before.len() / 4, before.len() / 2, before.len() - 20] {
        let mut damaged = before.clone();
        damaged[place] = if damaged[place] == b'A' { b'B' } else { b'A' };
        std::fs::write(desk.path("damaged.ndjson"), &damaged).unwrap();
        let refused = desk.piao("audit damaged.ndjson").ended(1);
        assert!(refused.stdout.is_empty() && !refused.stderr.is_empty(), "{place}: {refused:?}");
    }
}

/// Two chains of one genesis file and one set of keys, which part after the first transition: what an operator who
/// writes history anew can make, and what replays as well as the true one.
#[test]
fn a_chain_written_anew_is_found_out_by_whoever_kept_a_checkpoint_or_a_proof() {
    let mut desk = Desk::new();
    let server = desk.serve();
    desk.piao("key new --person --out first.json").ok();
    desk.piao("party enroll --key first.json").ok();
    let genesis = "--genesis-file piao-data/genesis.json";
    let early = desk.piao(&format!("export early.ndjson {genesis} {BUREAU} --output json")).ok().json();
    server.stop();
    copy(&desk, "piao-data", "rewritten");

    let server = desk.serve();
    desk.piao("key new --person --out second.json").ok();
    let enrolled = desk.piao("party enroll --key second.json --output json").ok().json();
    let id = enrolled["transition"].as_str().unwrap().to_owned();
    desk.piao(&format!("proof get {id} {genesis} --key second.json --out kept.piao-proof.json")).ok();
    desk.piao(&format!("export true.ndjson {genesis} {BUREAU}")).ok();
    server.stop();
    keep_checkpoint(&desk, "early.ndjson", "early.txt");
    keep_checkpoint(&desk, "true.ndjson", "late.txt");

    // The operator takes the second enrolment out of history and writes another one in its place.
    copy(&desk, "rewritten", "piao-data");
    let server = desk.serve();
    desk.piao("key new --person --out third.json").ok();
    desk.piao("party enroll --key third.json").ok();
    desk.piao(&format!("export anew.ndjson {genesis} {BUREAU}")).ok();
    server.stop();

    let held =
        |export: &str, kept: &str| desk.piao(&format!("audit {export} {genesis} {kept} --output json"));
    let all = "--kept early.txt --kept late.txt --kept kept.piao-proof.json";
    let told = held("true.ndjson", all).ok().json();
    assert_eq!((&told["genesis_known"], &told["kept_held"]), (&true.into(), &3.into()));
    assert_eq!(held("anew.ndjson", "--kept early.txt").ok().json()["kept_held"], 1, "so far it is the same");
    for kept in ["--kept late.txt", "--kept kept.piao-proof.json", all] {
        let said = held("anew.ndjson", kept).ended(1).stderr;
        assert!(said.contains("written anew"), "{kept}: {said}");
    }
    let said = held("early.ndjson", "--kept late.txt").ended(1).stderr;
    assert!(said.contains("ends after"), "{said}");
    // Nothing but what was kept tells them apart, and the audit says that it was not asked to.
    let unasked = desk.piao("audit anew.ndjson").ok().stdout;
    assert_eq!(unasked.matches("not checked:").count(), 2, "{unasked}");
    assert_eq!(early["height"], 1);

    desk.piao("init --name other --bureau shenzhen --out other").ok();
    let said = desk.piao("audit true.ndjson --genesis-file other/genesis.json").ended(1).stderr;
    assert!(said.contains("is the genesis file of other-"), "{said}");
    std::fs::write(desk.path("nothing.txt"), "nothing\n").unwrap();
    held("true.ndjson", "--kept nothing.txt").ended(1);
    held("true.ndjson", "--kept nowhere.txt").ended(3);
    held("true.ndjson", "--kept /dev/zero").ended(1);
}

/// The checkpoint that ends an export, in a file as `/log/checkpoint` gives it.
pub(crate) fn keep_checkpoint(desk: &Desk, export: &str, file: &str) {
    let text = std::fs::read_to_string(desk.path(export)).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    std::fs::write(desk.path(file), last["checkpoint"].as_str().unwrap()).unwrap();
}

pub(crate) fn copy(desk: &Desk, from: &str, to: &str) {
    let (from, to) = (desk.path(from), desk.path(to));
    if to.exists() {
        std::fs::remove_dir_all(&to).unwrap();
    }
    let copied = std::process::Command::new("cp").arg("-a").args([&from, &to]).status().unwrap();
    assert!(copied.success());
}
