//! The ledger that is measured alone, in a process of its own: no services, no HTTP.

use std::sync::Arc;

use piao_bus::{NamePrefix, RabbitBus, RabbitConfig};
use piao_chain::execute::Safeguards;
use piao_domain::time::Time;
use piao_ledger::{BATCH_LIMITS, Clock, Ledger, LedgerConfig, migrate_ledger};
use piao_store::{Database, DatabaseConfig, Schema};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use crate::cast::Cast;
use crate::failure::Failure;
use crate::ground::DATABASE;

/// Names the environment variable with the broker of the ledger that is measured alone.
pub(crate) const BROKER: &str = "PIAO_BENCH_AMQP_URL";
/// Names the environment variable with what its names at the broker begin with.
pub(crate) const NAMES: &str = "PIAO_BENCH_AMQP_PREFIX";

const CONNECTIONS: usize = 4;

/// Runs until it is told to end.
pub(crate) async fn run(at: Time) -> Result<(), Failure> {
    let given = |name: &str| std::env::var(name).map_err(Failure::doing(format!("reading {name}")));
    let url = given(DATABASE)?;
    let schema = Schema::parse("ledger").map_err(Failure::doing("naming a schema"))?;
    migrate_ledger(&url, &schema).await.map_err(Failure::doing("making the ledger's tables"))?;
    let database = DatabaseConfig { pool_size_max: CONNECTIONS, ..DatabaseConfig::new(url) };
    let database = Database::connect(database).await.map_err(Failure::doing("opening the pool"))?;
    let cast = Cast::new(at)?;
    let config = LedgerConfig {
        database: database.clone(),
        schema,
        bus: Arc::new(bus(given(BROKER)?, &given(NAMES)?)?),
        genesis: Arc::clone(&cast.chain.genesis),
        log_key: Arc::new(cast.chain.log_key()),
        clock: Clock::system(),
        limits: BATCH_LIMITS,
        verified: None,
        safeguards: Safeguards::ALL,
        is_watched: true,
        seen: None,
        kept: None,
    };
    let ledger = Ledger::start(config).await.map_err(Failure::doing("starting the ledger"))?;
    let mut told = signal(SignalKind::terminate()).map_err(Failure::doing("listening for a signal"))?;
    tokio::select! {
        ended = ledger.run() => ended.map_err(Failure::doing("running the ledger")),
        _ = told.recv() => Ok(()),
    }
}

/// The bus between the generator and the ledger.
pub(crate) fn bus(amqp_url: String, names: &str) -> Result<RabbitBus, Failure> {
    let prefix = NamePrefix::parse(names).map_err(Failure::doing("naming a bus"))?;
    RabbitBus::start(RabbitConfig::new(amqp_url, prefix), Handle::current())
        .map_err(Failure::doing("starting a bus"))
}
