//! A process with some of the services in it: database, bus, ledger, services, HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use piao_bus::{Bus, InProcessBus, InProcessConfig, NamePrefix, RabbitBus, RabbitConfig};
use piao_chain::execute::Safeguards;
use piao_client::Identity;
use piao_edge::clock::{SystemClock, SystemRandom};
use piao_edge::follow::{BlockDecoder, HttpLedger, LedgerReader, NodeIdentity};
use piao_edge::http::{HttpConfig, HttpHandle, HttpServed, Limits, serve};
use piao_edge::metrics::Metrics;
use piao_edge::service::{Platform, ReadyCheck, Running};
use piao_edge::submit::{JournalConfig, SealKey, VerifiedPool};
use piao_ledger::{
    BATCH_LIMITS, ChainReader, Clock, KeptCheckpoint, Ledger, LedgerConfig, LedgerError, Readiness, Standby,
    Stopper,
};
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::SigningKey;
use piao_store::embedded::{Embedded, start_embedded};
use piao_store::{Database, DatabaseConfig, Schema};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::data_dir::DataDir;
use crate::exit::Failure;
use crate::open_files::connections_max;
use crate::services::{LEDGER, ServiceRow};
use crate::stop::Stop;

/// Where data and messages are.
pub(crate) enum Shape {
    /// Everything in this process.
    Embedded(DataDir),
    /// PostgreSQL and RabbitMQ.
    Platform {
        /// The database.
        database_url: String,
        /// The broker.
        amqp_url: String,
        /// What names at the broker begin with.
        amqp_prefix: String,
    },
}

/// What a process is started with.
pub(crate) struct Start {
    pub(crate) shape: Shape,
    pub(crate) services: Vec<&'static ServiceRow>,
    pub(crate) genesis: Arc<Genesis>,
    /// Needed where the ledger is among the services.
    pub(crate) log_key: Option<LogSigner>,
    /// Where the ledger keeps its last checkpoint outside of the database.
    pub(crate) kept: Option<KeptCheckpoint>,
    /// Whether the ledger leads only where no other does.
    pub(crate) standby: bool,
    pub(crate) seal_key: [u8; 32],
    /// Needed where the ledger is not.
    pub(crate) node: Option<(Identity, Vec<String>)>,
    pub(crate) listen: SocketAddr,
    pub(crate) limits: Limits,
}

/// A running process.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    pub(crate) chain: ChainReader,
    http: HttpHandle,
    running: Vec<Running>,
    ledger: Option<RunningLedger>,
    bus: Arc<dyn Bus>,
    database: Database,
    embedded: Option<Maintained>,
}

/// A database before a pool on it is opened.
pub(crate) struct Ground {
    pub(crate) embedded: Option<Embedded>,
    pub(crate) url: String,
    pub(crate) config: DatabaseConfig,
}

/// A ledger, what tells it to stop, and what it is doing.
struct RunningLedger {
    task: JoinHandle<Result<(), LedgerError>>,
    stopper: Stopper,
    ready: watch::Receiver<Readiness>,
}

