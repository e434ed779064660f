//! A service put together: journal, sweeper and follower around its schema, and the edge that its endpoints use.

mod edge;
mod engine;
mod pulse;
mod readiness;
mod running;

use std::sync::Arc;

use piao_bus::Bus;
use piao_bus::ServiceName;
use piao_domain::command::Kind;
use piao_protocol::genesis::Genesis;
use piao_store::{Database, Schema, StoreError};

pub use edge::Edge;
pub use engine::{Engine, EngineParts};
pub use readiness::{EdgeReadiness, ReadyCheck};
pub use running::Running;

use readiness::Watched;

use crate::clock::{Clock, Random};
use crate::follow::{
    BlockDecoder, FollowError, FollowStore, Keeps, LedgerReader, PartyProjection, PgFollow, Projection,
};
use crate::keys::PgKeys;
use crate::metrics::Metrics;
use crate::submit::{EverySignature, JournalConfig, JournalStore, PgJournal, SealKey, VerifiedPool};

/// What all services of a process share.
#[derive(Clone)]
pub struct Platform {
    /// The pool.
    pub db: Database,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The ledger, to read.
    pub ledger: Arc<dyn LedgerReader>,
    /// The chain.
    pub genesis: Arc<Genesis>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Counters.
    pub metrics: Metrics,
    /// Decoded blocks.
    pub decoder: Arc<BlockDecoder>,
    /// Verified transitions for a ledger in the same process; `None` where it runs in another.
    pub verified: Option<Arc<VerifiedPool>>,
    /// Wraps the keys of sealed records.
    pub seal_key: SealKey,
    /// How much a journal takes.
    pub journal: JournalConfig,
}

/// Where a service keeps its journal and its read model.
#[derive(Clone)]
pub struct Stores {
    /// The journal.
    pub journal: Arc<dyn JournalStore>,
    /// The read model.
    pub follow: Arc<dyn FollowStore>,
}

/// A service before it starts.
pub struct Service {
    name: ServiceName,
    schema: Schema,
    keeps: Keeps,
    projections: Vec<Arc<dyn Projection>>,
    checks: Vec<ReadyCheck>,
}

impl Service {
    /// A service of this name, in the schema of this name, that keeps receipts of these types.
    ///
    /// # Errors
    /// [`StoreError::Config`] for a name that is no schema's.
    pub fn new(name: &str, kinds: &[Kind]) -> Result<Self, StoreError> {
        let service = ServiceName::parse(name)
            .map_err(|error| StoreError::Config { what: error.to_string(), source: Some(error.into()) })?;
        Ok(Self {
            name: service,
            schema: Schema::parse(name)?,
            keeps: Keeps::Kinds(kinds.to_vec()),
            projections: Vec::new(),
            checks: Vec::new(),
        })
    }

    /// Makes it keep the receipts of what it took itself only. Whoever sends it what another service took is answered
    /// by the ledger, so this is for a service that runs beside it.
    #[must_use]
    pub fn keep_own(self) -> Self {
        Self { keeps: Keeps::Own, ..self }
    }

    /// Adds a projection. They are applied in the order in which they are added, after parties and keys.
    #[must_use]
    pub fn project(mut self, projection: impl Projection) -> Self {
        self.projections.push(Arc::new(projection));
        self
    }

    /// Adds what must hold before it says that it is ready, beside what every service looks at.
    #[must_use]
    pub fn ready_when(mut self, check: ReadyCheck) -> Self {
        self.checks.push(check);
        self
    }

    /// Its schema.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Starts journal, sweeper and follower on the present runtime, which must be the main one. The schema is up to
    /// date ([`crate::migrations::migrate`]).
    #[must_use]
    pub fn start(self, platform: &Platform) -> Running {
        let stores = self.stores(platform);
        self.start_on(platform, stores)
    }

    /// Its journal and read model in PostgreSQL.
    #[must_use]
    pub fn stores(&self, platform: &Platform) -> Stores {
        let parties: Arc<dyn Projection> = Arc::new(PartyProjection::new(Arc::clone(&platform.genesis)));
        let projections = std::iter::once(parties).chain(self.projections.iter().cloned()).collect();
        let (db, schema) = (&platform.db, &self.schema);
        let journal = PgJournal::new(db.clone(), schema.clone());
        let journal = match &self.keeps {
            Keeps::Kinds(_) => journal,
            Keeps::Own => journal.recalling(Arc::clone(&platform.ledger)),
        };
        Stores {
            journal: Arc::new(journal),
            follow: Arc::new(PgFollow::new(db.clone(), schema.clone(), self.keeps.clone(), projections)),
        }
    }

    /// As [`Service::start`], on stores of the caller's: a simulator's, or ones that fail where a test wants.
    #[must_use]
    pub fn start_on(self, platform: &Platform, stores: Stores) -> Running {
        let keys = Arc::new(PgKeys::new(platform.db.clone(), self.schema.clone()));
        let Stores { journal, follow } = stores;
        let (engine, follower) = Engine::start(EngineParts {
            name: self.name.clone(),
            genesis: Arc::clone(&platform.genesis),
            journal,
            follow,
            keys,
            bus: Arc::clone(&platform.bus),
            ledger: Arc::clone(&platform.ledger),
            clock: Arc::clone(&platform.clock),
            random: Arc::clone(&platform.random),
            decoder: Arc::clone(&platform.decoder),
            verified: platform.verified.clone(),
            verifier: Arc::new(EverySignature),
            seal_key: platform.seal_key.clone(),
            config: platform.journal,
            metrics: platform.metrics.service(self.name.as_str()),
        });
        let Engine { desk, stop, journal, sweeper, heights, horizon, .. } = engine;
        let watched = Watched { heights, horizon, checks: self.checks };
        let edge = Edge::new(self.name.as_str(), self.schema.clone(), platform, desk, watched);
        Running::new(edge, stop, journal, sweeper, follower)
    }

    /// Empties the read model and replays it from block 0 to where the ledger is now. The service must not be running.
    /// `progress` is told the height after every block.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn rebuild(
        &self,
        platform: &Platform,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Option<u64>, FollowError> {
        let store = self.stores(platform).follow;
        crate::follow::rebuild(&*store, &*platform.ledger, &platform.decoder, &platform.genesis, progress)
            .await
    }
}
