//! The piao binary: starts the services, and is the hands of whoever uses them.
//!
//! It must never hold a rule of its own: what it shows it was told, what it signs a person asked for.

mod audit;
mod catch_up;
mod cli;
mod data_dir;
mod demo;
mod doctor;
mod exit;
mod export;
mod hands;
mod init;
mod limits;
mod manual;
mod open_files;
mod output;
mod platform;
mod progress;
mod rebuild;
mod serve;
mod services;
mod stop;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use cli::{Cli, Command};
use exit::Failure;
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How long threads are waited for that are in the middle of something when all else has ended.
const BLOCKED_WAIT_MAX: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("PIAO_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .finish()
        // Below `info` the libraries beneath us say what they send: passwords and tokens, too.
        .with(filter_fn(|said| *said.level() <= Level::INFO || said.target().starts_with("piao")))
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(cli.command));
            // What waits for a disk that hangs is not waited for.
            runtime.shutdown_timeout(BLOCKED_WAIT_MAX);
            done
        }
        Err(error) => Err(Failure::fault("starting the runtime", error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(&args),
        Command::Serve(args) => serve::run(*args).await,
        Command::Rebuild(args) => rebuild::run(args).await,
        Command::CatchUp(args) => catch_up::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Audit(args) => audit::run(&args),
        Command::Export(args) => export::run(*args).await,
        Command::Key(key) => hands::key::run(key).await,
        Command::Tx(tx) => hands::tx::run(tx).await,
        Command::Party(party) => hands::party::run(party).await,
        Command::Rules(rules) => hands::rules::run(rules).await,
        Command::Quota(quota) => hands::quota::run(quota).await,
        Command::Invoice(invoice) => hands::invoice::run(invoice).await,
        Command::Claim(claim) => hands::claim::run(claim).await,
        Command::Lock(lock) => hands::lock::run(lock).await,
        Command::Book(book) => hands::book::run(book).await,
        Command::Proof(proof) => hands::proof::run(proof).await,
        Command::Verify(args) => hands::proof::verify(&args),
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::write(&args),
        Command::Doctor(args) => doctor::run(args).await,
    }
}
