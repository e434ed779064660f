//! The real program as services in processes of their own, on a real PostgreSQL and a real RabbitMQ.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(clippy::print_stdout, reason = "which moment was hit is worth knowing when a run fails")]

mod compose;
mod installation;
mod kills;
mod life;
mod load;
mod points;
mod process;
mod read_model;
mod rebuild;
