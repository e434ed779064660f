//! Writes the OpenAPI document: `cargo run --release -p piao-reimbursement --example reimbursement_openapi > openapi/reimbursement.json`.

#[expect(clippy::print_stdout, reason = "the document is what this program is for")]
fn main() -> Result<(), serde_json::Error> {
    println!("{}", piao_reimbursement::openapi().to_pretty_json()?);
    Ok(())
}
