//! The read-model runner: applies announced blocks to a service's own schema, in order, each once.
//!
//! An announcement is a hint that may be lost, repeated or late; the ledger is the truth. The cursor moves in the
//! transaction that applies the block. A block of the ledger that does not link stops the service: it must never
//! repair by guessing.

mod block;
mod decoder;
mod horizon;
mod http_ledger;
mod invoice;
mod invoice_change;
mod invoice_query;
mod ledger;
mod link;
mod party;
mod party_query;
mod projection;
mod rebuild;
mod runner;
mod store;

pub use block::{Block, Decided, DecodeError};
pub use decoder::BlockDecoder;
pub(crate) use horizon::Horizon;
pub use http_ledger::{HttpLedger, NodeIdentity};
pub use invoice::{InvoiceProjection, InvoiceRecord};
pub use invoice_query::{find_reference, get_invoice, get_invoices, get_invoices_with, invoice_of_lock};
pub use ledger::{LedgerError, LedgerReader};
pub use link::{LinkError, Place, place};
pub use party::{KeyRecord, PartyRecord};
pub(crate) use party::{PartyProjection, Standings};
pub use party_query::{get_party, get_signer, keys_of, list_parties};
pub use projection::Projection;
pub(crate) use rebuild::rebuild;
pub use runner::FollowError;
pub(crate) use runner::{FETCH_BLOCKS_MAX, Runner};
pub use store::{Applied, FollowStore, Keeps, PgFollow};
