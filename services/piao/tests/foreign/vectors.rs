//! `schemas/` and its vectors, held against each other by Python and libraries that nobody here wrote.

use std::path::Path;

use super::python;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/schemas.py");

#[tokio::test(flavor = "multi_thread")]
async fn the_vectors_hold_without_our_code() {
    // It fails at the first that does not.
    python::run(&["check.py"], &Path::new(FOLDER).join("vectors"), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_validator_allows_what_the_vectors_hold_and_nothing_beside() {
    let faults = python::run(&[PROGRAM], Path::new(FOLDER), "").await;
    assert_eq!(faults, "");
}
