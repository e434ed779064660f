//! Bytes from services to the ledger and back: RabbitMQ or in process.
//!
//! Two ways lead over a bus. *Commands* go from every service to the ledger, each message a batch of
//! signed transitions, kept until the ledger has acknowledged it. *Blocks* go from the ledger to every
//! service as hints: they may be lost, repeated or late, and whoever needs them all asks the ledger.
//!
//! This crate moves bytes. It must never look into them, never decide whether a transition is valid, and
//! never be the reason why something counts as recorded: a confirm from a broker closes nothing, only a
//! receipt does.

mod block;
mod bus;
mod command;
mod error;
mod gather;
pub mod in_process;
pub mod rabbitmq;

pub use block::{BlockHint, BlockSubscriber, SERVICE_NAME_CHARS_MAX, ServiceName};
pub use bus::{Bus, CommandConsumer};
pub use command::{AckOutcome, BatchLimits, Command, Delivery, Quarantined};
pub use error::{BusError, Cause};
pub use in_process::{InProcessBus, InProcessConfig};
pub use rabbitmq::{NamePrefix, RabbitBus, RabbitConfig};
