//! A Python with JOSE libraries that nobody here wrote, for the interoperability tests.

use crate::failure::Failure;
use crate::servers::install;
use crate::{process, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Names the Python program to the tests.
pub(crate) const PYTHON: &str = "PIAO_TEST_PYTHON";

const PINNED: &str = include_str!("../python-requirements.txt");
const INSTALL_LIMIT: Duration = Duration::from_secs(600);

/// The program that the environment names, else that of a virtual environment in our cache, which
/// is made anew when the pinned versions change.
pub(crate) fn ready() -> Result<PathBuf, Failure> {
    if let Some(given) = std::env::var_os(PYTHON).filter(|path| !path.is_empty()) {
        return Ok(given.into());
    }
    let folder = workspace::cache_dir().join("python");
    let python = folder.join("bin/python");
    let stamp = folder.join("pinned.txt");
    let is_current = std::fs::read_to_string(&stamp).is_ok_and(|made_with| made_with == PINNED);
    if !(is_current && imports_all(&python)?) {
        make(&folder, &python)?;
        std::fs::write(&stamp, PINNED).map_err(Failure::io(format!("writing {}", stamp.display())))?;
    }
    Ok(python)
}

fn make(folder: &Path, python: &Path) -> Result<(), Failure> {
    println!("python: making {} once", folder.display());
    let base = install::found_or_installed("Python 3 with venv", PYTHON, base_python)?;
    let next = format!("on Debian or Ubuntu: sudo apt-get install python3-venv; or set {PYTHON}");

    let mut create = Command::new(base);
    create.args(["-m", "venv", "--clear"]).arg(folder);
    run("making a Python environment", create, &next)?;

    let mut fill = Command::new(python);
    fill.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    // Ready-made packages only: building `cryptography` would compile half a world.
    fill.args(["--only-binary", ":all:", "--requirement"]);
    fill.arg(workspace::root().join("xtask/python-requirements.txt"));
    run("installing the pinned Python packages", fill, "is the Python package registry reachable?")
}

fn run(doing: &str, command: Command, next: &str) -> Result<(), Failure> {
    let finished = process::run_quietly(command, doing, INSTALL_LIMIT)?;
    match finished.success {
        true => Ok(()),
        false => Err(Failure::Command { doing: doing.into(), outcome: finished.output, next: next.into() }),
    }
}

/// The first Python that can make environments; Debian's has that part in a package of its own.
fn base_python() -> Option<PathBuf> {
    [PathBuf::from("python3"), PathBuf::from("/usr/bin/python3")]
        .into_iter()
        .find(|python| succeeds(python, "import ensurepip, venv").unwrap_or(false))
}

fn imports_all(python: &Path) -> Result<bool, Failure> {
    succeeds(python, "import cryptography, jwcrypto, jwt, openapi_spec_validator, requests, schemathesis")
}

fn succeeds(python: &Path, program: &str) -> Result<bool, Failure> {
    let mut ask = Command::new(python);
    ask.args(["-c", program]);
    match process::run_quietly(ask, "asking Python", Duration::from_secs(60)) {
        Ok(finished) => Ok(finished.success),
        Err(Failure::Missing { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_python_package_is_pinned_exactly() {
        for line in PINNED.lines().filter(|line| !line.starts_with('#')) {
            let (name, version) = line.split_once("==").unwrap_or_default();
            assert!(!name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit()), "{line}");
        }
    }
}
