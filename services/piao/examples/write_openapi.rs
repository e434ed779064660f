//! Writes every OpenAPI document, which tests compare with what the services say:
//! `cargo run --release -p piao --example write_openapi`.

#[path = "../tests/foreign/documents.rs"]
mod documents;

fn main() -> std::io::Result<()> {
    for (name, text) in documents::documents() {
        std::fs::write(format!("{}/{name}.json", documents::FOLDER), text)?;
    }
    Ok(())
}
