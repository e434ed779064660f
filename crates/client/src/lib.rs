//! Rust client of the piao services.
