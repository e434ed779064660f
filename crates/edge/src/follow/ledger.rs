//! What a service asks the ledger.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use piao_domain::ids::TransitionId;
use piao_protocol::receipt::Receipt;
use thiserror::Error;

use crate::submit::TransitionKey;

/// The ledger as services read it: in the same process a few lines around its library, else [`super::HttpLedger`].
pub trait LedgerReader: Send + Sync + 'static {
    /// Up to `blocks_max` blocks from a height on, in order, each the bytes of its export line; fewer where they are
    /// large, empty only where there is none yet.
    fn blocks(&self, from: u64, blocks_max: u32) -> BoxFuture<'_, Result<Vec<Bytes>, LedgerError>>;

    /// The compact JWS of a decided transition, where the ledger has it and lets this service have it.
    fn transition(&self, id: TransitionId) -> BoxFuture<'_, Result<Option<Arc<str>>, LedgerError>>;

    /// The receipts of those among some transitions that are decided, as far as the ledger lets this service have them.
    fn receipts<'a>(&'a self, keys: &'a [TransitionKey]) -> BoxFuture<'a, Result<Vec<Receipt>, LedgerError>>;
}

/// The ledger did not answer, or not as it must. It is asked again later.
#[derive(Debug, Error)]
#[error("the ledger: {doing}")]
pub struct LedgerError {
    /// What we were doing.
    pub doing: String,
    /// What it said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync + 'static>>,
    /// Whether less might have been answered: it took too long, or was too much.
    pub too_much: bool,
}

impl LedgerError {
    /// An error with its cause.
    pub fn new(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        Self { doing: doing.into(), source: Some(source.into()), too_much: false }
    }
}
