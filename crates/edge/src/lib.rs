//! What the HTTP of every service needs: caller, problem, submit, follow.
//!
//! It must never decide what the ledger decides: an edge answers 4xx by itself only for what can never become right or
//! cannot be attributed (protocol §4); everything else is submitted, and a read model that lags refuses nothing.

pub mod audience;
pub mod caller;
pub mod clock;
mod db;
pub mod fault;
pub mod follow;
pub mod http;
pub mod keys;
pub mod metrics;
pub mod migrations;
pub mod problem;
pub mod service;
pub mod submit;
