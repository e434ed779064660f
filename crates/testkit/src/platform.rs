//! A whole process for tests: a ledger and some services on one HTTP port, a fresh database, and the bus.

mod http;
mod roles;
pub mod table;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use piao_bus::{Bus, InProcessBus, InProcessConfig, NamePrefix, RabbitBus, RabbitConfig};
use piao_chain::execute::Safeguards;
use piao_domain::time::Time;
use piao_edge::clock::{SystemClock, SystemRandom};
use piao_edge::follow::{BlockDecoder, LedgerReader};
use piao_edge::http::{Configure, HttpConfig, HttpHandle, HttpServed, Limits, serve};
use piao_edge::metrics::Metrics;
use piao_edge::service::{Edge, Platform, Running, Service};
use piao_edge::submit::{JournalConfig, SealKey, VerifiedPool};
use piao_ledger::{BATCH_LIMITS, ChainReader, Clock, Ledger, LedgerConfig, LedgerError};
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_store::{Database, StoreError};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

pub use http::{Answer, Request};
pub use roles::{ROLES, Roles};

use crate::chain::TestChain;
use crate::database::{ledger_schema, open};
use crate::follower::PATIENCE;

/// A service that a test brings along; [`given!`](crate::given) makes one of a service's crate.
#[derive(Clone, Copy)]
pub struct Given {
    /// The service with its read model.
    pub service: fn() -> Result<Service, StoreError>,
    /// Brings its schema up to date.
    pub migrate: for<'a> fn(&'a str) -> BoxFuture<'a, Result<(), StoreError>>,
    /// Its endpoints.
    pub configure: fn(Edge) -> Configure,
}

/// A service's crate as a [`Given`](crate::platform::Given): `given!(piao_claims)`.
#[macro_export]
macro_rules! given {
    ($service:ident) => {
        $crate::platform::Given {
            service: $service::service,
            migrate: |url| ::std::boxed::Box::pin($service::migrate(url)),
            configure: $service::configure,
        }
    };
}

/// All services beside the ledger, each as a [`Given`](crate::platform::Given), for a crate that knows them all.
#[macro_export]
macro_rules! every_service {
    () => {
        [
            $crate::given!(piao_registry),
            $crate::given!(piao_rules),
            $crate::given!(piao_issuance),
            $crate::given!(piao_claims),
            $crate::given!(piao_reimbursement),
        ]
    };
}

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The bus inside the process.
    InProcess,
    /// The broker that `PIAO_TEST_AMQP_URL` names, under names of this platform's own.
    RabbitMq,
}

/// How a platform differs from an ordinary one.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What carries messages.
    pub carrier: Carrier,
    /// [`Safeguards::ALL`] unless a test takes one away.
    pub safeguards: Safeguards,
    /// Connections to the database, for all together.
    pub connections: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { carrier: Carrier::InProcess, safeguards: Safeguards::ALL, connections: 8 }
    }
}

/// A ledger with its own endpoints, and the services given, in this process.
pub struct TestPlatform {
    /// The chain, its bureau and its node.
    pub chain: TestChain,
    /// The pool that all of them share.
    pub database: Database,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The ledger, to read.
    pub reader: ChainReader,
    /// What the services were started with.
    pub platform: Platform,
    running: Vec<Running>,
    server: HttpHandle,
    client: reqwest::Client,
    height: AtomicU64,
    /// Nothing once it was seen to end.
    ledger: Option<JoinHandle<Result<(), LedgerError>>>,
    fresh: FreshDatabase,
}

/// Tells the brokers' names of two platforms of one process apart.
static PLATFORMS: AtomicU32 = AtomicU32::new(0);

impl TestPlatform {
    /// Starts a ledger and services over the in-process bus.
    ///
    /// # Panics
    /// Where the test server named by the environment cannot be used.
    pub async fn start(given: &[Given]) -> Self {
        Self::start_with(given, Options::default()).await
    }

    /// Starts a ledger and services. On a multi-thread runtime.
    ///
    /// # Panics
    /// Where the servers named by the environment cannot be used.
    pub async fn start_with(given: &[Given], options: Options) -> Self {
        let chain = TestChain::new(now().plus(-1), 1);
        let fresh = migrated(given).await;
        let database = open(fresh.url(), options.connections).await;
        let bus = bus(options.carrier);
        let verified = match options.carrier {
            Carrier::InProcess => Some(Arc::new(VerifiedPool::new(8_192))),
            Carrier::RabbitMq => None,
        };
        let ledger = Ledger::start(LedgerConfig {
            database: database.clone(),
            schema: ledger_schema(),
            bus: Arc::clone(&bus),
            genesis: Arc::clone(&chain.genesis),
            log_key: Arc::new(chain.log_key()),
            clock: Clock::system(),
            limits: BATCH_LIMITS,
            verified: verified.clone(),
            safeguards: options.safeguards,
            is_watched: false,
            seen: None,
            kept: None,
        });
        let ledger = Some(tokio::spawn(ledger.await.expect("a ledger").run()));
        let genesis = Arc::clone(&chain.genesis);
        let reader = ChainReader::new(database.clone(), ledger_schema(), genesis, Clock::system());
        let platform = Platform {
            db: database.clone(),
            bus: Arc::clone(&bus),
            ledger: Arc::new(reader.clone()) as Arc<dyn LedgerReader>,
            genesis: Arc::clone(&chain.genesis),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            metrics: Metrics::new().expect("metrics"),
            decoder: Arc::new(BlockDecoder::new(&chain.genesis)),
            verified,
            seal_key: SealKey::new([5; 32]),
            journal: JournalConfig { republish_seconds: 1, ..JournalConfig::default() },
        };
        let (running, server) = serve_all(given, &platform, &reader);
        let (client, height) = (reqwest::Client::new(), AtomicU64::new(0));
        Self { chain, database, bus, reader, platform, running, server, client, height, ledger, fresh }
    }

