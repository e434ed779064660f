//! Measures piao beside what it stands on, on one machine: PostgreSQL alone, signatures alone, the ledger alone, the
//! whole way over REST.
//!
//! It must never hold anybody to an absolute time: its result is a table, and what is slow is for people to judge.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to a terminal")]

mod arrivals;
mod cast;
mod child;
mod corpus;
mod disk;
mod failure;
mod http;
mod latency;
mod ledger_alone;
mod ledger_process;
mod machine;
mod measured;
mod plan;
mod platform;
mod postgres_alone;
mod processes;
mod report;
mod rest;
mod schedule;
mod servers;
mod signatures;
mod table;
mod tally;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use piao_domain::time::Time;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use failure::Failure;
use machine::Machine;
use measured::Row;
use plan::{Arguments, Part, Plan};
use platform::Platform;
use report::Report;
use servers::Servers;
use watch::Watch;

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
    let mut told = signal(SignalKind::terminate()).map_err(Failure::doing("listening for a signal"))?;
    let (plan, servers) = (Plan::of(arguments), Servers::of_environment()?);
    // Whatever was started ends with what is dropped here.
    let ended = tokio::select! {
        ended = rows(arguments, &plan, &servers) => ended,
        _ = told.recv() => Err(Failure::new("told to end")),
        _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted")),
    };
    for names in [servers.names.clone(), servers.ledger_names()] {
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

async fn rows(arguments: &Arguments, plan: &Plan, servers: &Servers) -> Result<(), Failure> {
    let postgres = servers::connect(&servers.database_url).await?;
    let folder = tempfile::tempdir().map_err(Failure::doing("making a folder"))?;
    let machine = Machine::look(&postgres, now().date().to_string()).await?;
    let mut report = Report {
        machine,
        seconds_a_run: plan.measured.as_secs_f64(),
        signatures: None,
        postgres: None,
        ledger: None,
        rest: Vec::new(),
        arrivals: None,
        disk: None,
    };
    if plan.wants(Part::Signatures) {
        say("k256 verification alone");
        report.signatures = Some(told(signatures::measure(plan)?));
    }
    if plan.wants(Part::Postgres) {
        say("PostgreSQL alone");
        report.postgres = Some(told(postgres_alone::measure(plan, servers, folder.path()).await?));
    }
    if plan.wants(Part::Ledger) {
        say("the ledger alone");
        report.ledger = Some(told(ledger_alone::measure(plan, servers, folder.path(), now()).await?));
    }
    if plan.wants(Part::Rest) || plan.wants(Part::Arrivals) {
        over_rest(plan, servers, folder.path(), &mut report).await?;
    }
    println!("\n{}", report.text());
    if arguments.smoke {
        return report.complaint().map_or(Ok(()), |complaint| Err(Failure::new(complaint)));
    }
    if !arguments.no_report {
        println!("written to {}", report.write(&arguments.out)?.display());
    }
    Ok(())
}

async fn over_rest(
    plan: &Plan,
    servers: &Servers,
    folder: &Path,
    report: &mut Report,
) -> Result<(), Failure> {
    say("the whole way over REST: starting the platform");
    let mut platform = Platform::start(servers, folder, now()).await?;
    let postgres = servers::connect(platform.database.url()).await?;
    let programs = platform.programs(servers);
    let watch = Watch::new(&programs, &postgres).with_chain();
    if plan.wants(Part::Rest) {
        report.rest = rest::measure(plan, &mut platform, &watch, |row| {
            told(row.clone());
        })
        .await?;
    }
    if plan.wants(Part::Arrivals) {
        /// Offered where no closed loop said what the platform can do.
        const DEFAULT_PEAK: f64 = 500.0;
        say("the whole way over REST at a fixed rate");
        let peak = report.peak().unwrap_or(DEFAULT_PEAK);
        report.arrivals = Some(told(arrivals::measure(plan, &mut platform, &watch, peak).await?));
    }
    report.disk = Some(disk::Disk::look(&postgres).await?);
    Ok(())
}

fn say(what: &str) {
    println!("== {what}");
}

/// Says at once what a row came to.
fn told(row: Row) -> Row {
    let rate = table::spread(row.spread(|run| Some(run.per_second())));
    println!("   {}: {rate} {} a second", row.name, row.unit);
    let odd = row.runs.iter().find_map(|run| run.discarded.as_ref().or(run.surprise.as_ref()));
    if let Some(odd) = odd {
        println!("   not as expected: {odd}");
    }
    row
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
