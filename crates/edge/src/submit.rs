//! The way of a transition through an edge (architecture §2): parse → id → receipt already? → validity window → key →
//! signature → sealed data → journal → publish → wait for the receipt.
//!
//! An edge answers 4xx by itself only for what can never become right or cannot be attributed (protocol §4). All else
//! is submitted and decided. It must never close a journal row for any other reason than a receipt.

mod answer;
mod check;
mod entry;
mod existing;
mod journal;
mod journal_store;
mod named;
mod prefer;
mod publish;
mod request;
mod seal;
mod sweep;
mod verified_pool;
mod verifier;
mod waiters;
mod way;

pub use answer::Recorded;
pub(crate) use answer::recorded;
pub use check::{Checked, parse};
pub(crate) use entry::day;
pub use entry::{Entry, TransitionKey};
pub use journal::{Journal, JournalConfig, JournalFault};
pub use journal_store::{Due, JournalStore, Journalled, PgJournal};
pub use named::Said;
pub use prefer::Wait;
pub use request::{BATCH_BODY_BYTES_MAX, Submission, SubmissionBody};
pub use seal::{SealError, SealKey, SealedBox};
pub(crate) use sweep::{Sweeper, sweep};
pub use verified_pool::VerifiedPool;
pub use verifier::{EverySignature, Verifier};
pub(crate) use waiters::Waiters;
pub(crate) use way::Desk;
pub use way::Submitted;
