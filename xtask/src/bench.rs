//! `cargo xtask bench`: builds the platform and the load tests, starts private servers, measures, and stops them.

use crate::failure::Failure;
use crate::process;
use crate::servers::Servers;
use crate::workspace;
use std::process::{Command, ExitCode};

/// `bench [--quick] [--only PART]... [OPTION]...`: what the load tests do not know they refuse themselves.
pub(crate) fn command(options: &[&str]) -> Result<ExitCode, Failure> {
    let only_asks = options.iter().any(|option| ["--help", "-h", "--version", "-V"].contains(option));
    // Apart, and the product last: built with the load tests it would have the places where a test kills it.
    let packages = if only_asks { ["piao-load-tests"].as_slice() } else { &["piao-load-tests", "piao"] };
    for package in packages {
        let build =
            process::cargo(&["build", "--release", "--locked", "--package", package, "--bin", package]);
        process::run(build, "building what is measured", "mend what the compiler names above")?;
    }
    // cargo puts all programs of a profile into one folder, this one too.
    let us = std::env::current_exe().map_err(Failure::io("finding this program"))?;
    let mut measure = Command::new(us.with_file_name("piao-load-tests"));
    measure.args(options).current_dir(workspace::root());
    if only_asks {
        return ended(measure);
    }
    let servers = Servers::start()?;
    servers.name_to(&mut measure);
    ended(measure)
}

fn ended(measure: Command) -> Result<ExitCode, Failure> {
    let status = process::run_attached(measure, "measuring")?;
    // A program ended by a signal has no code of its own.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
