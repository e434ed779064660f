//! `piao serve`: the services of one process, until it is told to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use piao_client::Identity;
use piao_ledger::KeptCheckpoint;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::genesis::Genesis;

use crate::cli::{ServeArgs, ShapeArgs};
use crate::data_dir::{DataDir, read_genesis, read_identity, read_log_key, read_secret};
use crate::exit::Failure;
use crate::init;
use crate::platform::{Process, Shape, Start};
use crate::services::{LEDGER, select};
use crate::stop::Stop;

/// Runs it.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let services = select(&args.services)?;
    let with_ledger = services.iter().any(|row| row.name == LEDGER);
    let shape = shape(&args.shape)?;
    if matches!(shape, Shape::Embedded(_)) && !args.services.is_empty() {
        return Err(Failure::Usage(
            "the embedded shape runs every service in one process: name none of them, or set PIAO_DATABASE_URL \
             and PIAO_AMQP_URL"
                .to_owned(),
        ));
    }
    if args.standby && !(with_ledger && matches!(shape, Shape::Platform { .. })) {
        return Err(Failure::Usage(
            "--standby is for a ledger beside others: name `ledger`, and set PIAO_DATABASE_URL and PIAO_AMQP_URL"
                .to_owned(),
        ));
    }
    begin(&shape)?;
    let Files { genesis, seal_key, log_key, node } = Files::read(&args.shape, &shape, with_ledger)?;
    let limits = args.limits.limits();
    let (standby, listen) = (args.standby, args.listen);
    let kept = args.shape.checkpoint_file.map(KeptCheckpoint::new);
    let start = Start { shape, services, genesis, log_key, kept, standby, seal_key, node, listen, limits };
    let chain = Arc::clone(&start.genesis);
    let names = start.services.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
    let process = Process::start(start).await?;
    let stop = Stop::listen()?;
    note(&format!("chain {}: {names} at http://{}", chain.chain(), process.address));
    process.run(stop).await
}

/// What the files of a chain hold.
pub(crate) struct Files {
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) seal_key: [u8; 32],
    /// Where the ledger is in this process.
    pub(crate) log_key: Option<LogSigner>,
    /// Where it is not.
    pub(crate) node: Option<(Identity, Vec<String>)>,
}

impl Files {
    /// Reads them from where they were named, or from the data folder in the embedded shape.
    ///
    /// # Errors
    /// [`Failure`] naming the file, or the variable that names none.
    pub(crate) fn read(args: &ShapeArgs, shape: &Shape, with_ledger: bool) -> Result<Self, Failure> {
        let dir = DataDir::new(&args.data_dir);
        let file = |given: &Option<PathBuf>, own: PathBuf, name: &str| match (given, shape) {
            (Some(path), _) => Ok(path.clone()),
            (None, Shape::Embedded(_)) => Ok(own),
            (None, Shape::Platform { .. }) => {
                Err(Failure::Usage(format!("set {name}: `piao init` writes the file")))
            }
        };
        let genesis = read_genesis(&file(&args.genesis_file, dir.genesis(), "PIAO_GENESIS_FILE")?)?;
        let seal_key = read_secret(&file(&args.seal_key_file, dir.seal_key(), "PIAO_SEAL_KEY_FILE")?)?;
        let (log_key, node) = if with_ledger {
            let path = file(&args.log_key_file, dir.log_key(), "PIAO_LOG_KEY_FILE")?;
            (Some(read_log_key(&path)?), None)
        } else {
            let path = file(&args.node_key_file, dir.node_key(), "PIAO_NODE_KEY_FILE")?;
            (None, Some((read_identity(&path)?, args.ledger_url.clone())))
        };
        Ok(Self { genesis, seal_key, log_key, node })
    }
}

/// Where data and messages are to be.
///
/// # Errors
/// [`Failure::Usage`] where only one of database and broker is named.
pub(crate) fn shape(args: &ShapeArgs) -> Result<Shape, Failure> {
    let database_url = given(args.database_url.as_ref(), args.database_url_file.as_deref())?;
    let amqp_url = given(args.amqp_url.as_ref(), args.amqp_url_file.as_deref())?;
    match (database_url, amqp_url) {
        (None, None) => Ok(Shape::Embedded(DataDir::new(&args.data_dir))),
        (Some(database_url), Some(amqp_url)) => {
            Ok(Shape::Platform { database_url, amqp_url, amqp_prefix: args.amqp_prefix.clone() })
        }
        (Some(_), None) | (None, Some(_)) => Err(Failure::Usage(
            "PostgreSQL and RabbitMQ go together: set PIAO_DATABASE_URL and PIAO_AMQP_URL, or neither"
                .to_owned(),
        )),
    }
}

/// A URL with a password in it, as it is or from a file: what is in the environment is seen by more than a file is.
fn given(url: Option<&String>, file: Option<&Path>) -> Result<Option<String>, Failure> {
    match (url, file) {
        (Some(url), _) => Ok(Some(url.clone())),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|error| Failure::fault(format!("reading {}", path.display()), error))?;
            Ok(Some(text.trim().to_owned()))
        }
        (None, None) => Ok(None),
    }
}

/// Begins the embedded shape's chain where its folder holds none.
fn begin(shape: &Shape) -> Result<(), Failure> {
    if let Shape::Embedded(dir) = shape
        && !dir.genesis().exists()
    {
        let genesis = init::write(dir, "dev", "dev")?;
        note(&format!("began chain {} in {}", genesis.chain(), dir.path().display()));
    }
    Ok(())
}

/// Says something to the person at the terminal, beside the data.
pub(crate) fn note(text: &str) {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "{text}").ok();
}
