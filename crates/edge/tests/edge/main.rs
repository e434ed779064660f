//! The edge on a real PostgreSQL: what is taken, what is refused, what a restart finds, what a read model becomes.
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

mod announced;
mod faults;
mod follow;
mod hostile;
mod http;
mod invoices;
mod journal;
mod limits;
mod location;
mod own_receipts;
mod rabbitmq;
mod schema;
mod submit;
mod support;