/// An embedded database and the task that maintains it.
struct Maintained {
    embedded: Arc<Embedded>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How often the embedded database is maintained: it has no checkpointer and no autovacuum of its own.
const MAINTENANCE: Duration = Duration::from_secs(30);

/// Longest time that a ledger may take to deal with what it holds when it is told to stop. What it does not get done
/// stays with the broker.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(20);

/// Transitions that services verified and the ledger has not taken yet.
const VERIFIED_MAX: usize = 8192;

const LEDGER_SCHEMA: &str = "ledger";

/// Connections of a service on a PostgreSQL server, and of the ledger: its commit, its readers. Each has a pool of its
/// own, so that every connection serves one schema and what it prepared stays good.
const CONNECTIONS: usize = 6;

impl Process {
    /// Starts everything, in the order in which one needs the other.
    ///
    /// # Errors
    /// [`Failure`] saying what could not be started.
    pub(crate) async fn start(start: Start) -> Result<Self, Failure> {
        // Before anything is opened: a server that cannot serve must not take the chain from one that does.
        let connections_max = start.limits.connections_max.min(connections_max()?);
        let limits = Limits { connections_max, ..start.limits };
        let with_ledger = start.services.iter().any(|row| row.name == LEDGER);
        let Ground { embedded, url, config } = Ground::open(&start.shape).await?;
        let ledger_schema = ledger_schema()?;
        migrate(&start, &url, &ledger_schema, with_ledger).await?;
        let database = connect(config.clone()).await?;
        let bus = bus(&start.shape)?;
        let chain = ChainReader::new(
            database.clone(),
            ledger_schema.clone(),
            Arc::clone(&start.genesis),
            Clock::system(),
        );
        let verified = with_ledger.then(|| Arc::new(VerifiedPool::new(VERIFIED_MAX)));
        let ledger = match start.log_key {
            Some(log_key) if with_ledger => {
                let config = LedgerConfig {
                    database: database.clone(),
                    schema: ledger_schema,
                    bus: Arc::clone(&bus),
                    genesis: Arc::clone(&start.genesis),
                    log_key: Arc::new(log_key),
                    clock: Clock::system(),
                    limits: BATCH_LIMITS,
                    verified: verified.clone(),
                    safeguards: Safeguards::ALL,
                    // Nobody else can open the embedded database.
                    is_watched: embedded.is_none(),
                    seen: None,
                    kept: start.kept.clone(),
                };
                Some(RunningLedger::start(config, start.standby).await?)
            }
            Some(_) | None => None,
        };
        let metrics = Metrics::new().map_err(|error| Failure::fault("making metrics", error))?;
        let platform = Platform {
            db: database.clone(),
            bus: Arc::clone(&bus),
            ledger: reader(&chain, with_ledger, start.node, &start.genesis)?,
            decoder: Arc::new(BlockDecoder::new(&start.genesis)),
            genesis: start.genesis,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            metrics: metrics.clone(),
            verified,
            seal_key: SealKey::new(start.seal_key),
            journal: JournalConfig::default(),
        };
        let ready = ledger.as_ref().map(|ledger| ledger.ready.clone());
        let own_pools = embedded.is_none().then_some(config);
        let (running, served) = services(&start.services, &platform, own_pools, &chain, ready).await?;
        let http = listen(start.listen, limits, served, metrics)?;
        let embedded = embedded.map(|embedded| Maintained::start(embedded, &database));
        Ok(Self { address: http.address, chain, http, running, ledger, bus, database, embedded })
    }

    /// Runs until told to stop, or until a part must not go on.
    ///
    /// # Errors
    /// [`Failure`] saying which part stopped and why.
    pub(crate) async fn run(mut self, mut stop: Stop) -> Result<(), Failure> {
        let stopped = tokio::select! {
            () = stop.told() => Ok(()),
            ended = ended(&mut self.ledger) => ended,
            failed = failed(&mut self.running) => failed,
        };
        self.stop().await;
        stopped
    }

    /// Stops everything, in the opposite order: requests are answered, services hand on what they journalled, the ledger
    /// decides and acknowledges what it has received. A crash anywhere in here is a crash like any other.
    pub(crate) async fn stop(self) {
        self.http.stop().await;
        for running in self.running {
            running.stop().await;
        }
        if let Some(ledger) = self.ledger {
            ledger.drain().await;
        }
        self.bus.close().await;
        self.database.close();
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

impl Ground {
    /// Starts the embedded database, or takes the server's.
    ///
    /// # Errors
    /// [`Failure`] where the embedded one does not start: perhaps another process has it open.
    pub(crate) async fn open(shape: &Shape) -> Result<Self, Failure> {
        match shape {
            Shape::Platform { database_url, .. } => {
                let config =
                    DatabaseConfig { pool_size_max: CONNECTIONS, ..DatabaseConfig::new(database_url) };
                Ok(Self { embedded: None, url: database_url.clone(), config })
            }
            Shape::Embedded(dir) => {
                let embedded = start_embedded(&dir.database())
                    .await
                    .map_err(|error| Failure::fault("starting the embedded database", error))?;
                let (url, config) = (embedded.database_url(), embedded.database_config());
                Ok(Self { embedded: Some(embedded), url, config })
            }
        }
    }
}

impl RunningLedger {
    async fn start(config: LedgerConfig, standby: bool) -> Result<Self, Failure> {
        if standby {
            let standby = Standby::new(config);
            let standby = standby.map_err(|error| Failure::fault("starting the ledger", error))?;
            let (stopper, ready) = (standby.stopper(), standby.readiness());
            return Ok(Self { task: tokio::spawn(standby.run()), stopper, ready });
        }
        let ledger = Ledger::start(config).await;
        let ledger = ledger.map_err(|error| Failure::fault("starting the ledger", error))?;
        let (stopper, ready) = (ledger.stopper(), ledger.readiness());
        Ok(Self { task: tokio::spawn(ledger.run()), stopper, ready })
    }

    async fn drain(mut self) {
        self.stopper.stop();
        match tokio::time::timeout(DRAIN_WAIT_MAX, &mut self.task).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the ledger ended with an error");
            }
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the ledger's task ended");
            }
            Err(_) => {
                tracing::warn!("the ledger did not get done with what it had received; it comes again");
                self.task.abort();
            }
        }
    }