    /// UTC now.
    #[must_use]
    pub fn now(&self) -> Time {
        now()
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The base URL of all services.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The URL of the database, which is gone when the platform is stopped.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.fresh.url()
    }

    /// The highest block that a receipt seen here was in.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height.load(Ordering::Relaxed)
    }

    /// The edge of a service that was given, by its name, or of the ledger's gateway.
    ///
    /// # Panics
    /// Where there is none of this name.
    #[must_use]
    pub fn edge(&self, name: &str) -> &Edge {
        let found = self.running.iter().map(Running::edge).find(|edge| edge.name() == name);
        found.unwrap_or_else(|| panic!("no service {name}"))
    }

    /// Waits until every service has applied all that was decided through this value. Who asks by a key that was just
    /// revoked is else listened to by a service that has not heard of it.
    ///
    /// # Panics
    /// Where one does not for [`PATIENCE`].
    pub async fn followed(&self) {
        let height = self.height();
        let followed = async {
            let mut beat = interval(Duration::from_millis(5));
            for running in &self.running {
                while running.edge().height().is_none_or(|at| at < height) {
                    beat.tick().await;
                }
            }
        };
        timeout(PATIENCE, followed).await.expect("services that follow");
    }

    /// Waits until the ledger has ended by itself, and returns why.
    ///
    /// # Panics
    /// Where it ends in peace, panics, or ended before.
    pub async fn ledger_ended(&mut self) -> LedgerError {
        let ledger = self.ledger.as_mut().expect("a ledger that was not seen to end");
        let ended = ledger.await.expect("the ledger does not panic");
        self.ledger = None;
        ended.expect_err("the ledger ends with an error")
    }

    /// Stops everything in the opposite order, and drops the database.
    ///
    /// # Panics
    /// Where the ledger ended with an error that nobody waited for, or a panic.
    pub async fn stop(self) {
        self.server.stop().await;
        for running in self.running {
            running.stop().await;
        }
        self.bus.close().await;
        if let Some(ledger) = self.ledger {
            ledger.await.expect("the ledger does not panic").expect("the ledger ends in peace");
        }
        self.database.close();
        drop(self.fresh);
    }
}

fn now() -> Time {
    Time::from_unix(Clock::system().now())
}

async fn migrated(given: &[Given]) -> FreshDatabase {
    let fresh = FreshDatabase::empty(&test_server_url()).await.expect("a database on the test server");
    let url = fresh.url();
    piao_ledger::migrate_ledger(url, &ledger_schema()).await.expect("the ledger's migrations");
    piao_ledger::migrate_gateway(url).await.expect("the gateway's migrations");
    for one in given {
        (one.migrate)(url).await.expect("a service's migrations");
    }
    fresh
}

fn bus(carrier: Carrier) -> Arc<dyn Bus> {
    match carrier {
        Carrier::InProcess => Arc::new(InProcessBus::new(InProcessConfig::default())),
        Carrier::RabbitMq => {
            let url = std::env::var("PIAO_TEST_AMQP_URL").expect(
                "PIAO_TEST_AMQP_URL is not set: run `cargo xtask servers -- cargo test --release …`, which starts a \
                 private RabbitMQ",
            );
            let count = PLATFORMS.fetch_add(1, Ordering::Relaxed);
            // Process ids come again and the broker's queues stay, so the time is part of the name.
            let prefix = format!("test-{}-{}-{count}", now().unix(), std::process::id());
            let prefix = NamePrefix::parse(&prefix).expect("a well-formed prefix");
            let bus = RabbitBus::start(RabbitConfig::new(url, prefix), tokio::runtime::Handle::current());
            Arc::new(bus.expect("a bus"))
        }
    }
}

fn serve_all(given: &[Given], platform: &Platform, reader: &ChainReader) -> (Vec<Running>, HttpHandle) {
    let gateway = piao_ledger::gateway().expect("the gateway").start(platform);
    let configure = piao_ledger::configure(gateway.edge().clone(), reader.clone());
    let mut served = vec![HttpServed { edge: gateway.edge().clone(), configure }];
    let mut running = vec![gateway];
    for one in given {
        let service = (one.service)().expect("a service").start(platform);
        let edge = service.edge().clone();
        served.push(HttpServed { edge: edge.clone(), configure: (one.configure)(edge) });
        running.push(service);
    }
    let config = HttpConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        workers: 2,
        title: "piao test".to_owned(),
        shutdown_seconds: 2,
        // Tests send at one moment what a crowd of addresses would.
        limits: Limits { requests_in_flight_max: 20_000, ..Limits::default() },
    };
    let server = serve(&config, served, platform.metrics.clone(), Arc::clone(&platform.random));
    (running, server.expect("a free port"))
}
