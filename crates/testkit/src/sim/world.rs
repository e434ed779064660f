//! What a run is made of.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use piao_bus::{NamePrefix, RabbitConfig};
use piao_chain::replay::Replay;
use piao_domain::ids::TransitionId;
use piao_edge::follow::BlockDecoder;
use piao_edge::metrics::Metrics;
use piao_protocol::receipt::Receipt;

use super::broker::{Broker, Witness};
use super::bugs::Bugs;
use super::cast::Cast;
use super::edge_store::EdgeServer;
use super::edge_tables::EdgeTables;
use super::node::{Edge, SimClock};
use super::tables::{Tables, day};
use super::{LedgerServer, Machine, Sim};

/// Where every run begins: the chain, what a service made of it, and the same chain executed once more.
pub(super) struct Prepared {
    pub(super) tables: Arc<Tables>,
    pub(super) edge: Arc<EdgeTables>,
    pub(super) replay: Replay,
    pub(super) receipts: BTreeMap<TransitionId, Receipt>,
}

/// A run.
pub(super) struct World {
    pub(super) sim: Sim,
    pub(super) cast: Rc<Cast>,
    pub(super) bugs: Bugs,
    pub(super) metrics: Metrics,
    pub(super) ledger: LedgerServer,
    pub(super) broker: Broker,
    /// What is decoded is a function of its bytes, so all may share it, the next life of a service included.
    pub(super) decoder: Arc<BlockDecoder>,
    /// One database, which both services use as copies of one, or one for each.
    pub(super) edges: Vec<EdgeServer>,
    pub(super) places: RefCell<Places>,
    pub(super) book: RefCell<Book>,
    /// What the ledger's database held some time ago.
    pub(super) older: RefCell<Option<Arc<Tables>>>,
}

/// What runs where.
pub(super) struct Places {
    pub(super) ledgers: [Option<Machine>; 2],
    pub(super) services: [Option<Edge>; 2],
    pub(super) ledger_clocks: [SimClock; 2],
    pub(super) service_clocks: [SimClock; 2],
    /// Nobody begins anything any more.
    pub(super) closing: bool,
}

/// What clients know.
#[derive(Default)]
pub(super) struct Book {
    /// What was sent, and the highest index that anybody had a receipt for when it was sent first.
    pub(super) submitted: BTreeMap<TransitionId, u64>,
    /// What a service said it had written down.
    pub(super) recorded: BTreeSet<TransitionId>,
    pub(super) receipts: BTreeMap<TransitionId, Receipt>,
    /// What clients wanted to happen once, by all the transitions that they sent for it.
    pub(super) wishes: BTreeMap<String, BTreeSet<TransitionId>>,
    pub(super) index_max: u64,
}

/// Looks at what the ledger tells the broker.
struct Eye {
    sim: Sim,
    ledger: LedgerServer,
    ids: Arc<std::sync::Mutex<std::collections::HashMap<Arc<str>, TransitionId>>>,
}

impl Witness for Eye {
    fn acknowledged(&self, body: &Bytes) {
        let tables = self.ledger.tables();
        let today = day(Cast::now());
        let ids = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for line in std::str::from_utf8(body).unwrap_or_default().lines() {
            if let Some(id) = ids.get(line)
                && tables.find_place(id, today..=today).is_none()
            {
                self.sim.violated(format!("{id} is acknowledged and not decided"));
            }
        }
    }

    fn announced(&self, height: u64, _: &Bytes) {
        if self.ledger.tables().height() < height {
            self.sim.violated(format!("block {height} is announced and not durable"));
        }
    }
}

/// As the product's, but so little at a time that a ledger which does nothing any more leaves some to the one before, and
/// that a service falls behind what is announced.
fn broker_config() -> RabbitConfig {
    RabbitConfig {
        prefetch_messages_max: 8,
        blocks_max: 16,
        ..RabbitConfig::new("amqp://simulated", NamePrefix::default())
    }
}

impl World {
    pub(super) fn new(
        sim: &Sim,
        cast: &Rc<Cast>,
        metrics: &Metrics,
        start: (Arc<Tables>, Arc<EdgeTables>),
        began: piao_domain::time::Time,
        bugs: Bugs,
        databases: usize,
    ) -> Self {
        let ledger = LedgerServer::new(sim, start.0, began);
        let eye = Eye { sim: sim.clone(), ledger: ledger.clone(), ids: Arc::clone(&cast.ids) };
        let genesis = &cast.chain.genesis;
        let edge = |_| EdgeServer::new(sim, Arc::clone(genesis), Arc::clone(&start.1));
        let clock = || SimClock::new(sim, began);
        let places = Places {
            ledgers: [None, None],
            services: [None, None],
            ledger_clocks: [clock(), clock()],
            service_clocks: [clock(), clock()],
            closing: false,
        };
        Self {
            sim: sim.clone(),
            cast: Rc::clone(cast),
            bugs,
            metrics: metrics.clone(),
            ledger,
            decoder: Arc::new(BlockDecoder::on_own_thread(genesis)),
            older: RefCell::default(),
            broker: Broker::new(sim, Arc::new(eye), broker_config()),
            edges: (0..databases).map(edge).collect(),
            places: RefCell::new(places),
            book: RefCell::default(),
        }
    }

    /// Starts a ledger where none runs.
    pub(super) fn start_ledger(&self, place: usize) {
        let names = ["ledger-a", "ledger-b"];
        let clock = self.places.borrow().ledger_clocks[place].clone();
        let machine = super::node::start_ledger(self, names[place], &clock);
        self.places.borrow_mut().ledgers[place] = Some(machine);
    }

    /// Starts a service where none runs.
    pub(super) fn start_service(&self, place: usize) {
        let names = ["service-a", "service-b"];
        let clock = self.places.borrow().service_clocks[place].clone();
        let edge = super::node::start_edge(self, names[place], place % self.edges.len(), &clock);
        self.places.borrow_mut().services[place] = Some(edge);
    }

    /// The ledger of a place, where it lives.
    pub(super) fn ledger_at(&self, place: usize) -> Option<Machine> {
        self.places.borrow().ledgers[place].clone().filter(|machine| !machine.is_dead())
    }

    /// The service of a place, where it lives.
    pub(super) fn service_at(&self, place: usize) -> Option<Edge> {
        self.places.borrow().services[place].clone().filter(|edge| !edge.machine.is_dead())
    }

    /// Whether nothing is left to be done: every journal is closed, and every service is where the ledger is.
    pub(super) fn is_settled(&self) -> bool {
        let tables = self.ledger.tables();
        let head = tables.head().map(|head| &head.header);
        let settled = |edge: &EdgeServer| {
            let edge = edge.tables();
            edge.open().next().is_none() && edge.cursor() == head
        };
        self.edges.iter().all(settled)
    }
}

impl Book {
    /// Something is sent for a wish.
    pub(super) fn send(&mut self, wish: &str, id: TransitionId) {
        let floor = self.index_max;
        self.submitted.entry(id).or_insert(floor);
        self.wishes.entry(wish.to_owned()).or_default().insert(id);
    }

    /// Somebody has a receipt.
    pub(super) fn receive(&mut self, receipt: &Receipt) -> Result<(), String> {
        self.index_max = self.index_max.max(receipt.index);
        let known = self.receipts.entry(receipt.transition).or_insert_with(|| receipt.clone());
        if known == receipt {
            Ok(())
        } else {
            Err(format!("two receipts of {}: {known:?} and {receipt:?}", receipt.transition))
        }
    }
}
