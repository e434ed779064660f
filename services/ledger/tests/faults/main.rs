//! A ledger among rivals, faults and nonsense.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod broker_takes_nothing;
mod clocks;
mod commit_lost;
mod contention;
mod crashes;
mod fencing;
mod input;
mod invariants;
mod put_back;
mod safeguards;
mod standby;
mod statements;
