//! The binary, as people and scripts run it, against services that it started itself.

mod codes;
mod doctor;
mod formats;
mod given;
mod main_job;
mod offline;
