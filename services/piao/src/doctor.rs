//! `piao doctor`: looks at everything that a process of these services needs, and says of each thing whether it holds.
//!
//! It changes nothing: it migrates nothing, begins no chain and sends no transition.

mod broker;
mod check;
mod clocks;
mod database;
mod files;
mod server;

use clap::Args;
use piao_edge::service::Service;

use crate::cli::ShapeArgs;
use crate::data_dir::DataDir;
use crate::exit::Failure;
use crate::output::Output;
use crate::serve::note;
use crate::services::{LEDGER, ServiceRow, select};
use check::Checks;
use clocks::Clocks;

/// What to look at.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Names of services, as for `piao serve` [default: all]
    pub(crate) services: Vec<String>,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// Where the services answer [default: http://127.0.0.1:8180, if something does]
    #[arg(long, env = "PIAO_URL", value_name = "URL", value_delimiter = ',', hide_env_values = true)]
    pub(crate) url: Vec<String>,
    /// A party's key file to look at, too
    #[arg(long, env = "PIAO_KEY_FILE", value_name = "FILE", value_delimiter = ',', hide_env_values = true)]
    pub(crate) key: Vec<std::path::PathBuf>,
    /// How long to wait for database, broker and services, each
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) wait: u64,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Output,
}

/// Looks, prints what it saw, and judges.
///
/// # Errors
/// [`Failure::Negative`] where something is wrong, [`Failure::Undecided`] where something could not be found out.
pub(crate) async fn run(args: DoctorArgs) -> Result<(), Failure> {
    let rows = select(&args.services)?;
    let clocks = Clocks::read();
    let mut checks = Checks::default();
    let found = files::look(&mut checks, &args, with_ledger(&rows));
    let serving = server::look(&mut checks, &args, &found).await;
    database::look(&mut checks, &args, &rows, found.genesis.clone(), serving).await;
    broker::look(&mut checks, &args).await;
    clocks.look(&mut checks);
    checks.print(args.output)?;
    note(&checks.summary());
    checks.verdict()
}

/// Whether PostgreSQL and RabbitMQ are meant, rather than what runs inside the process.
const fn platform(shape: &ShapeArgs) -> bool {
    shape.database_url.is_some()
        || shape.database_url_file.is_some()
        || shape.amqp_url.is_some()
        || shape.amqp_url_file.is_some()
}

/// A file that is named, or where the embedded shape keeps its own.
fn file_of(
    shape: &ShapeArgs,
    named: Option<&std::path::PathBuf>,
    own: impl Fn(&DataDir) -> std::path::PathBuf,
) -> Option<std::path::PathBuf> {
    named.cloned().or_else(|| (!platform(shape)).then(|| own(&DataDir::new(&shape.data_dir))))
}

fn with_ledger(rows: &[&'static ServiceRow]) -> bool {
    rows.iter().any(|row| row.name == LEDGER)
}

/// The schema of a service.
fn schema_of(row: &ServiceRow) -> Option<piao_store::Schema> {
    (row.service)().ok().map(|service: Service| service.schema().clone())
}
