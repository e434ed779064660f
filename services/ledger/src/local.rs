//! The ledger as services of the same process read it.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::ids::TransitionId;
use piao_edge::follow::{LedgerError, LedgerReader};
use piao_edge::submit::TransitionKey;
use piao_protocol::receipt::Receipt;

use crate::ChainReader;
use crate::session::LedgerStore;

impl<S: LedgerStore> LedgerReader for ChainReader<S> {
    fn blocks(&self, from: u64, blocks_max: u32) -> BoxFuture<'_, Result<Vec<Bytes>, LedgerError>> {
        async move {
            Self::blocks(self, from, blocks_max)
                .await
                .map_err(|error| LedgerError::new("reading blocks", error))
        }
        .boxed()
    }

    fn transition(&self, id: TransitionId) -> BoxFuture<'_, Result<Option<Arc<str>>, LedgerError>> {
        async move {
            let decided = self.decided(&id).await;
            let decided = decided.map_err(|error| LedgerError::new("reading a transition", error))?;
            Ok(decided.map(|decided| decided.compact))
        }
        .boxed()
    }

    fn receipts<'a>(&'a self, keys: &'a [TransitionKey]) -> BoxFuture<'a, Result<Vec<Receipt>, LedgerError>> {
        async move {
            Self::receipts(self, keys).await.map_err(|error| LedgerError::new("reading receipts", error))
        }
        .boxed()
    }
}
