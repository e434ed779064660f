//! A run: clients want things while everything goes wrong; then all is well again, and soon everything must be in order.

use std::cell::RefCell;
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

/// How long it may take until every journal is closed, once all is well again: a row that was published again and again
/// waits a minute, and as much longer as the clock by which it was put off was ahead.
const HEALING_MAX: Duration = Duration::from_secs(65 + 90);

/// Makes runs, one after the other, on the thread that it was made on.
pub struct Simulator {
    cast: Rc<Cast>,
    metrics: Metrics,
    prepared: Prepared,
    lines: RefCell<checks::Lines>,
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
        let mut lines = checks::Lines::new();
        let prepared = runtime().block_on(LocalSet::new().run_until(prepare(&cast, &metrics, &mut lines)));
        Self { cast, metrics, prepared, lines: RefCell::new(lines) }
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
            if bugs.restores() {
                restore(&world);
            }
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
        if !bugs.restores() {
            checks::check(&world, &self.prepared, &mut self.lines.borrow_mut());
        }
        let tables = world.ledger.tables();
        Outcome {
            seed,
            violations: if bugs.restores() { checks::links(&world) } else { sim.violations() },
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
        unroutable: rate(60),
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
    match sim.below(13) {
        0..6 => disturb_ledger(world, place),
        6..9 => disturb_service(world, place),
        9 => {
            sim.inject("the ledger's database starts again");
            world.ledger.restart();
        }
        10 => {
            let edge = &world.edges[place % world.edges.len()];
            if sim.below(6) == 0 {
                sim.inject("a read model is built anew");
                edge.rebuild();
            } else {
                sim.inject("a service's database starts again");
                edge.restart();
            }
        }
        11 => poison(world),
        _ => {
            sim.inject("a clock jumps");
            // Within what is believed, or well beyond it.
            let seconds = if sim.below(3) == 0 { 75 + sim.below(15) } else { sim.below(45) };
            let offset = i64::try_from(seconds).unwrap_or(0) * if sim.below(2) == 0 { 1 } else { -1 };
            let places = world.places.borrow();
            let clocks = if sim.below(2) == 0 { &places.ledger_clocks } else { &places.service_clocks };
            clocks[place].set(offset);
        }
    }
}

fn disturb_ledger(world: &World, place: usize) {
    let sim = &world.sim;
    match (sim.below(6), world.ledger_at(place)) {
        (0 | 1, Some(ledger)) => {
            sim.inject("a ledger is killed");
            ledger.kill_after(1 + sim.below(30));
        }
        (2, Some(ledger)) => {
            sim.inject("a ledger is stopped");
            ledger.stop();
        }
        (3.., Some(ledger)) if ledger.is_stopped() => {
            sim.inject("a ledger is woken");
            ledger.wake();
        }
        (_, Some(_)) => {}
        (_, None) => {
            if world.ledger_at(1 - place).is_some() {
                sim.inject("a second ledger opens the chain");
            }
            world.start_ledger(place);
        }
    }
}

fn disturb_service(world: &World, place: usize) {
    let sim = &world.sim;
    match (sim.below(3), world.service_at(place)) {
        (0 | 1, Some(service)) => {
            sim.inject("a service is killed");
            service.machine.kill_after(1 + sim.below(20));
        }
        (_, Some(service)) if service.machine.is_stopped() => service.machine.wake(),
        (_, Some(service)) => {
            sim.inject("a service is stopped");
            service.machine.stop();
        }
        (_, None) => world.start_service(place),
    }
}

/// Sends what can never be decided, beside something that was decided before.
fn poison(world: &World) {
    let sim = &world.sim;
    sim.inject("poison is sent");
    let mut body = b"not.a.transition".to_vec();
    let known = world.book.borrow().receipts.keys().next().copied();
    let ids = world.cast.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((text, _)) = ids.iter().filter(|(_, id)| known == Some(**id)).min() {
        body.push(b'\n');
        body.extend_from_slice(text.as_bytes());
    }
    let bus = world.broker.bus(super::Machine::start(sim, "mallory"));
    tokio::spawn(async move {
        bus.publish_command(Command { body: body.into(), transitions: 2 }).await.ok();
    });
}

/// Puts the ledger's database back to what it was a while ago.
fn restore(world: &World) {
    let mut older = world.older.borrow_mut();
    let now = world.ledger.tables();
    match older.take() {
        Some(then) if then.height() < now.height() => {
            world.sim.inject("the ledger's database is restored");
            world.ledger.restore(&then);
        }
        Some(then) => *older = Some(then),
        None => *older = Some(now),
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

async fn prepare(cast: &Rc<Cast>, metrics: &Metrics, lines: &mut checks::Lines) -> Prepared {
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
    let mut receipts = BTreeMap::new();
    for stored in tables.blocks().iter().skip(1) {
        let line = lines.line(&stored.body).expect("a line");
        let (header, transitions, outcomes) = read_block_line(line.trim_end()).expect("a block");
        let refused = outcomes.iter().find(|outcome| outcome.code().is_some());
        assert!(refused.is_none(), "{refused:?}");
        let parsed = transitions.into_iter().map(|text| Unverified::parse(text).expect("a transition"));
        let parsed = parsed.collect::<Vec<_>>();
        for (place, (parsed, outcome)) in parsed.iter().zip(&outcomes).enumerate() {
            receipts.insert(parsed.id(), checks::receipt(parsed.id(), outcome, &header, place));
        }
        replay.push(&header, parsed.into_iter().zip(outcomes).collect()).expect("a chain that replays");
    }
    Prepared { tables, edge, replay, receipts }
}
