//! Registered keys, ready to verify with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::KeyState;
use piao_protocol::jws::PreparedKey;
use piao_store::{Database, Schema, StoreError};
use tokio::sync::watch;

use crate::db;
use crate::db::BrokenRow;
use crate::follow::KeyRecord;

/// Most keys held; beyond, all are let go and come back as they are asked for.
const KEYS_MAX: usize = 100_000;

/// The parties and keys of a read model. PostgreSQL is one implementation, the simulator's memory the other.
pub trait KeyStore: Send + Sync + 'static {
    /// A key of a party, where it is known here.
    fn find<'a>(
        &'a self,
        party: &'a PartyId,
        kid: KeyId,
    ) -> BoxFuture<'a, Result<Option<KeyRecord>, StoreError>>;

    /// Whether a party is known here.
    fn party_exists<'a>(&'a self, party: &'a PartyId) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// The parties and keys of a service's own schema.
#[derive(Clone, Debug)]
pub struct PgKeys {
    db: Database,
    schema: Schema,
}

impl PgKeys {
    /// Those of one schema.
    #[must_use]
    pub const fn new(db: Database, schema: Schema) -> Self {
        Self { db, schema }
    }
}

impl KeyStore for PgKeys {
    fn find<'a>(
        &'a self,
        party: &'a PartyId,
        kid: KeyId,
    ) -> BoxFuture<'a, Result<Option<KeyRecord>, StoreError>> {
        self.db
            .transaction(&self.schema, async move |connection| {
                db::party_key::get(connection, party, &kid).await
            })
            .boxed()
    }

    fn party_exists<'a>(&'a self, party: &'a PartyId) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.db
            .transaction(&self.schema, async move |connection| db::party::exists(connection, party).await)
            .boxed()
    }
}

/// A key that a party registered.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) state: KeyState,
    pub(crate) prepared: PreparedKey,
}

/// The keys of the read model, each prepared once.
#[derive(Clone)]
pub(crate) struct KeyRing {
    store: Arc<dyn KeyStore>,
    held: Arc<Mutex<Held>>,
    appeared: Arc<watch::Sender<()>>,
}

#[derive(Default)]
struct Held {
    by_owner: HashMap<(PartyId, KeyId), Arc<KnownKey>>,
    /// Counts what was forgotten, so that a row that was read before is not kept after.
    generation: u64,
}

impl KeyRing {
    /// Keys of one read model.
    pub(crate) fn new(store: Arc<dyn KeyStore>) -> Self {
        Self { store, held: Arc::default(), appeared: Arc::default() }
    }

    /// Says that the read model has keys that it did not have. Called after the commit that brought them.
    pub(crate) fn appear(&self) {
        self.appeared.send_replace(());
    }

    /// Notices when keys appear.
    pub(crate) fn appeared(&self) -> watch::Receiver<()> {
        self.appeared.subscribe()
    }

    /// A key of a party, where the read model knows it. Another party may have the same.
    pub(crate) async fn find(
        &self,
        party: &PartyId,
        kid: KeyId,
    ) -> Result<Option<Arc<KnownKey>>, StoreError> {
        let owner = (party.clone(), kid);
        let generation = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = held.by_owner.get(&owner) {
                return Ok(Some(Arc::clone(known)));
            }
            held.generation
        };
        let Some(record) = self.store.find(party, kid).await? else { return Ok(None) };
        let prepared =
            PreparedKey::new(&record.key.public).map_err(|error| BrokenRow::new("party_key", error))?;
        let known = Arc::new(KnownKey { state: record.key.state, prepared });
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.generation == generation {
            if held.by_owner.len() >= KEYS_MAX {
                held.by_owner.clear();
            }
            held.by_owner.insert(owner, Arc::clone(&known));
        }
        Ok(Some(known))
    }

    /// Whether the read model knows a party.
    pub(crate) async fn party_exists(&self, party: &PartyId) -> Result<bool, StoreError> {
        self.store.party_exists(party).await
    }

    /// Lets go of keys whose state changed. Called after the commit that changed them.
    pub(crate) fn forget(&self, changed: impl Fn(&PartyId, &KeyId) -> bool) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.generation += 1;
        held.by_owner.retain(|(party, kid), _| !changed(party, kid));
    }
}
