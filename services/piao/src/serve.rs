//! `piao serve`: the services of one process, until it is told to end.

use std::sync::Arc;

use crate::cli::{ServeArgs, ShapeArgs};
use crate::data_dir::{DataDir, read_genesis, read_identity, read_log_key, read_secret};
use crate::exit::Failure;
use crate::init;
use crate::platform::{Process, Shape, Start};
use crate::services::{LEDGER, select};

/// Runs it.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let start = prepare(args)?;
    let chain = Arc::clone(&start.genesis);
    let names = start.services.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
    let process = Process::start(start).await?;
    note(&format!("chain {}: {names} at http://{}", chain.chain(), process.address));
    process.run().await
}

fn prepare(args: ServeArgs) -> Result<Start, Failure> {
    let services = select(&args.services)?;
    let with_ledger = services.iter().any(|row| row.name == LEDGER);
    let ShapeArgs { database_url, amqp_url, data_dir, .. } = &args.shape;
    let dir = DataDir::new(data_dir);
    let shape = match (database_url, amqp_url) {
        (None, None) if !args.services.is_empty() => {
            return Err(Failure::Usage(
                "the embedded shape runs every service in one process: name none of them, or set \
                 PIAO_DATABASE_URL and PIAO_AMQP_URL"
                    .to_owned(),
            ));
        }
        (None, None) => Shape::Embedded(dir.clone()),
        (Some(database_url), Some(amqp_url)) => {
            Shape::Platform { database_url: database_url.clone(), amqp_url: amqp_url.clone() }
        }
        (Some(_), None) | (None, Some(_)) => {
            return Err(Failure::Usage(
                "PostgreSQL and RabbitMQ go together: set PIAO_DATABASE_URL and PIAO_AMQP_URL, or neither"
                    .to_owned(),
            ));
        }
    };
    if matches!(shape, Shape::Embedded(_)) && !dir.genesis().exists() {
        let genesis = init::write(&dir, "dev", "dev")?;
        note(&format!("began chain {} in {}", genesis.chain(), dir.path().display()));
    }
    let file = |given: &Option<std::path::PathBuf>, own: std::path::PathBuf, name: &str| match (given, &shape)
    {
        (Some(path), _) => Ok(path.clone()),
        (None, Shape::Embedded(_)) => Ok(own),
        (None, Shape::Platform { .. }) => {
            Err(Failure::Usage(format!("set {name}: `piao init` writes the file")))
        }
    };
    let genesis = read_genesis(&file(&args.shape.genesis_file, dir.genesis(), "PIAO_GENESIS_FILE")?)?;
    let seal_key = read_secret(&file(&args.shape.seal_key_file, dir.seal_key(), "PIAO_SEAL_KEY_FILE")?)?;
    let (log_key, node) = if with_ledger {
        let path = file(&args.shape.log_key_file, dir.log_key(), "PIAO_LOG_KEY_FILE")?;
        (Some(read_log_key(&path)?), None)
    } else {
        let path = file(&args.shape.node_key_file, dir.node_key(), "PIAO_NODE_KEY_FILE")?;
        (None, Some((read_identity(&path)?, args.shape.ledger_url.clone())))
    };
    let limits = args.limits.limits();
    Ok(Start { shape, services, genesis, log_key, seal_key, node, listen: args.listen, limits })
}

/// Says something to the person at the terminal, beside the data.
pub(crate) fn note(text: &str) {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "{text}").ok();
}
