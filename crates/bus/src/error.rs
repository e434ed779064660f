//! Why a bus did not do what it was asked. Every one is a fault, never a refusal: nobody outside sees it.

/// The cause below a [`BusError`], as the carrier reported it.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a bus did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// There was no connection during the whole bounded wait; nothing was sent.
    #[error("the bus is not available: {doing}")]
    Unavailable {
        /// What we were doing to what.
        doing: &'static str,
        /// What the carrier said last, if it said anything.
        #[source]
        source: Option<Cause>,
    },
    /// The bytes were handed over, but no confirm came: they may or may not be in the queue.
    #[error("the bus did not confirm: {doing}")]
    Unconfirmed {
        /// What we were doing to what.
        doing: &'static str,
        /// What the carrier said, if it was not silence.
        #[source]
        source: Option<Cause>,
    },
    /// The queue holds all that it may; nothing was kept.
    #[error("the bus is full: {doing}")]
    Full {
        /// What we were doing to what.
        doing: &'static str,
    },
    /// The message is larger than the bus carries.
    #[error("a message of {bytes} bytes is larger than the {bytes_max} bytes that the bus carries")]
    TooLarge {
        /// Length of the message in bytes.
        bytes: usize,
        /// The most that is carried, in bytes.
        bytes_max: usize,
    },
    /// The broker had no queue for a message that was in flight (this one or, since a return can be attached
    /// to the wrong confirm, a neighbour). The topology is being declared again.
    #[error("the broker had no queue for a message: {doing}")]
    Unroutable {
        /// What we were doing to what.
        doing: &'static str,
    },
    /// The bus was closed by this process.
    #[error("the bus was closed")]
    Closed,
    /// The configuration cannot work, whatever the broker says.
    #[error("the bus is configured wrongly: {what}")]
    Config {
        /// Which value, what was expected.
        what: String,
        /// The parser's own complaint, if one parsed it.
        #[source]
        source: Option<Cause>,
    },
}
