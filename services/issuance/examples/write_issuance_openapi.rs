//! Writes `openapi/issuance.json`, which a test compares with what the service says.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/issuance.json");
    Ok(std::fs::write(path, piao_issuance::openapi().to_pretty_json()? + "\n")?)
}
