//! Who attacks the whole platform: callers who are not entitled, generated requests, hostile bodies, stolen keys, and
//! whoever looks for what is sealed where it must not be.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod canaries;
mod generated;
mod hostile;
#[path = "../processes/installation.rs"]
#[allow(dead_code, reason = "as the tests of processes have it, which use all of it")]
mod installation;
mod keys;
mod matrix;
#[path = "../processes/process.rs"]
#[allow(dead_code, reason = "as the tests of processes have it, which use all of it")]
mod process;
#[path = "../foreign/python.rs"]
mod python;
mod served;
mod stage;
