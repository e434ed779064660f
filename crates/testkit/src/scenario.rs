//! What whole populations do, as signed transitions; how these reach a ledger is the test's affair.

mod contention;
mod rest;

use piao_domain::time::Time;

pub use contention::{Contention, Phase, Rival, contention};
pub use rest::rest;

/// An invoice number of the first prefix of the test rules, in the year of a time.
#[must_use]
pub fn number(at: Time, sequence: u64) -> String {
    format!("{:02}950{sequence:015}", at.month().short_year())
}
