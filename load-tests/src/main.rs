//! Measures piao beside what it stands on, on one machine: PostgreSQL alone, signatures alone, the ledger alone, the
//! whole way over REST.
//!
//! It must never hold anybody to an absolute time: its result is a table, and what is slow is for people to judge.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to a terminal")]

mod arrivals;
mod bench;
mod cast;
mod child;
mod corpus;
mod disk;
mod failure;
mod ground;
mod growth;
mod history;
mod http;
mod latency;
mod ledger_alone;
mod ledger_process;
mod machine;
mod measured;
mod open_loop;
mod overload;
mod part;
mod plain_service;
mod plan;
mod platform;
mod postgres_alone;
mod processes;
mod report;
mod rest;
mod scenario;
mod schedule;
mod servers;
mod signatures;
mod signing;
mod stage;
mod storm;
mod table;
mod tally;
mod watch;

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use piao_domain::time::Time;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use failure::Failure;
use plan::{Arguments, Plan};
use servers::Servers;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(run(&arguments)),
        Err(error) => Err(Failure::doing("starting the runtime")(error)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("load tests: {}", failure.whole());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(at) = arguments.ledger_of {
        return ledger_process::run(Time::from_unix(at)).await;
    }
    if let Some(at) = arguments.service_of {
        return plain_service::run(Time::from_unix(at)).await;
    }
    let mut told = signal(SignalKind::terminate()).map_err(Failure::doing("listening for a signal"))?;
    let (plan, servers) = (Plan::of(arguments), Servers::of_environment()?);
    // Whatever was started ends with what is dropped here.
    let ended = tokio::select! {
        ended = report(arguments, &plan, &servers) => ended,
        _ = told.recv() => Err(Failure::new("told to end")),
        _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted")),
    };
    for names in servers.given() {
        // What was measured, or why it could not be, is what matters: the broker may be why.
        match timeout(REMOVAL_WAIT_MAX, piao_testkit::bus::remove(&servers.amqp_url, &names)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("load tests: {names} stays at the broker: {error}"),
            Err(_) => eprintln!("load tests: {names} stays at the broker, which does not answer"),
        }
    }
    ended
}

/// Longest wait for the broker to remove what a run declared.
const REMOVAL_WAIT_MAX: Duration = Duration::from_secs(10);

async fn report(arguments: &Arguments, plan: &Plan, servers: &Servers) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::doing("making a folder"))?;
    let report = bench::measure(plan, servers, folder.path()).await?;
    println!("\n{}", report.text());
    if arguments.smoke {
        return report.complaint().map_or(Ok(()), |complaint| Err(Failure::new(complaint)));
    }
    if !arguments.no_report {
        println!("written to {}", report.write(&arguments.out)?.display());
    }
    Ok(())
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
