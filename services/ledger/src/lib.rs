//! The ledger: takes transitions off the bus, verifies, orders, applies and commits them in hash-chained blocks, and
//! announces those.
//!
//! It must never decide by a clock but block time, acknowledge before a block is durable, commit in another ledger's
//! epoch, or mend stored data by guessing. Safety never depends on there being one ledger only.

mod adopt;
mod announce;
mod checkpoint;
mod clock;
mod commit;
mod db;
mod decide;
mod error;
mod http;
mod intake;
mod kept;
mod local;
mod open;
mod reader;
mod session;
mod standby;
mod store;
mod tiles;

use std::sync::Arc;
use std::time::Duration;

pub use adopt::{AdoptError, Adopter};
pub use clock::{CLOCK_SECONDS_MAX, Clock};
pub use db::StoredBadly;
pub use error::LedgerError;
pub use http::{GATEWAY, configure, gateway, migrate_gateway, openapi};
pub use intake::Cores;
pub use kept::{KeptCheckpoint, KeptError};
pub use open::{MIGRATIONS, migrate_ledger};
use piao_bus::{BatchLimits, Bus};
use piao_chain::execute::{Executor, Parameters, Safeguards};
use piao_chain::seal::Tip;
use piao_edge::fault;
use piao_edge::submit::{EverySignature, VerifiedPool, Verifier};
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::genesis::Genesis;
use piao_store::{Database, Schema};
pub use reader::{ChainReader, DecidedTransition, Inclusion, StoredChain};
pub use session::{Beginning, Commit, Head, Held, LedgerSession, LedgerStore, Place, TileRow, Work};
pub use standby::Standby;
pub use store::PgLedger;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::decide::Decider;
use crate::intake::{Intake, KeyRing};
use crate::standby::Life;

/// All that a ledger needs. Clones share it.
#[derive(Clone)]
pub struct LedgerConfig {
    /// The database.
    pub database: Database,
    /// Its schema there, migrated.
    pub schema: Schema,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// What the chain begins with.
    pub genesis: Arc<Genesis>,
    /// The key that signs checkpoints, one of the genesis file's.
    pub log_key: Arc<LogSigner>,
    /// The time.
    pub clock: Clock,
    /// How batches are cut.
    pub limits: BatchLimits,
    /// What services of the same process verified already; none where there are none.
    pub verified: Option<Arc<VerifiedPool>>,
    /// [`Safeguards::ALL`], outside tests.
    pub safeguards: Safeguards,
    /// Whether it gives signs of life that a [`Standby`] of another process looks for.
    pub is_watched: bool,
    /// The end of the chain as far as this process has seen it; a chain that does not go on from there is not opened.
    pub seen: Option<Tip>,
    /// The last checkpoint outside of the database, where it is kept; a chain that does not go on from it is not opened.
    pub kept: Option<KeptCheckpoint>,
}

/// All that a ledger needs beside the store of its chain.
pub struct LedgerParts {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// What the chain begins with.
    pub genesis: Arc<Genesis>,
    /// The key that signs checkpoints, one of the genesis file's.
    pub log_key: Arc<LogSigner>,
    /// The time.
    pub clock: Clock,
    /// How batches are cut.
    pub limits: BatchLimits,
    /// What services of the same process verified already; none where there are none.
    pub verified: Option<Arc<VerifiedPool>>,
    /// Who checks signatures.
    pub verifier: Arc<dyn Verifier>,
    /// Where that is done.
    pub cores: Cores,
    /// [`Safeguards::ALL`], outside tests.
    pub safeguards: Safeguards,
    /// As in [`LedgerConfig`].
    pub seen: Option<Tip>,
    /// As in [`LedgerConfig`].
    pub kept: Option<KeptCheckpoint>,
}

/// How batches are cut where nothing else is said: a block is sealed when so much waits, or as soon as nothing is decided.
pub const BATCH_LIMITS: BatchLimits = BatchLimits {
    messages_max: 1024,
    transitions_max: 2048,
    // The block line of a full batch must fit into one message of the bus, outcomes and all.
    bytes_max: 4 << 20,
    wait_max: Duration::from_millis(500),
    // What is there is taken, and nothing waited for: what crowds together does so while a block is decided, or at the pace.
    linger_max: Duration::ZERO,
};

/// What a ledger is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It commits what comes.
    Sealing,
    /// Another ledger commits what comes; this one takes the chain where that one is silent.
    StandingBy,
    /// It cannot commit now and tries again; what waits stays queued.
    Waiting(String),
    /// It has stopped for good.
    Stopped(String),
}

/// A running ledger.
pub struct Ledger {
    stop: Arc<watch::Sender<bool>>,
    tips: watch::Receiver<Tip>,
    ready: watch::Receiver<Readiness>,
    tasks: JoinSet<Result<(), LedgerError>>,
    epoch: i64,
}

/// Tells a ledger to stop. Clones tell the same ledger.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<watch::Sender<bool>>);

