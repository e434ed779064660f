//! `cargo xtask`: test, tidy, measure, and the servers that all of it runs against.
//!
//! It imports nothing of the workspace and little else, because it is compiled before everything
//! else on a fresh machine, and because a check must not depend on what it checks.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to a terminal")]

mod bench;
mod deny;
mod failure;
mod instructions;
mod process;
mod python;
mod sbom;
mod servers;
mod simulate;
mod test;
mod tidy;
mod tool;
mod torture;
mod workspace;

use failure::Failure;
use std::process::{Command, ExitCode};

/// Shown for `help` and after a wrong command line.
pub(crate) const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--only STAGE]...   everything a change must pass, or only the named stages
  test --list              the stages in order
  tidy                     import arrows, sizes, names, words (also a stage of `test`)
  bench [--quick] [--only PART]...
                           measure on private servers, into load-tests/results; `bench --help` names the parts
  simulate [--seeds N] [--from S] [--nice N]
                           run N seeds of the simulation, by default 20000, from S or from where
                           load-tests/results/simulation.md ends, and write down there what came of it
  torture [--minutes N] [--seed S] [--kinds K,...]
                           kill, stop and cut off real processes for N minutes, by default 5, and write
                           what came of each run into load-tests/results/torture.md; K is service,
                           postgres, broker, partition, clock or disk
  sbom                     print what the program is built of, as CycloneDX
  servers -- CMD [ARG]...  run CMD with a private PostgreSQL and RabbitMQ, named in
                           PIAO_TEST_DATABASE_URL and PIAO_TEST_AMQP_URL, and stop them after it
  help                     this text

examples:
  cargo xtask test --only tidy --only clippy
  cargo xtask servers -- cargo test --release -p piao-store
  cargo xtask servers -- sh -c 'psql \"$PIAO_TEST_DATABASE_URL\" -c \"select version()\"'";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ended = process::catch_signals().and_then(|()| dispatch(&arguments));
    match ended {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode, Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", options @ ..] => test::command(options),
        ["tidy"] => tidy::run().map(|()| ExitCode::SUCCESS),
        ["bench", options @ ..] => bench::command(options),
        ["simulate", options @ ..] => simulate::command(options),
        ["torture", options @ ..] => torture::command(options),
        ["sbom"] => sbom::command(),
        ["servers", "--", program, rest @ ..] => with_servers(program, rest),
        ["servers", ..] => Err(Failure::Usage("`servers` needs a command after `--`".into())),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        [] => Err(Failure::Usage("which command?".into())),
        [other, ..] => Err(Failure::Usage(format!("there is no command `{other}` with these arguments"))),
    }
}

/// Ends with the command's own exit code, so that a script can rely on it.
fn with_servers(program: &str, arguments: &[&str]) -> Result<ExitCode, Failure> {
    let servers = servers::Servers::start()?;
    let mut command = Command::new(program);
    command.args(arguments);
    servers.name_to(&mut command);
    let status = process::run_attached(command, "running the given command")?;
    // A command ended by a signal has no code of its own.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
