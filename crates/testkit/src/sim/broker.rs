//! The broker: the bus of one process, shared by all, with everything that a network and a broker do to messages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_bus::{
    AckOutcome, BatchLimits, BlockHint, BlockSubscriber, Bus, BusError, Command, CommandConsumer, Delivery,
    InProcessBus, InProcessConfig, Quarantined, ServiceName,
};
use tokio::sync::broadcast;

use super::{Machine, Sim, Weather};

/// Who looks at what the ledger tells the broker: the bodies of messages that it acknowledges, and blocks that it
/// announces.
pub trait Witness: Send + Sync {
    /// A message is acknowledged.
    fn acknowledged(&self, body: &Bytes);

    /// A block is announced.
    fn announced(&self, height: u64, body: &Bytes);
}

/// Who hears of blocks, and where.
type Followers = Arc<Mutex<Vec<(Machine, broadcast::Sender<BlockHint>)>>>;

/// A broker. Clones are the same one.
#[derive(Clone)]
pub struct Broker {
    sim: Sim,
    /// What carries messages when nothing goes wrong: a bus that passes the conformance suite of every bus.
    carrier: InProcessBus,
    followers: Followers,
    witness: Arc<dyn Witness>,
}

/// A machine's way to a broker.
#[derive(Clone)]
pub struct SimBus {
    broker: Broker,
    machine: Machine,
}

struct SimConsumer {
    bus: SimBus,
    reader: Option<Box<dyn CommandConsumer>>,
    /// The reader's number: what an earlier one delivered, this one cannot acknowledge.
    generation: u64,
    delivered: Vec<(u64, u64, Delivery)>,
    tags: u64,
}

impl Broker {
    /// An empty broker.
    #[must_use]
    pub fn new(sim: &Sim, witness: Arc<dyn Witness>) -> Self {
        let carrier = InProcessBus::new(InProcessConfig::default());
        Self { sim: sim.clone(), carrier, followers: Arc::default(), witness }
    }

    /// The bus as a machine has it.
    #[must_use]
    pub fn bus(&self, machine: Machine) -> SimBus {
        SimBus { broker: self.clone(), machine }
    }

    /// What is in quarantine.
    pub async fn quarantined(&self) -> Vec<Quarantined> {
        self.carrier.quarantined(1_000).await.unwrap_or_default()
    }

