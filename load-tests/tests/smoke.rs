//! The load tests themselves, on the servers of the tests and on the platform that is built beside them: whatever they need
//! of it may have changed.

use std::process::{Command, Stdio};

#[test]
fn the_ledger_alone_and_the_whole_way_meet_nothing_but_acceptance() {
    let mut smoke = Command::new(env!("CARGO_BIN_EXE_piao-load-tests"));
    let ran = smoke.arg("--smoke").stdin(Stdio::null()).output().expect("the load tests");
    let told = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(ran.status.success(), "{told}");
    for row in ["ledger alone", "whole way over REST, 16 clients"] {
        assert!(told.contains(row), "{row} is missing:\n{told}");
    }
}
