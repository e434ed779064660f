//! Databases, keys, builders and faults for tests.
//!
//! It must never replace a type of ours: tests run the real thing, on real servers or on simulated ones.

pub mod actor;
pub mod body;
pub mod bus;
pub mod chain;
pub mod database;
pub mod follower;
pub mod fuzz;
pub mod invariants_sql;
pub mod node;
pub mod pg_proxy;
pub mod platform;
pub mod points;
pub mod replay;
pub mod scenario;
pub mod sim;
pub mod world;
