//! State and block to outcomes: execution, invariants, sealing, replay.
//!
//! Pure. It must never do I/O, read a clock or configuration outside genesis and state, use randomness, floats or
//! an order that differs between machines.

pub mod adopt;
pub mod execute;
mod genesis;
pub mod invariants;
pub mod needs;
pub mod replay;
pub mod seal;
pub mod state;
