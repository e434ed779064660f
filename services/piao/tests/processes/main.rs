//! The real program as services in processes of their own, on a real PostgreSQL and a real RabbitMQ.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod compose;
mod installation;
mod kills;
mod life;
mod load;
mod log;
mod points;
mod process;
mod read_model;
mod rebuild;
mod standby;
