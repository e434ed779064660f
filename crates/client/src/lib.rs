//! Rust client of the piao services: for the command line, the load tests, the services' own tests and anybody's ERP.
//!
//! ```no_run
//! # async fn pay(key: &std::path::Path, chain: piao_domain::ids::ChainId) -> Result<(), Box<dyn std::error::Error>> {
//! use piao_client::{Client, Endpoints, KeyFile, commands};
//!
//! let client = Client::new(Endpoints::one("http://127.0.0.1:8180")?, chain, Some(KeyFile::read(key)?))?;
//! let invoice = piao_domain::number::InvoiceNumber::parse("26950000000000000001")?;
//! let signed = client.sign(commands::claim_as_buyer(invoice))?;
//! let decision = client.submit_until_decided(&signed, std::time::Duration::from_secs(60)).await?;
//! println!("{} at height {}", decision.code(), decision.receipt.height);
//! # Ok(())
//! # }
//! ```
//!
//! A transition is signed once and sent until it is decided. This crate never signs a second one for the same thing:
//! that is how a purchase is paid twice, or refused as its own duplicate.
//!
//! It must never decide anything about invoices itself, keep state on disk but for key files, or trust an answer that
//! it can check.

mod answer;
mod client;
pub mod commands;
mod draft;
mod endpoints;
mod error;
mod hand_over;
mod identity;
mod key_file;
mod problem;
mod read;
mod retry;
mod routes;
mod sign;
mod sources;
mod submit;
#[cfg(feature = "tls")]
mod tls;
mod token;

pub use client::{Client, Settings};
pub use draft::Draft;
pub use endpoints::{BadEndpoint, Endpoints, Service};
pub use error::{ClientError, OutcomeUnknown};
pub use hand_over::{BadQr, HandOverQr, PrintedQr};
pub use identity::Identity;
pub use key_file::{KeyFile, KeyFileError};
pub use problem::{FieldError, Problem, RuleName};
pub use read::{List, Page};
pub use retry::Retry;
pub use routes::{Route, TRANSITIONS, route_of};
pub use sign::Signed;
pub use sources::Sources;
pub use submit::{Decision, Submitted, Wait};
#[cfg(feature = "tls")]
pub use tls::install_tls;