    fn keep(&self, command: Command) {
        let (sim, carrier) = (self.sim.clone(), self.carrier.clone());
        let mut copies = 1;
        if sim.happens(|weather: &Weather| weather.doubled, "a message is kept twice") {
            copies = 2;
        }
        for _ in 0..copies {
            let late =
                if sim.happens(|weather| weather.late, "a message is late") { 3_000 } else { sim.jitter() };
            let (command, carrier) = (command.clone(), carrier.clone());
            let late = Duration::from_millis(sim.below(late));
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                carrier.publish_command(command).await.ok();
            });
        }
    }

    fn announce(&self, hint: &BlockHint) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.retain(|(machine, _)| !machine.is_dead());
        for (_, follower) in &*followers {
            let mut copies = 1;
            let mut late = self.sim.jitter();
            if self.sim.happens(|weather| weather.deaf, "an announcement goes astray") {
                copies = self.sim.below(3);
                late = 4_000;
            }
            for _ in 0..copies {
                let (follower, hint) = (follower.clone(), hint.clone());
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
}

impl SimBus {
    async fn publish(&self, command: Command) -> Result<(), BusError> {
        let doing = "publishing a command";
        self.machine.step("publish").await;
        let (broker, sim) = (&self.broker, &self.broker.sim);
        if sim.happens(|weather| weather.refused, "a publish fails") {
            return Err(BusError::Unavailable { doing, source: None });
        }
        if sim.happens(|weather| weather.unconfirmed, "a publish is kept and not confirmed") {
            broker.keep(command);
            // A return that belongs to a neighbour, or silence.
            return Err(if sim.below(2) == 0 {
                BusError::Unroutable { doing }
            } else {
                BusError::Unconfirmed { doing, source: None }
            });
        }
        if sim.happens(|weather| weather.lost, "a publish is confirmed and lost") {
            return Ok(());
        }
        broker.keep(command);
        self.machine.step("is confirmed").await;
        Ok(())
    }
}

impl Bus for SimBus {
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>> {
        self.publish(command).boxed()
    }

    fn commands(&self, _turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>> {
        async {
            let reader = self.broker.carrier.commands(0).await?;
            let (bus, reader) = (self.clone(), Some(reader));
            let consumer = SimConsumer { bus, reader, generation: 0, delivered: Vec::new(), tags: 0 };
            Ok(Box::new(consumer) as Box<dyn CommandConsumer>)
        }
        .boxed()
    }

    fn publish_block(&self, height: u64, body: Bytes) -> BoxFuture<'_, Result<(), BusError>> {
        async move {
            self.machine.step("announce").await;
            self.broker.witness.announced(height, &body);
            self.broker.announce(&BlockHint { height, body });
            Ok(())
        }
        .boxed()
    }

    fn blocks(&self, _: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>> {
        async {
            let (follower, announced) = broadcast::channel(16);
            let mut followers = self.broker.followers.lock().unwrap_or_else(PoisonError::into_inner);
            followers.push((self.machine.clone(), follower));
            Ok(BlockSubscriber::new(announced))
        }
        .boxed()
    }

    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>> {
        self.broker.carrier.quarantined(messages_max)
    }

    fn check(&self) -> Result<(), BusError> {
        self.broker.carrier.check()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}

impl SimConsumer {
    /// The connection breaks: everything that is not acknowledged comes again, to whoever reads next.
    async fn reconnect(&mut self) -> Result<(), BusError> {
        self.reader = None;
        self.generation += 1;
        self.reader = Some(self.bus.broker.carrier.commands(0).await?);
        Ok(())
    }

    async fn receive(&mut self, limits: BatchLimits) -> Result<Vec<Delivery>, BusError> {
        self.bus.machine.alive().await;
        let Some(reader) = &mut self.reader else { return Err(BusError::Closed) };
        let received = reader.recv_batch(limits).await?;
        let give = |delivery: Delivery| {
            let tag = self.tags;
            self.tags += 1;
            let command = Command { body: delivery.body.clone(), transitions: delivery.transitions };
            let given = Delivery::new(command, delivery.redelivered, tag);
            self.delivered.push((tag, self.generation, delivery));
            given
        };
        Ok(received.into_iter().map(give).collect())
    }

    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> AckOutcome {
        self.bus.machine.step("acknowledge").await;
        let sim = self.bus.broker.sim.clone();
        deliveries.iter().for_each(|delivery| self.bus.broker.witness.acknowledged(&delivery.body));
        if sim.happens(|weather| weather.unacked, "an acknowledgement does not go through") {
            self.reconnect().await.ok();
            return AckOutcome::ComesAgain { messages: deliveries.len() };
        }
        if sim.happens(|weather| weather.ack_lost, "an acknowledgement is lost and nobody knows") {
            self.reconnect().await.ok();
            return AckOutcome::Acked;
        }
        let mut inner = Vec::new();
        for delivery in deliveries {
            let known = self
                .delivered
                .iter()
                .position(|(tag, generation, _)| *tag == delivery.tag() && *generation == self.generation);
            inner.extend(known.map(|place| self.delivered.swap_remove(place).2));
        }
        let stale = deliveries.len() - inner.len();
        let outcome = match &mut self.reader {
            Some(reader) if !inner.is_empty() => reader.ack_all(&inner).await,
            Some(_) | None => AckOutcome::Acked,
        };
        match outcome {
            AckOutcome::Acked => AckOutcome::of_failed(stale),
            AckOutcome::ComesAgain { messages } => AckOutcome::of_failed(stale + messages),
        }
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
            match &mut self.reader {
                Some(reader) => reader.quarantine(delivery, reason).await,
                None => Err(BusError::Closed),
            }
        }
        .boxed()
    }
}
