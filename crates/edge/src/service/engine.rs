//! Journal, sweeper, follower and desk of a service: everything of it but HTTP and the reads of its read model.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use piao_bus::{Bus, ServiceName};
use piao_protocol::genesis::Genesis;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use crate::clock::{Clock, Random};
use crate::follow::{
    BlockDecoder, FETCH_BLOCKS_MAX, FollowError, FollowStore, Horizon, LedgerReader, Runner,
};
use crate::keys::{KeyRing, KeyStore};
use crate::metrics::ServiceMetrics;
use crate::problem::Problem;
use crate::submit::{
    Checked, Desk, Journal, JournalConfig, JournalStore, SealKey, Submitted, Sweeper, VerifiedPool, Verifier,
    Wait, Waiters, sweep,
};

/// What an engine runs on.
pub struct EngineParts {
    /// The service's name.
    pub name: ServiceName,
    /// The chain.
    pub genesis: Arc<Genesis>,
    /// Where it writes down what it takes.
    pub journal: Arc<dyn JournalStore>,
    /// Its read model.
    pub follow: Arc<dyn FollowStore>,
    /// The parties and keys of that.
    pub keys: Arc<dyn KeyStore>,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The ledger, to read.
    pub ledger: Arc<dyn LedgerReader>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Decoded blocks.
    pub decoder: Arc<BlockDecoder>,
    /// Verified transitions for a ledger in the same process; `None` where it runs in another.
    pub verified: Option<Arc<VerifiedPool>>,
    /// Who checks signatures.
    pub verifier: Arc<dyn Verifier>,
    /// Wraps the keys of sealed records.
    pub seal_key: SealKey,
    /// How much the journal takes.
    pub config: JournalConfig,
    /// Counters.
    pub metrics: ServiceMetrics,
}

/// A service's engine, running. Its tasks go on when this is dropped; [`Engine::kill`] ends them.
pub struct Engine {
    pub(super) desk: Desk,
    pub(super) stop: watch::Sender<bool>,
    pub(super) journal: JoinHandle<()>,
    pub(super) sweeper: JoinHandle<()>,
    following: AbortHandle,
    pub(super) heights: watch::Receiver<Option<u64>>,
    pub(super) horizon: Arc<Horizon>,
}

impl Engine {
    /// Starts journal, sweeper and follower on the present runtime. The task that follows ends by itself only where it
    /// must not go on.
    #[must_use]
    pub fn start(parts: EngineParts) -> (Self, JoinHandle<Result<(), FollowError>>) {
        let EngineParts { name, genesis, journal: store, follow, keys, bus, ledger, clock, random, .. } =
            parts;
        let EngineParts { decoder, verified, verifier, seal_key, config, metrics, .. } = parts;
        let (stop, stopping) = watch::channel(false);
        let (height, heights) = watch::channel(None);
        let keys = KeyRing::new(keys);
        let horizon = Arc::new(Horizon::default());
        let waiters = Waiters::default();
        let (journal, journal_task) =
            Journal::start(Arc::clone(&store), Arc::clone(&bus), Arc::clone(&clock), config, metrics.clone());
        let sweeper = Sweeper {
            store: Arc::clone(&store),
            bus: Arc::clone(&bus),
            clock: Arc::clone(&clock),
            config,
            metrics: metrics.clone(),
            open: journal.open_rows(),
        };
        let sweeper = tokio::spawn(sweep(sweeper, stopping.clone()));
        let runner = Runner {
            name,
            genesis: Arc::clone(&genesis),
            store: follow,
            bus,
            ledger: Arc::clone(&ledger),
            decoder,
            waiters: waiters.clone(),
            keys: keys.clone(),
            height,
            horizon: Arc::clone(&horizon),
            metrics: metrics.clone(),
            blocks_max: AtomicU32::new(FETCH_BLOCKS_MAX),
        };
        let follower = tokio::spawn(runner.run(stopping));
        let pool = verified;
        let desk = Desk {
            genesis,
            store,
            journal,
            keys,
            waiters,
            clock,
            random,
            seal_key,
            pool,
            verifier,
            ledger,
            metrics,
        };
        let following = follower.abort_handle();
        (Self { desk, stop, journal: journal_task, sweeper, following, heights, horizon }, follower)
    }

    /// Takes a transition and waits for its receipt as long as is asked for.
    ///
    /// # Errors
    /// Every code of protocol §4, `overloaded`, and faults.
    pub async fn submit(&self, checked: Checked, wait: Wait) -> Result<Submitted, Problem> {
        self.desk.submit(checked, wait, |_| Ok(()), || Ok(())).await
    }

    /// The height of the last block applied, as it grows.
    #[must_use]
    pub fn heights(&self) -> watch::Receiver<Option<u64>> {
        self.heights.clone()
    }

    /// Ends it as a crash does: between two steps of whatever it does.
    pub fn kill(&self) {
        self.journal.abort();
        self.sweeper.abort();
        self.following.abort();
    }
}
