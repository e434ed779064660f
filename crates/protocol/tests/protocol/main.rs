//! What the protocol promises, tested from outside through its public doors.

#![expect(clippy::unwrap_used, reason = "what the tests are given is known to be good")]

mod announcement;
mod checkpoint;
mod claim_and_sealed;
mod export;
mod flaws;
mod foreign;
mod given;
mod json;
mod keys;
mod ledger;
mod merkle;
mod order;
mod proof;
mod read_token;
mod tiles;
mod transition;
