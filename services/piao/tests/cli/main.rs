//! The binary, as people and scripts run it, against services that it started itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bureau;
mod catch_up;
mod chain_export;
mod codes;
mod demo;
mod doctor;
mod ended;
mod formats;
mod given;
mod main_job;
mod manual;
mod offline;
