//! The ledger's tables. Query functions take a connection and open no transaction; rows are private, and a row that
//! breaks the rules of what it stores stops the ledger.

pub(crate) mod account;
pub(crate) mod application;
pub(crate) mod block;
pub(crate) mod decided;
pub(crate) mod head;
pub(crate) mod invoice;
pub(crate) mod lock;
pub(crate) mod number;
pub(crate) mod order;
pub(crate) mod party;
pub(crate) mod rule_set;
pub(crate) mod sign_of_life;
mod stored;

pub(crate) use stored::Stored;
pub use stored::StoredBadly;

/// A number on its way into a row. The chain's numbers stay below 2^53; one that does not fit is a mistake of ours, and
/// the ledger stops before it writes another in its place.
pub(crate) fn bigint(value: u64) -> i64 {
    let Ok(value) = i64::try_from(value) else { unreachable!("{value} is beyond every number of the chain") };
    value
}
