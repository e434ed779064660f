//! Writes `docs/errors.md` and `docs/errors.zh.md`, which a test compares:
//! `cargo run --release -p piao-edge --example errors`.
#![allow(dead_code, reason = "the test uses the rest of the module")]

#[path = "../tests/errors_document/mod.rs"]
mod errors_document;

fn main() -> std::io::Result<()> {
    for (name, text) in errors_document::documents() {
        std::fs::write(format!("{}/{name}", errors_document::FOLDER), text)?;
    }
    Ok(())
}
