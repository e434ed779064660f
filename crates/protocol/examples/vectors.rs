//! Writes what is missing in `schemas/vectors/`, and never what is there: other people's clients rely on it.
//! `cargo run --release -p piao-protocol --example vectors`

#[expect(dead_code, reason = "edits are for tests")]
#[path = "../tests/body_examples/mod.rs"]
mod body_examples;
#[path = "../tests/vector_files/mod.rs"]
mod vector_files;

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/vectors");
    fs::create_dir_all(&root)?;
    for (name, text) in vector_files::files() {
        let path = root.join(name);
        if !path.exists() {
            fs::write(path, text)?;
        }
    }
    Ok(())
}
