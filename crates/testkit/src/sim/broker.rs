//! The broker: one queue of commands and one exchange of announcements, shared by all, with everything that a network, a
//! broker and the library between do to messages.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_bus::{
    AckOutcome, BatchLimits, BlockHint, BlockSubscriber, Bus, BusError, Command, CommandConsumer, Delivery,
    Quarantined, RabbitConfig, ServiceName,
};
use tokio::sync::broadcast;

use super::queue::{Queue, Reader};
use super::{Machine, Sim, Weather};

/// By how many milliseconds the confirm of a message that is returned may follow the return: a broker returns at once, and
/// gathers confirms.
const CONFIRM_LATE_MS: u64 = 100;

/// Who looks at what the ledger tells the broker: the bodies of messages that it acknowledges, and blocks that it
/// announces.
pub trait Witness: Send + Sync {
    /// A message is acknowledged.
    fn acknowledged(&self, body: &Bytes);

    /// A block is announced.
    fn announced(&self, height: u64, body: &Bytes);
}

/// Who hears of blocks.
struct Follower {
    machine: Machine,
    /// The bus that it hears through.
    bus: u64,
    announced: broadcast::Sender<BlockHint>,
}

/// A broker. Clones are the same one.
#[derive(Clone)]
pub struct Broker {
    sim: Sim,
    /// What a bus over RabbitMQ may use of it.
    config: Arc<RabbitConfig>,
    queue: Queue,
    quarantine: Arc<Mutex<VecDeque<Quarantined>>>,
    followers: Arc<Mutex<Vec<Follower>>>,
    /// Buses so far.
    buses: Arc<AtomicU64>,
    witness: Arc<dyn Witness>,
}

/// A machine's way to a broker. Clones are the same bus.
#[derive(Clone)]
pub struct SimBus {
    broker: Broker,
    machine: Machine,
    number: u64,
    line: Arc<Mutex<Line>>,
}

/// What a bus publishes on, as lapin keeps it: a return says nothing of the publish that it belongs to, so whichever is
/// confirmed next is told of it, and whoever it belongs to is told that all is well where it is confirmed later.
///
/// The real bus gives its connection up after a return. Whoever else is in flight is told here what it is told there where
/// its confirm came with the same packet; silence is drawn by itself.
#[derive(Default)]
struct Line {
    is_closed: bool,
    in_flight: u32,
    /// Returns that nobody was told of.
    returns: u32,
}

/// A publish that was handed over and has no confirm yet.
struct InFlight<'a>(&'a Mutex<Line>);

struct SimConsumer {
    bus: SimBus,
    reader: Reader,
}

/// Nothing panics under these locks, and nobody waits with one in hand.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> InFlight<'a> {
    fn begin(line: &'a Mutex<Line>) -> Self {
        lock(line).in_flight += 1;
        Self(line)
    }

    /// Its message comes back.
    fn returned(&self) {
        lock(self.0).returns += 1;
    }

    /// Its confirm is there; whether a return is told with it.
    fn is_told_of_a_return(&self) -> bool {
        let mut line = lock(self.0);
        let told = line.returns > 0;
        line.returns -= u32::from(told);
        told
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut line = lock(self.0);
        line.in_flight -= 1;
        // Where whoever published went away before its confirm came.
        if line.in_flight == 0 {
            line.returns = 0;
        }
    }
}

impl Broker {
    /// An empty broker.
    #[must_use]
    pub fn new(sim: &Sim, witness: Arc<dyn Witness>, config: RabbitConfig) -> Self {
        Self {
            sim: sim.clone(),
            queue: Queue::new(&config),
            config: Arc::new(config),
            quarantine: Arc::default(),
            followers: Arc::default(),
            buses: Arc::default(),
            witness,
        }
    }

    /// The bus as a machine has it.
    #[must_use]
    pub fn bus(&self, machine: Machine) -> SimBus {
        let number = self.buses.fetch_add(1, Ordering::Relaxed);
        SimBus { broker: self.clone(), machine, number, line: Arc::default() }
    }

    fn keep(&self, command: Command) {
        let sim = &self.sim;
        let mut copies = 1;
        if sim.happens(|weather: &Weather| weather.doubled, "a message is kept twice") {
            copies = 2;
        }
        for _ in 0..copies {
            let late =
                if sim.happens(|weather| weather.late, "a message is late") { 3_000 } else { sim.jitter() };
            let late = Duration::from_millis(sim.below(late));
            if late.is_zero() {
                self.queue.push(command.clone());
                continue;
            }
            let (queue, command) = (self.queue.clone(), command.clone());
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                queue.push(command);
            });
        }
    }

    fn announce(&self, hint: &BlockHint) {
        let mut followers = lock(&self.followers);
        followers.retain(|follower| !follower.machine.is_dead());
        for Follower { announced, .. } in &*followers {
            let mut copies = 1;
            let mut late = self.sim.jitter();
            if self.sim.happens(|weather| weather.deaf, "an announcement goes astray") {
                copies = self.sim.below(3);
                late = 4_000;
            }
            for _ in 0..copies {
                let (follower, hint) = (announced.clone(), hint.clone());
                let late = Duration::from_millis(self.sim.below(late));
                if late.is_zero() {
                    follower.send(hint).ok();
                    continue;
                }
                tokio::spawn(async move {
                    tokio::time::sleep(late).await;
                    // Nobody may listen any more.
                    follower.send(hint).ok();
                });
            }
        }
    }

    fn put_aside(&self, body: Bytes, reason: &str) {
        let mut quarantine = lock(&self.quarantine);
        if quarantine.len() >= self.config.quarantine_messages_max as usize {
            quarantine.pop_front();
        }
        quarantine.push_back(Quarantined { body, reason: reason.to_owned() });
    }
}

