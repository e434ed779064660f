//! Issuing, tried on the read model: the whole trace of what the ledger would look at, and its decision.

mod desk;
mod rule_steps;
mod trace;

pub(crate) use desk::{Facts, Question};
pub(crate) use trace::{Step, Trace, trace};
