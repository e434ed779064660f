//! Writes the folder `schemas/` from the types: `cargo run --release -p piao-protocol --example schemas`.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    for folder in ["transitions", "details"] {
        fs::create_dir_all(root.join(folder))?;
    }
    for file in piao_protocol::schema::files() {
        fs::write(root.join(file.path), file.text)?;
    }
    Ok(())
}
