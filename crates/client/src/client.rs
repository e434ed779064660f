//! The client: who it acts as, where the services are, and what it has seen of the chain.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use piao_domain::command::Command;
use piao_domain::ids::ChainId;
use piao_domain::number::InvoiceNumber;
use piao_protocol::body::Body;
use piao_protocol::checkpoint::UnverifiedCheckpoint;
use piao_protocol::claim::ClaimKey;
use piao_protocol::json::Json;

use crate::draft::Draft;
use crate::endpoints::{Endpoints, Service};
use crate::error::ClientError;
use crate::identity::Identity;
use crate::retry::Retry;
use crate::sign::{self, Signed};
use crate::sources::Sources;
use crate::submit::Wait;
use crate::token::TokenCache;

/// Longest time to reach a service.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(5);

/// A client of one chain. Clones share connections and what they have seen; each may act as somebody else.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) chain: ChainId,
    pub(crate) identity: Option<Identity>,
    pub(crate) tokens: Arc<TokenCache>,
    pub(crate) sources: Sources,
    pub(crate) height: Arc<AtomicU64>,
    pub(crate) settings: Settings,
}

/// What a caller may want otherwise.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When to try again.
    pub retry: Retry,
    /// How long a service is asked to wait in each attempt of [`Client::submit_until_decided`].
    pub wait: Wait,
    /// How long an answer may take beyond what the service was asked to wait.
    pub answer_wait_max: Duration,
    /// How long a transition is sent again to a service that does not know its signer: far longer than a service that
    /// serves lags behind the ledger.
    pub signer_wait_max: Duration,
    /// How long a read is tried again while a service is busy, away or behind what this client has seen.
    pub read_wait_max: Duration,
    /// Whether reads ask for a state at least as new as this client has seen.
    pub min_height: bool,
    /// The `Accept-Language` of problem documents; the service's default where there is none.
    pub language: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            wait: Wait::seconds(10),
            answer_wait_max: Duration::from_secs(10),
            signer_wait_max: Duration::from_secs(4),
            read_wait_max: Duration::from_secs(10),
            min_height: true,
            language: None,
        }
    }
}

impl Client {
    /// A client that acts as `identity`, or that only reads what is public.
    ///
    /// # Errors
    /// [`ClientError::Setup`].
    pub fn new(
        endpoints: Endpoints,
        chain: ChainId,
        identity: Option<Identity>,
    ) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WAIT_MAX)
            // Load tests and services keep many requests to one host in flight.
            .pool_max_idle_per_host(256)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            // Whether a request may be sent again is decided here, by what it is.
            .retry(reqwest::retry::never())
            .user_agent(concat!("piao-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ClientError::Setup)?;
        Ok(Self {
            http,
            endpoints: Arc::new(endpoints),
            chain,
            identity,
            tokens: Arc::default(),
            sources: Sources::system(),
            height: Arc::default(),
            settings: Settings::default(),
        })
    }

    /// A client of whatever chain the services serve, by the origin line of their log's checkpoint.
    ///
    /// It takes their word for it. Before signing what matters, name the chain that is meant: what is signed for another
    /// is worth something there.
    ///
    /// # Errors
    /// [`ClientError`]; `not_found` in the first moments of a chain.
    pub async fn discover(endpoints: Endpoints, identity: Option<Identity>) -> Result<Self, ClientError> {
        let nobody = ChainId::parse("unknown-00000000000000000000000000000000")
            .expect("a name and 32 hexadecimal digits are a chain id");
        let asking = Self::new(endpoints, nobody, None)?;
        let checkpoint = UnverifiedCheckpoint::parse(&asking.checkpoint().await?)?;
        Ok(Self { chain: checkpoint.chain().clone(), identity, ..asking })
    }

    /// Lets reads ask for a state at least as new as this height: that of a receipt which another program got.
    pub fn expect_height(&self, height: u64) {
        self.saw(height);
    }

    /// The same client acting as somebody else.
    #[must_use]
    pub fn acting_as(&self, identity: Identity) -> Self {
        Self { identity: Some(identity), tokens: Arc::default(), ..self.clone() }
    }

    /// The same client with other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The same client with other sources of time and randomness.
    #[must_use]
    pub fn with_sources(mut self, sources: Sources) -> Self {
        self.sources = sources;
        self
    }

    /// Which chain.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// Who it acts as.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Where it takes time and randomness from.
    #[must_use]
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The highest block that it or a clone of it has heard of.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height.load(Ordering::Relaxed)
    }

    /// Signs a command, with a fresh nonce and now as `iat`. Keep what comes back until its outcome is known.
    ///
    /// # Errors
    /// [`ClientError::NoIdentity`], and for a command that no edge would take.
    pub fn sign(&self, command: Command) -> Result<Signed, ClientError> {
        self.sign_body(Body::new(command), None)
    }

    /// Signs a command beside which `data`, a JSON object, is sealed: a reason in words, a natural person's name.
    ///
    /// # Errors
    /// As [`Client::sign`], and where the type takes nothing sealed.
    pub fn sign_sealed(&self, command: Command, data: Json) -> Result<Signed, ClientError> {
        self.sign_body(Body::new(command), Some(data))
    }

    /// Signs an invoice, with what is sealed beside it.
    ///
    /// # Errors
    /// As [`Client::sign`].
    pub fn sign_invoice(
        &self,
        draft: &Draft,
        number: &InvoiceNumber,
        claim_key: Option<&ClaimKey>,
    ) -> Result<Signed, ClientError> {
        self.sign_body(Body::new(draft.command(number, claim_key)?), draft.sealed.clone())
    }

    fn sign_body(&self, body: Body, data: Option<Json>) -> Result<Signed, ClientError> {
        let identity = self.identity.as_ref().ok_or(ClientError::NoIdentity)?;
        sign::sign(&self.chain, identity, &self.sources, body, data)
    }

    pub(crate) fn url(&self, service: Service, path: &str) -> String {
        format!("{}{path}", self.endpoints.base(service))
    }

    pub(crate) fn saw(&self, height: u64) {
        self.height.fetch_max(height, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({}, {:?})", self.chain, self.identity)
    }
}
