//! Clients that nobody here wrote, over HTTP: libraries of Python sign, submit and get receipts, and the README does what
//! it says. A verifier that shares no code with ours, on whole chains.

mod answers;
mod chains;
mod clients;
#[path = "../cli/given.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "as the tests of the command line have it, which use all of it"
)]
mod desk;
mod documents;
mod lost_answer;
mod openapi;
mod python;
mod readme;
mod stage;
mod vectors;
