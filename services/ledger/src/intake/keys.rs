use std::collections::BTreeMap;

use piao_domain::ids::{KeyId, PartyId};
use piao_protocol::jws::PreparedKey;

use super::Sender;
use super::decode::prepare;
use crate::LedgerError;
use crate::db::party::find_keys;
use crate::store::LedgerStore;

/// Keys that signed of late, ready to verify with. A key never changes its owner or its coordinates, and whether it
/// is live is decided elsewhere, so an entry never grows stale; the number of them is bounded.
#[derive(Default)]
pub(crate) struct KeyRing {
    keys: BTreeMap<KeyId, (PartyId, PreparedKey)>,
}

/// Most keys held ready. Each is a few hundred bytes.
const KEYS_MAX: usize = 50_000;

impl KeyRing {
    /// Makes sure that these keys are at hand, where they are registered.
    pub(crate) async fn fetch(
        &mut self,
        store: &LedgerStore,
        kids: impl Iterator<Item = KeyId>,
    ) -> Result<(), LedgerError> {
        let mut missing = kids.filter(|kid| !self.keys.contains_key(kid)).collect::<Vec<_>>();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        if self.keys.len() + missing.len() > KEYS_MAX {
            self.keys.clear();
        }
        let found = store.read(async |connection| find_keys(connection, &missing).await).await?;
        self.keys.extend(found.into_iter().filter_map(prepare));
        Ok(())
    }

    /// Whose key it is.
    pub(crate) fn sender(&self, kid: &KeyId) -> Sender<'_> {
        match self.keys.get(kid) {
            Some((party, key)) => Sender::Registered { party, key },
            None => Sender::Unknown,
        }
    }
}
