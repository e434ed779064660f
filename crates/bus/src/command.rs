//! Commands: what services send to the ledger.

use std::time::Duration;

use bytes::Bytes;

/// One message from a service to the ledger: a batch of transitions, opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The encoded batch.
    pub body: Bytes,
    /// How many transitions the sender says are inside. Only used to cut batches; never trusted.
    pub transitions: u32,
}

/// A [`Command`] as it was received, with what is needed to acknowledge it.
///
/// Dropping it acknowledges nothing: the message stays with the consumer that received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The encoded batch.
    pub body: Bytes,
    /// How many transitions the sender said are inside; at least 1, never trusted.
    pub transitions: u32,
    /// Whether the bus knows that it delivered this message before.
    pub redelivered: bool,
    tag: u64,
}

impl Delivery {
    /// A delivery of `command`; `tag` is chosen by the consumer and unique within it. For implementors of
    /// [`crate::CommandConsumer`].
    #[must_use]
    pub fn new(command: Command, redelivered: bool, tag: u64) -> Self {
        Self { body: command.body, transitions: command.transitions.max(1), redelivered, tag }
    }

    /// What the consumer knows this delivery by.
    #[must_use]
    pub fn tag(&self) -> u64 {
        self.tag
    }
}

/// How much one [`crate::CommandConsumer::recv_batch`] takes and how long it waits.
///
/// A batch ends at whichever limit comes first. One message is always returned, even if it alone is beyond
/// a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most messages in a batch.
    pub messages_max: usize,
    /// Most transitions in a batch, by the senders' counts.
    pub transitions_max: u32,
    /// Most bytes in a batch.
    pub bytes_max: usize,
    /// Longest wait for the first message.
    pub wait_max: Duration,
    /// Longest wait for more after the first. Zero takes what is there already.
    pub linger_max: Duration,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            messages_max: 256,
            transitions_max: 2_000,
            bytes_max: 16 << 20,
            wait_max: Duration::from_secs(1),
            linger_max: Duration::from_millis(2),
        }
    }
}

/// What became of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum AckOutcome {
    /// Every message was acknowledged by this process. (The broker does not answer an acknowledgement: if the
    /// connection breaks at this moment the message still comes again.)
    Acked,
    /// So many messages were not acknowledged, because their connection is gone. They come again.
    ComesAgain {
        /// How many.
        messages: usize,
    },
}

impl AckOutcome {
    /// The outcome when `messages` acknowledgements did not go through.
    pub fn of_failed(messages: usize) -> Self {
        if messages == 0 { Self::Acked } else { Self::ComesAgain { messages } }
    }
}

/// A message that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The message as it came.
    pub body: Bytes,
    /// Why, for people.
    pub reason: String,
}
