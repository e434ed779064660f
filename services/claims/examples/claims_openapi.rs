//! Writes the OpenAPI document: `cargo run --release -p piao-claims --example claims_openapi > openapi/claims.json`.

#[expect(clippy::print_stdout, reason = "the document is what this program is for")]
fn main() -> Result<(), serde_json::Error> {
    println!("{}", piao_claims::openapi().to_pretty_json()?);
    Ok(())
}
