//! A run: clients want things while everything goes wrong; then all is well again, and soon everything must be in order.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use piao_bus::{Bus as _, Command};
use piao_chain::replay::Replay;
use piao_edge::metrics::Metrics;
use piao_protocol::export::read_block_line;
use piao_protocol::jws::Unverified;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use super::bugs::Bugs;
use super::cast::Cast;
use super::client::client;
use super::edge_tables::EdgeTables;
use super::tables::Tables;
use super::world::{Prepared, World};
use super::{Sim, Trace, Weather, checks};

/// How long it may take until every journal is closed, once all is well again.
const HEALING_MAX: Duration = Duration::from_secs(75);

/// Makes runs, one after the other, on the thread that it was made on.
pub struct Simulator {
    cast: Rc<Cast>,
    metrics: Metrics,
    prepared: Prepared,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What happened that must not.
    pub violations: Vec<String>,
    /// What went wrong, and how often.
    pub injected: BTreeMap<&'static str, u64>,
    /// Every event.
    pub trace: Trace,
    /// Blocks that were made.
    pub blocks: u64,
    /// Transitions that were decided.
    pub decided: u64,
    /// How long it took, in the time that passed there.
    pub simulated: Duration,
    /// How much of that was needed after all was well again.
    pub healing: Duration,
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// Makes the chain that every run begins with, in calm weather.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let (cast, metrics) = (Rc::new(Cast::new()), super::node::metrics());
        let prepared = runtime().block_on(LocalSet::new().run_until(prepare(&cast, &metrics)));
        Self { cast, metrics, prepared }
    }

    /// Runs a seed.
    #[must_use]
    pub fn run(&self, seed: u64, bugs: Bugs, trace: Trace) -> Outcome {
        runtime().block_on(LocalSet::new().run_until(self.live(seed, bugs, trace)))
    }

    async fn live(&self, seed: u64, bugs: Bugs, trace: Trace) -> Outcome {
        let sim = Sim::new(seed, trace);
        let start = (Arc::clone(&self.prepared.tables), Arc::clone(&self.prepared.edge));
        let databases = 1 + sim.below(2) as usize;
        let (cast, metrics) = (&self.cast, &self.metrics);
        let world = Rc::new(World::new(&sim, cast, metrics, start, Cast::now(), bugs, databases));
        let before = self.prepared.tables.height();
        world.start_ledger(0);
        world.start_service(0);
        world.start_service(1);
        sim.set_weather(weather(&sim));
        let clients = 2 + sim.below(4);
        for number in 0..clients {
            tokio::task::spawn_local(client(Rc::clone(&world), number));
        }
        let bad = Duration::from_secs(5 + sim.below(25));
        while sim.elapsed() < bad {
            tokio::time::sleep(Duration::from_millis(50 + sim.below(2_000))).await;
            disturb(&world);
        }
        let healed = sim.elapsed();
        heal(&world);
        while !world.is_settled() {
            if sim.elapsed() - healed > HEALING_MAX {
                sim.violated(format!("not in order {} s after all was well again", HEALING_MAX.as_secs()));
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
            mend(&world);
        }
        let healing = sim.elapsed() - healed;
        checks::check(&world, &self.prepared.replay);
        let tables = world.ledger.tables();
        Outcome {
            seed,
            violations: sim.violations(),
            injected: sim.injected(),
            trace: sim.trace(),
            blocks: tables.height() - before,
            decided: tables.decided.len() as u64 - self.prepared.tables.decided.len() as u64,
            simulated: sim.elapsed(),
            healing,
        }
    }
}

/// Each run has a weather of its own: some of everything, much of a little, or hardly any.
fn weather(sim: &Sim) -> Weather {
    let rate = |most: u64| {
        let most = if sim.below(3) == 0 { most * 4 } else { most };
        if sim.below(3) == 0 { 0 } else { sim.below(most + 1) as u32 }
    };
    Weather {
        slow: rate(60),
        stuck: rate(4),
        cut: rate(10),
        torn: rate(60),
        refused: rate(60),
        unconfirmed: rate(60),
        lost: rate(60),
        doubled: rate(60),
        late: rate(60),
        unacked: rate(60),
        ack_lost: rate(60),
        deaf: rate(200),
        away: rate(100),
    }
}