    /// What the ledger's own service says of it.
    fn check(ready: watch::Receiver<Readiness>) -> ReadyCheck {
        Arc::new(move || match &*ready.borrow() {
            // A ledger that stands by reads and takes what is submitted; the one that leads decides it.
            Readiness::Sealing | Readiness::StandingBy => Ok(()),
            Readiness::Waiting(why) => Err(format!("ledger: {why}")),
            Readiness::Stopped(why) => Err(format!("ledger stopped: {why}")),
        })
    }
}

impl Maintained {
    fn start(embedded: Embedded, database: &Database) -> Self {
        let (embedded, database) = (Arc::new(embedded), database.clone());
        let (stop, stopping) = watch::channel(false);
        let maintained = Arc::clone(&embedded);
        let task = tokio::spawn(async move { maintained.maintain(database, MAINTENANCE, stopping).await });
        Self { embedded, stop, task }
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.ok();
        // The task held the only other share of it.
        let Some(embedded) = Arc::into_inner(self.embedded) else { return };
        if let Err(error) = embedded.shutdown().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the embedded database did not stop well"
            );
        }
    }
}

/// The schema of the ledger's own tables.
///
/// # Errors
/// Never: the name is well formed.
pub(crate) fn ledger_schema() -> Result<Schema, Failure> {
    Schema::parse(LEDGER_SCHEMA).map_err(|error| Failure::fault("naming the ledger's schema", error))
}

/// Brings every schema up to date, before the pool is opened: the embedded database has one connection.
async fn migrate(start: &Start, url: &str, ledger: &Schema, with_ledger: bool) -> Result<(), Failure> {
    let failed = |name: &str| {
        let doing = format!("bringing the schema of {name} up to date");
        move |error| Failure::fault(doing, error)
    };
    if with_ledger {
        piao_ledger::migrate_ledger(url, ledger).await.map_err(failed(LEDGER_SCHEMA))?;
    }
    for row in &start.services {
        row.migrate(url).await.map_err(failed(row.name))?;
    }
    Ok(())
}

fn bus(shape: &Shape) -> Result<Arc<dyn Bus>, Failure> {
    match shape {
        Shape::Embedded(_) => Ok(Arc::new(InProcessBus::new(InProcessConfig::default()))),
        Shape::Platform { amqp_url, amqp_prefix, .. } => {
            let started = NamePrefix::parse(amqp_prefix).and_then(|prefix| {
                RabbitBus::start(RabbitConfig::new(amqp_url, prefix), tokio::runtime::Handle::current())
            });
            let bus = started.map_err(|error| Failure::fault("starting the bus", error))?;
            Ok(Arc::new(bus))
        }
    }
}

