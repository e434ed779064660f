//! Registered keys, ready to verify with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::KeyState;
use piao_protocol::jws::PreparedKey;
use piao_store::{Database, Schema, StoreError};
use tokio::sync::watch;

use crate::db;
use crate::db::BrokenRow;

/// Most keys held; beyond, all are let go and come back as they are asked for.
const KEYS_MAX: usize = 100_000;

/// A key that a party registered.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) state: KeyState,
    pub(crate) prepared: PreparedKey,
}

/// The keys of the read model, each prepared once.
#[derive(Clone)]
pub(crate) struct KeyRing {
    db: Database,
    schema: Schema,
    held: Arc<Mutex<Held>>,
    changes: watch::Receiver<Option<u64>>,
}

#[derive(Default)]
struct Held {
    by_owner: HashMap<(PartyId, KeyId), Arc<KnownKey>>,
    /// Counts what was forgotten, so that a row that was read before is not kept after.
    generation: u64,
}

impl KeyRing {
    /// Keys of one schema; `changes` says that the read model moved.
    pub(crate) fn new(db: Database, schema: Schema, changes: watch::Receiver<Option<u64>>) -> Self {
        Self { db, schema, held: Arc::default(), changes }
    }

    /// Notices when the read model moves.
    pub(crate) fn changes(&self) -> watch::Receiver<Option<u64>> {
        self.changes.clone()
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
        let read = self.db.transaction(&self.schema, async move |connection| {
            db::party_key::get(connection, party, &kid).await
        });
        let Some(record) = read.await? else { return Ok(None) };
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
        self.db
            .transaction(&self.schema, async move |connection| db::party::exists(connection, party).await)
            .await
    }

    /// Lets go of keys whose state changed. Called after the commit that changed them.
    pub(crate) fn forget(&self, changed: impl Fn(&PartyId, &KeyId) -> bool) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.generation += 1;
        held.by_owner.retain(|(party, kid), _| !changed(party, kid));
    }
}
