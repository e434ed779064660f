//! What is measured of the whole platform: every service, the ledger, HTTP, PostgreSQL and the bus, in this process.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod contention;
mod safeguards;
mod shapes;
mod stage;
mod unknowns;
