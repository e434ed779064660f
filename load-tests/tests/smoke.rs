//! The load tests themselves, on the servers of the tests and on the platform that is built beside them: whatever they need
//! of it may have changed.

use std::process::{Command, Stdio};

/// What stands in the table for each part that can be measured alone.
const ROWS: &[&str] = &[
    "k256 verification alone",
    "live signing with ES256K",
    "live signing with ES256,",
    "live signing with EdDSA",
    "PostgreSQL alone",
    "service without a ledger",
    "ledger alone",
    "whole way over REST, 16 clients |",
    "arrivals a second (open loop)",
    "16 clients, ES256 keys",
    "16 clients, EdDSA keys",
    "| issue only, flat out, 16 clients |",
    "| whole lives, flat out, 16 clients |",
    "| 20 reads for each issue, flat out, 16 clients |",
    "| month's end, locks, flat out, 16 clients |",
    "| one hot issuer, issue only, flat out, 16 clients |",
    "arrivals a second |",
    "| WAL | disk an invoice |",
    "issuing alone over REST",
    "| 2 × ",
    "| 5 × ",
    "lock storm over REST",
    "| 64 of 64 | 64 |",
    "| 90 |",
    "| 300 |",
    "16 clients, 256 invoices in the database",
    "16 clients, 1000 invoices in the database",
    "over REST : service without a ledger",
    "PostgreSQL fsync",
];

#[test]
fn every_row_meets_nothing_but_what_it_should() {
    let mut smoke = Command::new(env!("CARGO_BIN_EXE_piao-load-tests"));
    let ran = smoke.arg("--smoke").stdin(Stdio::null()).output().expect("the load tests");
    let told = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(ran.status.success(), "{told}");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in ROWS {
        assert!(told.contains(row), "{row} is missing:\n{told}");
    }
}
