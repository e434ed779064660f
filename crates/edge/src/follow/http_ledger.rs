//! The ledger over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::ids::{ChainId, PartyId, TransitionId};
use piao_protocol::jws::SigningKey;
use piao_protocol::receipt::Receipt;
use reqwest::{Client, StatusCode};
use serde::Deserialize;

use super::{LedgerError, LedgerReader};
use crate::clock::Clock;
use crate::submit::TransitionKey;

/// How long a token lives that we sign for one request.
const TOKEN_SECONDS: i64 = 60;
const REQUEST_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long an answer may take to begin, where there is another ledger to ask.
const BEGIN_WAIT_MAX: Duration = Duration::from_secs(2);
/// Most bytes that we take in one answer.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Who a service is to the ledger: a node of genesis.
#[derive(Clone)]
pub struct NodeIdentity {
    /// `node:<code>`.
    pub party: PartyId,
    /// Its key.
    pub key: Arc<SigningKey>,
}

/// Reads a ledger with read tokens of a node, at the first of some base URLs that answers.
pub struct HttpLedger {
    client: Client,
    bases: Vec<String>,
    /// Which of them is asked first: the one that answered last.
    at: AtomicUsize,
    chain: ChainId,
    identity: NodeIdentity,
    clock: Arc<dyn Clock>,
}

impl HttpLedger {
    /// A ledger at `http://host:port`, without a slash at the end, and those that stand by for it.
    ///
    /// # Errors
    /// [`LedgerError`] where no HTTP client can be made.
    pub fn new(
        bases: Vec<String>,
        chain: ChainId,
        identity: NodeIdentity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LedgerError> {
        let client = Client::builder()
            .timeout(REQUEST_WAIT_MAX)
            .build()
            .map_err(|error| LedgerError::new("making an HTTP client", error))?;
        if bases.is_empty() || bases.iter().any(String::is_empty) {
            return Err(LedgerError::new("making an HTTP client", "no address of a ledger"));
        }
        Ok(Self { client, bases, at: AtomicUsize::new(0), chain, identity, clock })
    }

    /// Asks whoever answered last, and where that one does not answer any more the next, each once.
    async fn get(&self, path: String, accept: &'static str) -> Result<Option<Bytes>, LedgerError> {
        let first = self.at.load(Ordering::Relaxed);
        let mut failed = None;
        let count = self.bases.len();
        for (turn, place) in (first..first + count).map(|place| place % count).enumerate() {
            // One that was stopped takes connections and answers nothing, and whoever follows waits with it.
            let begin_wait_max = if turn + 1 < count { BEGIN_WAIT_MAX } else { REQUEST_WAIT_MAX };
            match self.get_at(&self.bases[place], &path, accept, begin_wait_max).await {
                Ok(body) => {
                    self.at.store(place, Ordering::Relaxed);
                    return Ok(body);
                }
                // What one does not give in time may be too much for all: the caller asks for less, of the next.
                Err(error) if error.too_much => {
                    self.at.store((place + 1) % count, Ordering::Relaxed);
                    return Err(error);
                }
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| LedgerError::new(format!("GET {path}"), "no address of a ledger")))
    }

    async fn get_at(
        &self,
        base: &str,
        path: &str,
        accept: &'static str,
        begin_wait_max: Duration,
    ) -> Result<Option<Bytes>, LedgerError> {
        let fault = |error: reqwest::Error| {
            // One that could not even be reached in time would not give less either.
            let too_much = error.is_timeout() && !error.is_connect();
            LedgerError { too_much, ..LedgerError::new(format!("GET {path}"), error) }
        };
        let now = self.clock.now();
        let token = self.identity.key.sign_read_token(
            &self.identity.party,
            &self.chain,
            now,
            now.plus(TOKEN_SECONDS),
        );
        let request = self.client.get(format!("{base}{path}")).bearer_auth(token).header("accept", accept);
        let begun = tokio::time::timeout(begin_wait_max, request.send()).await;
        let begun = begun.map_err(|elapsed| LedgerError::new(format!("GET {path}"), elapsed))?;
        let mut response = begun.map_err(fault)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if response.status() != StatusCode::OK {
            return Err(LedgerError::new(format!("GET {path}"), format!("answered {}", response.status())));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(fault)? {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                let error = format!("over {ANSWER_BYTES_MAX} bytes");
                return Err(LedgerError { too_much: true, ..LedgerError::new(format!("GET {path}"), error) });
            }
            body.extend_from_slice(&part);
        }
        Ok(Some(body.into()))
    }
}

/// What is wanted of a decided transition.
#[derive(Deserialize)]
struct Decided {
    receipt: Receipt,
}

impl LedgerReader for HttpLedger {
    /// `GET /v1/blocks?from=&limit=`, NDJSON: one export line a block.
    fn blocks(&self, from: u64, blocks_max: u32) -> BoxFuture<'_, Result<Vec<Bytes>, LedgerError>> {
        async move {
            let path = format!("/v1/blocks?from={from}&limit={blocks_max}");
            let body = self.get(path, "application/x-ndjson").await?.unwrap_or_default();
            let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            Ok(lines.map(|line| body.slice_ref(line)).collect())
        }
        .boxed()
    }

    /// `GET /v1/transitions/{id}` as `application/jose`.
    fn transition(&self, id: TransitionId) -> BoxFuture<'_, Result<Option<Arc<str>>, LedgerError>> {
        async move {
            let path = format!("/v1/transitions/{id}");
            let Some(body) = self.get(path.clone(), "application/jose").await? else { return Ok(None) };
            let text =
                std::str::from_utf8(&body).map_err(|error| LedgerError::new(format!("GET {path}"), error))?;
            Ok(Some(text.into()))
        }
        .boxed()
    }

    /// `GET /v1/transitions/{id}` of each, as JSON.
    fn receipts<'a>(&'a self, keys: &'a [TransitionKey]) -> BoxFuture<'a, Result<Vec<Receipt>, LedgerError>> {
        async move {
            let mut receipts = Vec::new();
            for key in keys {
                let path = format!("/v1/transitions/{}", key.id);
                let Some(body) = self.get(path.clone(), "application/json").await? else { continue };
                let decided: Decided = serde_json::from_slice(&body)
                    .map_err(|error| LedgerError::new(format!("GET {path}"), error))?;
                receipts.push(decided.receipt);
            }
            Ok(receipts)
        }
        .boxed()
    }
}
