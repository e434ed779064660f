//! `piao rebuild`: empties a service's read model and builds it again from the ledger.
//!
//! Its journal and its sealed records stay: nobody has them but the service.

use std::sync::Arc;

use piao_bus::{InProcessBus, InProcessConfig};
use piao_edge::clock::{SystemClock, SystemRandom};
use piao_edge::follow::BlockDecoder;
use piao_edge::metrics::Metrics;
use piao_edge::service::Platform;
use piao_edge::submit::{JournalConfig, SealKey};
use piao_ledger::{ChainReader, Clock};
use piao_store::Database;

use crate::cli::RebuildArgs;
use crate::exit::Failure;
use crate::platform::{Ground, Shape, ledger_schema, reader};
use crate::progress::Progress;
use crate::serve::{Files, shape};
use crate::services::{LEDGER, ServiceRow, select};

/// Runs it.
///
/// # Errors
/// [`Failure`]; what was built so far stays, and the service follows on from there.
pub(crate) async fn run(args: RebuildArgs) -> Result<(), Failure> {
    let rows = select(std::slice::from_ref(&args.service))?;
    let shape = shape(&args.shape)?;
    for row in rows {
        // The ledger's own database is in this process or on the same server; any other service asks it over HTTP.
        let beside = matches!(shape, Shape::Embedded(_)) || row.name == LEDGER;
        let files = Files::read(&args.shape, &shape, beside)?;
        let Ground { embedded, url, config } = Ground::open(&shape).await?;
        row.migrate(&url).await.map_err(|error| {
            Failure::fault(format!("bringing the schema of {} up to date", row.name), error)
        })?;
        let database = Database::connect(config)
            .await
            .map_err(|error| Failure::fault("connecting to the database", error))?;
        let outcome = rebuild(row, &database, files, beside).await;
        database.close();
        if let Some(embedded) = embedded {
            embedded
                .shutdown()
                .await
                .map_err(|error| Failure::fault("stopping the embedded database", error))?;
        }
        outcome?;
    }
    Ok(())
}

async fn rebuild(row: &ServiceRow, database: &Database, files: Files, beside: bool) -> Result<(), Failure> {
    let Files { genesis, seal_key, log_key: _, node } = files;
    let chain = ChainReader::new(database.clone(), ledger_schema()?, Arc::clone(&genesis), Clock::system());
    let platform = Platform {
        db: database.clone(),
        // Nothing is published or heard: the ledger alone is read.
        bus: Arc::new(InProcessBus::new(InProcessConfig::default())),
        ledger: reader(&chain, beside, node, &genesis)?,
        decoder: Arc::new(BlockDecoder::new(&genesis)),
        genesis,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        metrics: Metrics::new().map_err(|error| Failure::fault("making metrics", error))?,
        verified: None,
        seal_key: SealKey::new(seal_key),
        journal: JournalConfig::default(),
    };
    let service = (row.service)()
        .map_err(|error| Failure::fault(format!("putting service {} together", row.name), error))?;
    let before = service.stores(&platform).follow.position().await;
    let before = before
        .map_err(|error| Failure::fault(format!("reading how far {} has followed", row.name), error))?;
    let mut progress = Progress::begin(row.name, before.map(|header| header.height()));
    let rebuilt = service.rebuild(&platform, &mut |height| progress.reached(height)).await;
    let doing = format!("rebuilding the read model of {}", row.name);
    match rebuilt.map_err(|error| Failure::fault(doing, error))? {
        Some(height) => progress.end(&format!("rebuilt up to block {height}")),
        None => progress.end("the ledger has no block yet"),
    }
    Ok(())
}
