//! Writes `schemas/asyncapi.json`, which a test compares: `cargo run --release -p piao-edge --example asyncapi`.

#[path = "../tests/asyncapi_document/mod.rs"]
mod asyncapi_document;

fn main() -> std::io::Result<()> {
    std::fs::write(format!("{}/asyncapi.json", asyncapi_document::FOLDER), asyncapi_document::document())
}
