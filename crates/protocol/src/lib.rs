//! Signed transitions, digests, log and checkpoints: all an outsider needs to verify.
//!
//! Pure. It must never do I/O, read a clock or draw a random number: time and random bytes are arguments.
//! Nothing is re-serialised before it is verified or hashed, and nothing unverified can pass for verified.

pub mod announcement;
pub mod block;
pub mod body;
pub mod checkpoint;
pub mod claim;
pub mod digest;
pub mod encoding;
pub mod export;
pub mod genesis;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod log;
pub mod outcome;
pub mod proof;
pub mod receipt;
pub mod schema;
pub mod sealed;
pub mod wire;
