//! How many instructions the pure core needs, held to a budget: `load-tests/benches/instructions.rs` under Callgrind.

use crate::failure::Failure;
use crate::process;
use crate::servers::install;
use crate::tool::Tool;
use std::path::Path;

/// What runs the bench; of the version of the crate that the bench is written with.
const RUNNER: Tool = Tool { name: "gungraun-runner", version: "0.20.0" };

pub(crate) fn run() -> Result<(), Failure> {
    install::valgrind()?;
    let runner = RUNNER.found_or_built()?;
    // None where it was found on PATH.
    let folder = runner.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(folder.into_iter().chain(std::env::split_paths(&path)));
    let path = path.map_err(|error| Failure::Check {
        what: format!("PATH cannot begin with the folder of {}: {error}", runner.display()),
        next: "keep the cache in a folder without a colon".into(),
    })?;
    // The release profile by name: everything is built already.
    let bench = ["bench", "--profile", "release", "--locked", "--workspace", "--bench", "instructions"];
    let mut count = process::cargo(&bench);
    count.env("PATH", path);
    process::run(
        count,
        "counting the instructions of the pure core",
        "find what takes more than it did, by `callgrind_annotate` of the files under `gungraun` in the target folder; \
         where it is worth it, say why beside the new budget in load-tests/benches/instructions.rs",
    )
}
