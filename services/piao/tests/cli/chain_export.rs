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
