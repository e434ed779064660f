use std::sync::Arc;
use std::time::Duration;

use piao_ledger::{ChainReader, Clock, GATEWAY};
use piao_protocol::genesis::Genesis;
use piao_store::embedded::start_embedded;
use piao_store::{Database, DatabaseConfig, EmbeddedMigrations, Schema};

use super::check::Checks;
use super::clocks::look_at_server;
use super::{DoctorArgs, schema_of, with_ledger};
use crate::exit::chain;
use crate::platform::Shape;
use crate::serve::shape;
use crate::services::{LEDGER, ServiceRow};

const REACHABLE: &str = "database";
/// Without these a commit that was answered may be lost with the power.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// Looks at the database: whether it answers, keeps what it is told, has every schema up to date, and holds this chain.
pub(super) async fn look(
    checks: &mut Checks,
    args: &DoctorArgs,
    rows: &[&'static ServiceRow],
    genesis: Option<Arc<Genesis>>,
    serving: bool,
) {
    let dir = match shape(&args.shape) {
        Ok(Shape::Embedded(dir)) => dir,
        Ok(Shape::Platform { database_url, .. }) => {
            return connected(checks, args, &database_url, rows, genesis).await;
        }
        Err(failure) => return checks.wrong(REACHABLE, failure.to_string()),
    };
    let folder = dir.database();
    if serving {
        return checks.not_done(REACHABLE, "embedded: one process at a time may open it, and one is serving");
    }
    if !folder.exists() {
        return checks
            .not_done(REACHABLE, format!("{} is not there yet: piao serve makes it", folder.display()));
    }
    match start_embedded(&folder).await {
        Ok(embedded) => {
            match Database::connect(embedded.database_config()).await {
                Ok(database) => {
                    inside(checks, &database, rows, genesis).await;
                    database.close();
                }
                Err(error) => checks.undecided(REACHABLE, chain(&error)),
            }
            if let Err(error) = embedded.shutdown().await {
                checks.undecided("database: stop", chain(&error));
            }
        }
        Err(error) => checks.undecided(REACHABLE, chain(&error)),
    }
}

/// Looks at a PostgreSQL that is named.
async fn connected(
    checks: &mut Checks,
    args: &DoctorArgs,
    url: &str,
    rows: &[&'static ServiceRow],
    genesis: Option<Arc<Genesis>>,
) {
    let config = DatabaseConfig {
        pool_size_max: 1,
        acquire_wait_max: Duration::from_secs(args.wait),
        ..DatabaseConfig::new(url)
    };
    match Database::connect(config).await {
        Ok(database) => {
            durable(checks, &database).await;
            inside(checks, &database, rows, genesis).await;
            database.close();
        }
        Err(error) => checks.undecided(REACHABLE, chain(&error)),
    }
}

async fn durable(checks: &mut Checks, database: &Database) {
    const NAME: &str = "database: durable";
    let Some(schema) = schema("public") else { return };
    let mut off = Vec::new();
    for name in DURABLE {
        match database.setting(&schema, name).await {
            Ok(value) if value == "off" => off.push(name),
            Ok(_) => {}
            Err(error) => return checks.undecided(NAME, chain(&error)),
        }
    }
    if off.is_empty() {
        checks.holds(NAME, format!("{} are on", DURABLE.join(", ")));
    } else {
        checks.wrong(NAME, format!("off: {}; a loss of power loses what was answered", off.join(", ")));
    }
}

/// What is inside a database that answers.
async fn inside(
    checks: &mut Checks,
    database: &Database,
    rows: &[&'static ServiceRow],
    genesis: Option<Arc<Genesis>>,
) {
    let Some(public) = schema("public") else { return };
    match database.server_time(&public).await {
        Ok(server) => {
            checks.holds(REACHABLE, "answers");
            look_at_server(checks, server);
        }
        Err(error) => return checks.undecided(REACHABLE, chain(&error)),
    }
    let mut current = false;
    if with_ledger(rows)
        && let Some(ledger) = schema(LEDGER)
    {
        current = standing(checks, database, LEDGER, &ledger, &[piao_ledger::MIGRATIONS]).await;
    }
    for row in rows {
        let name = if row.name == LEDGER { GATEWAY } else { row.name };
        if let Some(schema) = schema_of(row) {
            standing(checks, database, name, &schema, &row.migrations()).await;
        }
    }
    match genesis {
        Some(genesis) if current => held_chain(checks, database, genesis).await,
        Some(_) | None => checks.not_done("chain", "needs the genesis file and the ledger's schema"),
    }
}

async fn standing(
    checks: &mut Checks,
    database: &Database,
    name: &str,
    schema: &Schema,
    migrations: &[EmbeddedMigrations],
) -> bool {
    let check = format!("schema: {name}");
    match database.standing(schema, migrations).await {
        Ok(standing) if !standing.unknown.is_empty() => {
            let newer = standing.unknown.join(", ");
            checks.wrong(&check, format!("a newer program migrated it: {newer}"));
            false
        }
        Ok(standing) if !standing.pending.is_empty() => {
            let (applied, pending) = (standing.applied, standing.pending.join(", "));
            checks.wrong(&check, format!("{applied} applied, pending {pending}: piao serve applies them"));
            false
        }
        Ok(standing) => {
            checks.holds(&check, format!("current, {} migrations", standing.applied));
            true
        }
        Err(error) => {
            checks.undecided(&check, chain(&error));
            false
        }
    }
}

async fn held_chain(checks: &mut Checks, database: &Database, genesis: Arc<Genesis>) {
    const NAME: &str = "chain";
    let Some(ledger) = schema(LEDGER) else { return };
    let reader = ChainReader::new(database.clone(), ledger, Arc::clone(&genesis), Clock::system());
    match reader.stored().await {
        Ok(None) => checks.not_done(NAME, "none was begun in this database: the ledger's first start does"),
        Ok(Some(stored)) if stored.genesis == genesis.hash() && stored.chain == *genesis.chain() => {
            checks.holds(NAME, format!("the genesis file's, up to height {}", stored.height));
        }
        Ok(Some(stored)) => {
            checks.wrong(
                NAME,
                format!("the database holds {}, which another genesis file begins", stored.chain),
            );
        }
        Err(error) => checks.undecided(NAME, chain(&error)),
    }
}

fn schema(name: &str) -> Option<Schema> {
    Schema::parse(name).ok()
}
