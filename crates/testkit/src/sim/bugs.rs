//! Mistakes that the simulation has to find, each made in what is simulated and never in the product.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_bus::{
    AckOutcome, BatchLimits, BlockSubscriber, Bus, BusError, Command, CommandConsumer, Delivery, Quarantined,
    ServiceName,
};

use super::SimLedger;
use super::edge_store::EdgeServer;
use super::world::World;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A message is acknowledged when it is received.
    AckBeforeCommit,
    /// Nobody looks whether a transition is decided already, and no index says so.
    NoDedupe,
    /// A ledger whose epoch has ended goes on.
    NoFencing,
    /// A ledger takes for the head what it wrote last, whatever the database has.
    NoHeadCheck,
    /// A ledger looks at the height of the head alone: whether it is the block that it knows it takes for granted.
    HeightAlone,
    /// No mistake of a program: the ledger's database is put back to what it was.
    Restored,
    /// A journal row is closed when the bus confirms it.
    ClosedOnConfirm,
    /// What was published once is not published again.
    PublishedOnce,
    /// New rows of a journal are found by `number > last`, in the order in which they were numbered, which is not that in
    /// which they became durable. One that was found is published until it is decided.
    CursorOutbox,
    /// What lives on an invoice is read one block ahead, while the block before is still being made, and no index stands
    /// behind it.
    ReadCheckWrite,
    /// A client that does not know what became of its wish makes another of it.
    NewWishAfterUnknown,
    /// An acknowledgement that did not go through is taken for one. The ledger does nothing otherwise for it, so no run
    /// finds it: what a bus must answer is asked of every bus.
    LostAckFalse,
}

impl Bug {
    /// Every mistake that a run finds.
    pub const ALL: [Self; 10] = [
        Self::AckBeforeCommit,
        Self::NoDedupe,
        Self::NoFencing,
        Self::NoHeadCheck,
        Self::HeightAlone,
        Self::ClosedOnConfirm,
        Self::PublishedOnce,
        Self::CursorOutbox,
        Self::ReadCheckWrite,
        Self::NewWishAfterUnknown,
    ];
}

/// Which mistake is made in a run, if any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bugs(pub Option<Bug>);

impl Bugs {
    pub(super) fn has(self, bug: Bug) -> bool {
        self.0 == Some(bug)
    }

    /// Whether the ledger's database is put back to what it was now and then. What was decided since is gone then, so
    /// that all that is left to ask is whether a block follows the one before.
    pub(super) fn restores(self) -> bool {
        [Bug::Restored, Bug::NoHeadCheck, Bug::HeightAlone].into_iter().any(|bug| self.has(bug))
    }

    pub(super) fn store(self, store: SimLedger) -> SimLedger {
        store.with(self)
    }

    pub(super) fn bus(self, _: &World, bus: Arc<dyn Bus>) -> Arc<dyn Bus> {
        if self.has(Bug::AckBeforeCommit) { Arc::new(Twisted { bus, bugs: self, edge: None }) } else { bus }
    }

    pub(super) fn edge_bus(self, edge: &EdgeServer, bus: Arc<dyn Bus>) -> Arc<dyn Bus> {
        if self.has(Bug::ClosedOnConfirm) {
            Arc::new(Twisted { bus, bugs: self, edge: Some(edge.clone()) })
        } else {
            bus
        }
    }
}

/// A bus that makes the mistake of [`Bug::LostAckFalse`].
#[must_use]
pub fn deaf_to_lost_acks(bus: Arc<dyn Bus>) -> Arc<dyn Bus> {
    Arc::new(Twisted { bus, bugs: Bugs(Some(Bug::LostAckFalse)), edge: None })
}

/// A bus that is used wrongly.
struct Twisted {
    bus: Arc<dyn Bus>,
    bugs: Bugs,
    edge: Option<EdgeServer>,
}

/// Takes what it acknowledges for acknowledged, whatever is answered: when it is told to, or at once.
struct Careless {
    consumer: Box<dyn CommandConsumer>,
    at_once: bool,
}

impl Bus for Twisted {
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>> {
        async move {
            let body = command.body.clone();
            self.bus.publish_command(command).await?;
            if let Some(edge) = &self.edge {
                let text = std::str::from_utf8(&body).unwrap_or_default();
                edge.damage(|tables| text.lines().for_each(|jws| tables.forget(jws)));
            }
            Ok(())
        }
        .boxed()
    }

    fn commands(&self, turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>> {
        async move {
            let consumer = self.bus.commands(turn).await?;
            let at_once = self.bugs.has(Bug::AckBeforeCommit);
            if at_once || self.bugs.has(Bug::LostAckFalse) {
                return Ok(Box::new(Careless { consumer, at_once }) as Box<dyn CommandConsumer>);
            }
            Ok(consumer)
        }
        .boxed()
    }

    fn publish_block(&self, height: u64, body: Bytes) -> BoxFuture<'_, Result<(), BusError>> {
        self.bus.publish_block(height, body)
    }

    fn blocks(&self, service: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>> {
        self.bus.blocks(service)
    }

    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>> {
        self.bus.quarantined(messages_max)
    }

    fn check(&self) -> Result<(), BusError> {
        self.bus.check()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.bus.close()
    }
}

impl CommandConsumer for Careless {
    fn recv_batch(&mut self, limits: BatchLimits) -> BoxFuture<'_, Result<Vec<Delivery>, BusError>> {
        async move {
            let received = self.consumer.recv_batch(limits).await?;
            if self.at_once && !received.is_empty() {
                let _ = self.consumer.ack_all(&received).await;
            }
            Ok(received)
        }
        .boxed()
    }

    fn ack_all<'a>(&'a mut self, deliveries: &'a [Delivery]) -> BoxFuture<'a, AckOutcome> {
        async move {
            if !self.at_once {
                let _ = self.consumer.ack_all(deliveries).await;
            }
            AckOutcome::Acked
        }
        .boxed()
    }

    fn quarantine<'a>(
        &'a mut self,
        delivery: &'a Delivery,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), BusError>> {
        self.consumer.quarantine(delivery, reason)
    }
}
