//! Ledgers and services on machines that die and start again, with clocks that jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use piao_bus::{BatchLimits, Bus};
use piao_chain::execute::Safeguards;
use piao_domain::ids::ChainId;
use piao_domain::time::Time;
use piao_edge::clock::{Clock as EdgeClock, Random};
use piao_edge::follow::{FollowError, LedgerError as ReadError, LedgerReader};
use piao_edge::metrics::Metrics;
use piao_edge::service::{Engine, EngineParts};
use piao_edge::submit::{JournalConfig, SealKey};
use piao_ledger::{BATCH_LIMITS, ChainReader, Clock, Cores, Ledger, LedgerError, LedgerParts, LedgerStore};
use piao_store::StoreError;

use super::world::World;
use super::{EdgeStore, Machine, Sim, SimLedger};

/// A clock that may be wrong.
#[derive(Clone)]
pub(super) struct SimClock {
    sim: Sim,
    began: Time,
    /// Seconds by which it is wrong.
    offset: Arc<AtomicI64>,
}

impl SimClock {
    pub(super) fn new(sim: &Sim, began: Time) -> Self {
        Self { sim: sim.clone(), began, offset: Arc::default() }
    }

    pub(super) fn set(&self, offset: i64) {
        self.offset.store(offset, Ordering::Relaxed);
    }

    fn seconds(&self) -> i64 {
        let elapsed = i64::try_from(self.sim.elapsed().as_secs()).unwrap_or(i64::MAX);
        self.began.plus(elapsed).plus(self.offset.load(Ordering::Relaxed)).unix()
    }

    pub(super) fn ledger(&self) -> Clock {
        let (wall, sim) = (self.clone(), self.sim.clone());
        Clock::with_steady(move || wall.seconds(), move || sim.elapsed())
    }
}

impl EdgeClock for SimClock {
    fn now(&self) -> Time {
        Time::from_unix(self.seconds())
    }
}

/// Nothing sealed is sent, so nobody needs it to be random.
struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// The ledger over a network.
struct SimReader {
    machine: Machine,
    reader: ChainReader<SimLedger>,
}

impl LedgerReader for SimReader {
    fn blocks(
        &self,
        from: u64,
        blocks_max: u32,
    ) -> futures_util::future::BoxFuture<'_, Result<Vec<bytes::Bytes>, ReadError>> {
        Box::pin(async move {
            self.machine.step("ask for blocks").await;
            if self.machine.sim().happens(|weather| weather.away, "the ledger does not answer") {
                return Err(ReadError { doing: "asking".to_owned(), source: None, too_much: false });
            }
            LedgerReader::blocks(&self.reader, from, blocks_max).await
        })
    }

    fn transition(
        &self,
        id: piao_domain::ids::TransitionId,
    ) -> futures_util::future::BoxFuture<'_, Result<Option<Arc<str>>, ReadError>> {
        LedgerReader::transition(&self.reader, id)
    }

    fn receipts<'a>(
        &'a self,
        keys: &'a [piao_edge::submit::TransitionKey],
    ) -> futures_util::future::BoxFuture<'a, Result<Vec<piao_protocol::receipt::Receipt>, ReadError>> {
        LedgerReader::receipts(&self.reader, keys)
    }
}

/// Starts a ledger on a machine of its own.
pub(super) fn start_ledger(world: &World, name: &str, clock: &SimClock) -> Machine {
    let machine = Machine::start(&world.sim, name);
    let store = SimLedger::new(world.ledger.clone(), machine.clone());
    let bus = world.bugs.bus(world, Arc::new(world.broker.bus(machine.clone())));
    run_ledger(world, machine.clone(), world.bugs.store(store), bus, clock);
    machine
}

