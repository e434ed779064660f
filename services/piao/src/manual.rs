//! What a shell and `man` know of the program, made from its own options.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Failure;
use crate::output::print;
use crate::serve::note;

/// Which shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder; pages of an earlier version there are replaced
    folder: PathBuf,
}

const NAME: &str = "piao";

/// `piao completions`
///
/// # Errors
/// [`Failure::Fault`] where stdout takes nothing.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::fault("writing a script", error))?;
    print(&script)
}

/// `piao man`
///
/// # Errors
/// [`Failure::Fault`] where the folder takes nothing.
pub(crate) fn write(args: &ManArgs) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        std::fs::create_dir_all(&args.folder)?;
        clap_mangen::generate_to(Cli::command(), &args.folder)
    };
    write().map_err(|error| Failure::fault(format!("writing pages to {}", args.folder.display()), error))?;
    note(&format!("man pages written to {}", args.folder.display()));
    Ok(())
}