/// How services read the ledger: in this process, or over HTTP as a node.
///
/// # Errors
/// [`Failure`] where there is neither.
pub(crate) fn reader(
    chain: &ChainReader,
    with_ledger: bool,
    node: Option<(Identity, Vec<String>)>,
    genesis: &Genesis,
) -> Result<Arc<dyn LedgerReader>, Failure> {
    if with_ledger {
        return Ok(Arc::new(chain.clone()));
    }
    let Some((identity, urls)) = node else {
        return Err(Failure::Usage(
            "a service without the ledger beside it reads blocks as a node: name --node-key-file and \
             --ledger-url"
                .to_owned(),
        ));
    };
    let key = SigningKey::from_secret(identity.public().algorithm(), &identity.key().secret())
        .map_err(|_| Failure::Usage("the node's key file holds an unusable key".to_owned()))?;
    let identity = NodeIdentity { party: identity.party().clone(), key: Arc::new(key) };
    let ledger = HttpLedger::new(urls, genesis.chain().clone(), identity, Arc::new(SystemClock));
    Ok(Arc::new(ledger.map_err(|error| Failure::fault("making a client of the ledger", error))?))
}

async fn connect(config: DatabaseConfig) -> Result<Database, Failure> {
    Database::connect(config).await.map_err(|error| Failure::fault("connecting to the database", error))
}

/// Starts the services, each with a pool of its own where `own_pools` says how; else all share the platform's.
async fn services(
    rows: &[&ServiceRow],
    platform: &Platform,
    own_pools: Option<DatabaseConfig>,
    chain: &ChainReader,
    ready: Option<watch::Receiver<Readiness>>,
) -> Result<(Vec<Running>, Vec<HttpServed>), Failure> {
    let mut running = Vec::with_capacity(rows.len());
    let mut served = Vec::with_capacity(rows.len());
    for row in rows {
        let service = (row.service)()
            .map_err(|error| Failure::fault(format!("putting service {} together", row.name), error))?;
        let service = match &ready {
            Some(ready) if row.name == LEDGER => service.ready_when(RunningLedger::check(ready.clone())),
            Some(_) | None => service,
        };
        let service = match &own_pools {
            Some(config) => {
                service.start(&Platform { db: connect(config.clone()).await?, ..platform.clone() })
            }
            None => service.start(platform),
        };
        let edge = service.edge().clone();
        served.push(HttpServed { edge: edge.clone(), configure: (row.configure)(edge, chain) });
        running.push(service);
    }
    Ok((running, served))
}

fn listen(
    listen: SocketAddr,
    limits: Limits,
    served: Vec<HttpServed>,
    metrics: Metrics,
) -> Result<HttpHandle, Failure> {
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let config = HttpConfig { listen, workers, title: "piao".to_owned(), shutdown_seconds: 10, limits };
    serve(&config, served, metrics, Arc::new(SystemRandom))
        .map_err(|error| Failure::fault(format!("listening at {listen}"), error))
}

/// Returns when the ledger has ended by itself; never where there is none, or where another ledger has opened the chain.
/// A process that ended then would be started again by what watches over it, open the chain anew and end the other's
/// epoch in turn, for ever. So it stays, not ready, and says why, until a person ends one of the two.
async fn ended(ledger: &mut Option<RunningLedger>) -> Result<(), Failure> {
    let Some(running) = ledger.as_mut() else { return std::future::pending().await };
    let ended = (&mut running.task).await;
    // It must not be awaited again.
    *ledger = None;
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error @ LedgerError::Fenced { .. })) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "this ledger commits nothing any more: end this process, or the other ledger's"
            );
            std::future::pending().await
        }
        Ok(Err(error)) => Err(Failure::fault("the ledger stopped", error)),
        Err(error) => Err(Failure::fault("the ledger stopped", error)),
    }
}

/// Returns when the first service has stopped following by itself.
async fn failed(running: &mut [Running]) -> Result<(), Failure> {
    let mut waiting = running
        .iter_mut()
        .map(|service| {
            let name = service.edge().name().to_owned();
            async move { (name, service.failed().await) }
        })
        .collect::<FuturesUnordered<_>>();
    match waiting.next().await {
        Some((name, Err(error))) => Err(Failure::fault(format!("service {name} stopped"), error)),
        Some((_, Ok(()))) => Ok(()),
        None => std::future::pending().await,
    }
}