fn run_ledger<S: LedgerStore>(
    world: &World,
    machine: Machine,
    store: S,
    bus: Arc<dyn Bus>,
    clock: &SimClock,
) {
    let parts = LedgerParts {
        bus,
        genesis: Arc::clone(&world.cast.chain.genesis),
        log_key: Arc::clone(&world.cast.log_key),
        clock: clock.ledger(),
        limits: BatchLimits { transitions_max: 8, ..BATCH_LIMITS },
        verified: None,
        verifier: world.cast.verifier.clone(),
        cores: Cores::Own,
        safeguards: Safeguards::ALL,
        seen: None,
        kept: None,
    };
    let (sim, restores) = (world.sim.clone(), world.bugs.restores());
    let life = machine.clone();
    let running = tokio::spawn(async move {
        let ended = async { Ledger::start_on(store, parts).await?.run().await }.await;
        match &ended {
            Ok(()) => sim.violated(format!("{} ended by itself", life.name())),
            Err(error @ LedgerError::Fenced { .. }) => {
                sim.inject("a ledger is fenced");
                sim.note(life.name(), format_args!("ends: {error}"));
            }
            Err(error @ LedgerError::StoredBadly(_)) if restores => {
                sim.inject("a ledger finds its database put back");
                sim.note(life.name(), format_args!("ends: {error}"));
            }
            Err(error) if may_end(error) => sim.note(life.name(), format_args!("ends: {error}")),
            Err(error) => sim.violated(format!("{} stopped: {error:?}", life.name())),
        }
        life.kill();
    });
    tokio::spawn(async move {
        machine.death().await;
        running.abort();
    });
}

/// Why a ledger may end, beside another having opened the chain: it could not be opened. All else is a fault of ours,
/// for nothing here damages what it stored.
const fn may_end(error: &LedgerError) -> bool {
    match error {
        LedgerError::Store(error) => {
            matches!(error, StoreError::Unavailable { .. } | StoreError::OutcomeUnknown { .. })
        }
        _ => false,
    }
}

/// A service that runs.
#[derive(Clone)]
pub(super) struct Edge {
    pub(super) machine: Machine,
    pub(super) engine: Arc<Engine>,
    pub(super) chain: ChainId,
}

/// Starts a service on a machine of its own.
pub(super) fn start_edge(world: &World, name: &'static str, database: usize, clock: &SimClock) -> Edge {
    let machine = Machine::start(&world.sim, name);
    let store = Arc::new(EdgeStore::new(world.edges[database].clone(), machine.clone(), world.bugs));
    let reader = SimLedger::new(world.ledger.clone(), machine.clone());
    let genesis = Arc::clone(&world.cast.chain.genesis);
    let reader = ChainReader::on(reader, Arc::clone(&genesis), clock.ledger());
    let bus: Arc<dyn Bus> = Arc::new(world.broker.bus(machine.clone()));
    let bus = world.bugs.edge_bus(&world.edges[database], bus);
    let (engine, following) = Engine::start(EngineParts {
        name: piao_bus::ServiceName::parse("sim").expect("a service name"),
        genesis: Arc::clone(&genesis),
        journal: store.clone(),
        follow: store.clone(),
        keys: store,
        bus,
        ledger: Arc::new(SimReader { machine: machine.clone(), reader }),
        clock: Arc::new(clock.clone()),
        random: Arc::new(NoRandom),
        decoder: Arc::clone(&world.decoder),
        verified: None,
        verifier: world.cast.verifier.clone(),
        seal_key: SealKey::new([0; 32]),
        config: JournalConfig { linger: Duration::from_millis(1), ..JournalConfig::default() },
        metrics: world.metrics.service("sim"),
    });
    let engine = Arc::new(engine);
    let (life, sim, ending) = (machine.clone(), world.sim.clone(), Arc::clone(&engine));
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = life.death() => {}
            ended = following => {
                let ended: Option<Result<(), FollowError>> = ended.ok();
                sim.violated(format!("{} follows no more: {ended:?}", life.name()));
            }
        }
        ending.kill();
    });
    Edge { machine, engine, chain: genesis.chain().clone() }
}

/// Counters, which nobody reads.
pub(super) fn metrics() -> Metrics {
    Metrics::new().expect("well-formed names")
}
