//! `docs/errors.md` says of every code what the product says, and who meets it and why.

mod errors_document;

use errors_document::{FOLDER, documents, rows_too_many};

#[test]
fn the_documents_of_errors_are_current() {
    for (name, text) in documents() {
        let committed = std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap_or_default();
        assert!(committed == text, "docs/{name}: run cargo run --release -p piao-edge --example errors");
    }
}

#[test]
fn no_row_is_about_a_code_that_nobody_meets_or_about_one_twice() {
    assert_eq!(rows_too_many(), Vec::<&str>::new());
}
