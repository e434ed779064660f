//! What every bus does, whichever carries the bytes.

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::{
    AckOutcome, BatchLimits, BlockSubscriber, BusError, Command, Delivery, Quarantined, ServiceName,
};

/// Carries commands from services to the ledger and block announcements back.
///
/// Every call may be made from any tokio runtime, an actix worker's included: connections live on the
/// runtime that the bus was started with. Every wait is bounded by the configuration of the bus.
pub trait Bus: Send + Sync + 'static {
    /// Hands one command to the bus and waits until the bus says it keeps it.
    ///
    /// `Ok` never means decided, and does not even prove that the message is kept (a broker may lose it,
    /// or confirm a neighbour): a journal row stays open until its receipt is there. After any error the
    /// caller may publish the same bytes again; twice is the same as once.
    ///
    /// # Errors
    /// [`BusError::Unavailable`], [`BusError::Unconfirmed`], [`BusError::Full`], [`BusError::TooLarge`],
    /// [`BusError::Unroutable`], [`BusError::Closed`].
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>>;

    /// A consumer of the command queue. Several compete: each message goes to one of them. Over a broker it goes to one
    /// of the highest `turn` that has room, so that nothing new goes to a reader that was stopped while whoever took over
    /// from it can take it. A bus inside one process may give it to any.
    ///
    /// Returns at once, also while the broker is away; then the consumer is silent until it is back.
    ///
    /// # Errors
    /// [`BusError::Closed`].
    fn commands(&self, turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>>;

    /// Announces the block at `height` to whoever subscribes at this moment. Called one after the other,
    /// announcements keep their order.
    ///
    /// # Errors
    /// As [`Bus::publish_command`]; the caller logs and goes on, since followers also ask the ledger.
    fn publish_block(&self, height: u64, body: Bytes) -> BoxFuture<'_, Result<(), BusError>>;

    /// Subscribes `service` to block announcements from now on. Returns when the subscription stands; if the
    /// broker is away, after a bounded wait, and announcements begin when it is back.
    ///
    /// # Errors
    /// [`BusError::Closed`].
    fn blocks(&self, service: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>>;

    /// Up to `messages_max` quarantined messages, oldest first, which stay where they are. For people: what
    /// is in quarantine was sent by a program that is not ours or is broken.
    ///
    /// # Errors
    /// [`BusError::Unavailable`], [`BusError::Closed`].
    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>>;

    /// Whether a publish would find the bus connected at this moment; for readiness.
    ///
    /// # Errors
    /// [`BusError::Unavailable`], [`BusError::Closed`].
    fn check(&self) -> Result<(), BusError>;

    /// Closes connections and ends every consumer and subscriber. What was not acknowledged stays with a
    /// broker, and is lost with an in-process bus (journals publish it again).
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// One reader of the command queue. What it received and did not acknowledge is delivered again, to it or
/// to another consumer, after it is dropped or its connection is lost.
pub trait CommandConsumer: Send {
    /// Waits for messages within `limits`; empty when none came in time (or the broker is away).
    ///
    /// Cancel safe: a message taken by a call that was dropped is returned by the next.
    ///
    /// # Errors
    /// [`BusError::Closed`] once the bus was closed.
    fn recv_batch(&mut self, limits: BatchLimits) -> BoxFuture<'_, Result<Vec<Delivery>, BusError>>;

    /// Tells the bus that `deliveries` are dealt with for ever. Call it after the commit, never before.
    fn ack_all<'a>(&'a mut self, deliveries: &'a [Delivery]) -> BoxFuture<'a, AckOutcome>;

    /// Puts a copy of a message that can never be dealt with into quarantine, with a `reason` for people. Acknowledge
    /// the message afterwards, so that it is neither lost nor in the way: a crash in between quarantines it twice.
    ///
    /// # Errors
    /// As [`Bus::publish_command`]; the call may be repeated.
    fn quarantine<'a>(
        &'a mut self,
        delivery: &'a Delivery,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), BusError>>;
}
