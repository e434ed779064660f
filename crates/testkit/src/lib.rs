//! Databases, keys, builders and faults for tests.
//!
//! It must never replace a type of ours: tests run the real thing on real servers.

pub mod actor;
pub mod body;
pub mod chain;
pub mod database;
pub mod platform;
