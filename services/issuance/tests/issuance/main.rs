//! Issuance in one process with a ledger: what it takes, prepares, foresees and shows, over HTTP.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod authorisation;
mod examples;
mod hostile;
mod life;
mod numbers;
mod rebuild;
mod schema;
mod starts;
mod support;