/// Does something to a machine, a server or a clock.
fn disturb(world: &World) {
    let sim = &world.sim;
    let place = sim.below(2) as usize;
    match sim.below(12) {
        0 | 1 => match world.ledger_at(place) {
            Some(ledger) => {
                sim.inject("a ledger is killed");
                ledger.kill_after(1 + sim.below(30));
            }
            None => world.start_ledger(place),
        },
        2 | 3 => {
            if world.ledger_at(place).is_none() {
                if world.ledger_at(1 - place).is_some() {
                    sim.inject("a second ledger opens the chain");
                }
                world.start_ledger(place);
            }
        }
        4 => {
            if let Some(ledger) = world.ledger_at(place) {
                sim.inject("a ledger is stopped");
                ledger.stop();
            }
        }
        5 => {
            if let Some(ledger) = world.ledger_at(place) {
                ledger.wake();
            }
        }
        6 | 7 => match world.service_at(place) {
            Some(service) => {
                sim.inject("a service is killed");
                service.machine.kill_after(1 + sim.below(20));
            }
            None => world.start_service(place),
        },
        8 => match world.service_at(place) {
            Some(service) if sim.below(2) == 0 => {
                sim.inject("a service is stopped");
                service.machine.stop();
            }
            Some(service) => service.machine.wake(),
            None => world.start_service(place),
        },
        9 => {
            sim.inject("the ledger's database starts again");
            world.ledger.restart();
        }
        10 => {
            sim.inject("a service's database starts again");
            world.edges[place % world.edges.len()].restart();
        }
        _ => {
            sim.inject("a clock jumps");
            let offset = i64::try_from(sim.below(180)).unwrap_or(0) - 90;
            let places = world.places.borrow();
            if sim.below(2) == 0 {
                places.ledger_clocks[place].set(offset);
            } else {
                places.service_clocks[place].set(offset);
            }
        }
    }
}

/// All is well again: nothing fails, everything runs, clocks are right, and one ledger is left.
fn heal(world: &World) {
    world.sim.note("all", "is well again");
    world.sim.set_weather(Weather::CALM);
    {
        let mut places = world.places.borrow_mut();
        places.closing = true;
        places.ledger_clocks.iter().chain(&places.service_clocks).for_each(|clock| clock.set(0));
    }
    for place in 0..2 {
        if let Some(ledger) = world.ledger_at(place) {
            // Nothing that was to come comes any more.
            ledger.kill_after(u64::MAX / 2);
            ledger.wake();
        }
        if let Some(service) = world.service_at(place) {
            service.machine.kill_after(u64::MAX / 2);
            service.machine.wake();
            if world.sim.below(3) > 0 {
                service.machine.kill();
            }
        }
    }
    mend(world);
}

/// Starts what is down.
fn mend(world: &World) {
    if world.ledger_at(0).is_none() && world.ledger_at(1).is_none() {
        world.start_ledger(0);
    }
    for place in 0..2 {
        if world.service_at(place).is_none() {
            world.start_service(place);
        }
    }
}

async fn prepare(cast: &Rc<Cast>, metrics: &Metrics) -> Prepared {
    let sim = Sim::new(0, Trace::brief());
    let start = (Arc::<Tables>::default(), Arc::<EdgeTables>::default());
    let began = Cast::began().plus(1);
    let world = World::new(&sim, cast, metrics, start, began, Bugs::default(), 1);
    world.start_ledger(0);
    world.start_service(0);
    let sender = super::Machine::start(&sim, "sender");
    for phase in cast.phases() {
        let lines = phase.iter().map(|signed| &*signed.jws).collect::<Vec<_>>();
        let transitions = u32::try_from(lines.len()).unwrap_or(1);
        let command = Command { body: lines.join("\n").into_bytes().into(), transitions };
        world.broker.bus(sender.clone()).publish_command(command).await.expect("a calm broker");
        let decided = |tables: &Tables| phase.iter().all(|signed| tables.place(&signed.id).is_some());
        while !(decided(&world.ledger.tables()) && world.is_settled()) {
            assert!(sim.elapsed() < Duration::from_secs(60), "{:?}", sim.violations());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(sim.violations().is_empty(), "{:?}", sim.violations());
    let (tables, edge) = (world.ledger.tables(), world.edges[0].tables());
    let mut replay = Replay::new(&cast.chain.genesis);
    for stored in tables.blocks().iter().skip(1) {
        let line = zstd::bulk::decompress(&stored.body, 1 << 22).expect("a body");
        let line = std::str::from_utf8(&line).expect("a line");
        let (header, transitions, outcomes) = read_block_line(line.trim_end()).expect("a block");
        let refused = outcomes.iter().find(|outcome| outcome.code().is_some());
        assert!(refused.is_none(), "{refused:?}");
        let parsed = transitions.into_iter().map(|text| Unverified::parse(text).expect("a transition"));
        replay.push(&header, parsed.zip(outcomes).collect()).expect("a chain that replays");
    }
    Prepared { tables, edge, replay }
}