impl SimBus {
    fn open(&self) -> Result<(), BusError> {
        if lock(&self.line).is_closed { Err(BusError::Closed) } else { Ok(()) }
    }

    async fn publish(&self, command: Command) -> Result<(), BusError> {
        let doing = "publishing a command";
        self.open()?;
        let (broker, sim) = (&self.broker, &self.broker.sim);
        let (bytes, bytes_max) = (command.body.len(), broker.config.body_bytes_max);
        if bytes > bytes_max {
            return Err(BusError::TooLarge { bytes, bytes_max });
        }
        self.machine.step("publish").await;
        if sim.happens(|weather| weather.refused, "a publish fails") {
            return Err(BusError::Unavailable { doing, source: None });
        }
        if sim.happens(|weather| weather.unconfirmed, "a publish is kept and not confirmed") {
            broker.keep(command);
            return Err(BusError::Unconfirmed { doing, source: None });
        }
        if sim.happens(|weather| weather.lost, "a publish is confirmed and lost") {
            return Ok(());
        }
        if broker.queue.is_full() {
            return Err(BusError::Full { doing });
        }
        self.hand_over(command, doing).await
    }

    async fn hand_over(&self, command: Command, doing: &'static str) -> Result<(), BusError> {
        let (broker, sim) = (&self.broker, &self.broker.sim);
        let in_flight = InFlight::begin(&self.line);
        let is_returned = sim.happens(|weather| weather.unroutable, "a message is returned");
        if is_returned {
            in_flight.returned();
            tokio::time::sleep(Duration::from_millis(1 + sim.below(CONFIRM_LATE_MS))).await;
        } else {
            broker.keep(command);
        }
        self.machine.step("is confirmed").await;
        match (is_returned, in_flight.is_told_of_a_return()) {
            (false, false) => Ok(()),
            (true, true) => Err(BusError::Unroutable { doing }),
            (false, true) => {
                sim.inject("a neighbour is told of a return");
                Err(BusError::Unroutable { doing })
            }
            (true, false) => {
                sim.inject("a message is returned and its publish confirmed");
                Ok(())
            }
        }
    }
}

impl Bus for SimBus {
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>> {
        self.publish(command).boxed()
    }

    fn commands(&self, turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>> {
        async move {
            self.open()?;
            let reader = self.broker.queue.read(self.number, turn);
            Ok(Box::new(SimConsumer { bus: self.clone(), reader }) as Box<dyn CommandConsumer>)
        }
        .boxed()
    }

    fn publish_block(&self, height: u64, body: Bytes) -> BoxFuture<'_, Result<(), BusError>> {
        async move {
            self.open()?;
            self.machine.step("announce").await;
            self.broker.witness.announced(height, &body);
            self.broker.announce(&BlockHint { height, body });
            Ok(())
        }
        .boxed()
    }

    fn blocks(&self, _: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>> {
        async {
            self.open()?;
            let blocks_max = usize::from(self.broker.config.blocks_max.max(1));
            let (announced, heard) = broadcast::channel(blocks_max);
            let follower = Follower { machine: self.machine.clone(), bus: self.number, announced };
            lock(&self.broker.followers).push(follower);
            Ok(BlockSubscriber::new(heard))
        }
        .boxed()
    }

    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>> {
        async move {
            self.open()?;
            Ok(lock(&self.broker.quarantine).iter().take(messages_max).cloned().collect())
        }
        .boxed()
    }

    fn check(&self) -> Result<(), BusError> {
        self.open()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async {
            lock(&self.line).is_closed = true;
            self.broker.queue.close(self.number);
            lock(&self.broker.followers).retain(|follower| follower.bus != self.number);
        }
        .boxed()
    }
}

impl SimConsumer {
    async fn receive(&mut self, limits: BatchLimits) -> Result<Vec<Delivery>, BusError> {
        self.bus.machine.alive().await;
        self.reader.receive(limits).await
    }

    /// The connection breaks, and stands again where nobody closed it.
    fn reconnect(&mut self) {
        if self.bus.open().is_ok() {
            self.reader.reconnect();
        }
    }

    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> AckOutcome {
        self.bus.machine.step("acknowledge").await;
        let sim = self.bus.broker.sim.clone();
        deliveries.iter().for_each(|delivery| self.bus.broker.witness.acknowledged(&delivery.body));
        if sim.happens(|weather| weather.unacked, "an acknowledgement does not go through") {
            self.reconnect();
            return AckOutcome::ComesAgain { messages: deliveries.len() };
        }
        if sim.happens(|weather| weather.ack_lost, "an acknowledgement is lost and nobody knows") {
            self.reconnect();
            return AckOutcome::Acked;
        }
        AckOutcome::of_failed(self.reader.acknowledge(deliveries))
    }
}

impl CommandConsumer for SimConsumer {
    fn recv_batch(&mut self, limits: BatchLimits) -> BoxFuture<'_, Result<Vec<Delivery>, BusError>> {
        self.receive(limits).boxed()
    }

    fn ack_all<'a>(&'a mut self, deliveries: &'a [Delivery]) -> BoxFuture<'a, AckOutcome> {
        self.acknowledge(deliveries).boxed()
    }

    fn quarantine<'a>(
        &'a mut self,
        delivery: &'a Delivery,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), BusError>> {
        async move {
            self.bus.machine.step("put aside").await;
            self.bus.open()?;
            self.bus.broker.put_aside(delivery.body.clone(), reason);
            Ok(())
        }
        .boxed()
    }
}