impl Stopper {
    /// Nothing more is received; what was received is decided, announced and acknowledged, and then the ledger ends.
    /// What cannot be decided now, because the database is away or the clocks disagree, stays with the bus.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Ledger {
    /// Opens the chain and begins to work, on the multi-thread runtime this is called on.
    ///
    /// # Errors
    /// [`LedgerError`] where the chain cannot be opened: another genesis, a foreign log key, no database.
    pub async fn start(config: LedgerConfig) -> Result<Self, LedgerError> {
        let LedgerConfig { database, schema, bus, genesis, log_key, clock, limits, verified, .. } = config;
        let LedgerConfig { safeguards, is_watched, seen, kept, .. } = config;
        let (verifier, cores) = (Arc::new(EverySignature), Cores::All);
        let parts = LedgerParts {
            bus,
            genesis,
            log_key,
            clock,
            limits,
            verified,
            verifier,
            cores,
            safeguards,
            seen,
            kept,
        };
        let store = PgLedger::new(database, schema);
        let bus = Arc::clone(&parts.bus);
        let mut ledger = Self::start_on(store.clone(), parts).await?;
        if is_watched {
            let (epoch, ready) = (ledger.epoch, ledger.readiness());
            let life = Life { store, bus, epoch, ready };
            ledger.tasks.spawn(async move {
                life.run().await;
                Ok(())
            });
        }
        Ok(ledger)
    }

    /// As [`Ledger::start`], on a store of the caller's.
    ///
    /// # Errors
    /// As [`Ledger::start`].
    pub async fn start_on<S: LedgerStore>(store: S, parts: LedgerParts) -> Result<Self, LedgerError> {
        let LedgerParts {
            bus, genesis, log_key, clock, limits, verified, verifier, cores, safeguards, ..
        } = parts;
        let LedgerParts { seen, kept, .. } = parts;
        is_of_this_chain(&genesis, &log_key)?;
        let (position, server) = open::open(&store, &genesis, seen.as_ref(), kept.as_ref()).await?;
        let epoch = position.epoch;
        if let Some(kept) = &kept {
            // The end of the chain as it was found: from now on nothing before it is opened.
            let (_, note) = checkpoint::sign(&log_key, &position.tip);
            tokio::task::block_in_place(|| kept.keep(&note, &genesis))?;
        }
        clock.begin(server);
        // Of two that both believe to lead, the later epoch is served first. Epochs beyond are served in any order.
        let consumer = bus.commands(i32::try_from(epoch).unwrap_or(i32::MAX)).await?;
        let (tips, tips_seen) = watch::channel(position.tip.clone());
        let (ready, ready_seen) = watch::channel(Readiness::Sealing);
        let told = ready.clone();
        let (takings, takings_in) = mpsc::channel(1);
        let (answers, answers_in) = mpsc::channel(64);
        let (announcements, announcements_in) = mpsc::channel(64);
        let executor = Executor::new(Parameters::genesis(&genesis), safeguards);
        let (chain, keys) = (genesis.chain().clone(), KeyRing::default());
        let intake =
            Intake { consumer, store: store.clone(), chain, limits, verified, verifier, cores, keys };
        let outside = kept.map(|kept| (kept, Arc::clone(&genesis)));
        let (stop, stopping) = watch::channel(false);
        let decider = Decider {
            store: store.clone(),
            executor,
            cores,
            clock,
            position,
            tips,
            ready,
            stopping: stopping.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(intake.run(takings, answers_in, stopping));
        tasks.spawn(decider.run(takings_in, answers, announcements));
        let seen = tips_seen.clone();
        tasks.spawn(async move {
            let announce = announce::run(bus, Arc::clone(&log_key), announcements_in);
            let announce = async {
                announce.await;
                Ok(())
            };
            let ended = tokio::try_join!(announce, checkpoint::run(store, log_key, outside, seen));
            ended.map(|_| ()).inspect_err(|error| {
                told.send_replace(Readiness::Stopped(error.to_string()));
            })
        });
        Ok(Self { stop: Arc::new(stop), tips: tips_seen, ready: ready_seen, tasks, epoch })
    }

    /// What tells it to stop.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stop))
    }

    /// Where the chain ends, as it grows.
    #[must_use]
    pub fn tips(&self) -> watch::Receiver<Tip> {
        self.tips.clone()
    }

    /// What it is doing.
    #[must_use]
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.ready.clone()
    }

    /// Runs until it is told to stop, the bus is closed or it cannot go on.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn run(mut self) -> Result<(), LedgerError> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(LedgerError::Panicked)??;
        }
        Ok(())
    }
}

/// Whether a log key is one of the genesis file's: a checkpoint of another would verify nowhere.
///
/// # Errors
/// [`LedgerError::ForeignLogKey`].
pub fn is_of_this_chain(genesis: &Genesis, log_key: &LogSigner) -> Result<(), LedgerError> {
    let logs = &genesis.content().logs;
    let known = logs.iter().any(|log| *log.key.key() == log_key.public());
    known.then_some(()).ok_or(LedgerError::ForeignLogKey)
}
