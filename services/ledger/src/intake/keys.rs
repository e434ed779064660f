use std::collections::{BTreeMap, BTreeSet};

use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::RegisteredKey;
use piao_protocol::jws::PreparedKey;

use super::decode::prepare;
use crate::LedgerError;
use crate::session::{LedgerSession, LedgerStore, Work};

/// Keys of parties that signed of late, ready to verify with. What a party once registered stays its key, and whether
/// it is live is decided elsewhere, so an entry never grows stale; the number of them is bounded.
#[derive(Default)]
pub(crate) struct KeyRing {
    keys: BTreeMap<(PartyId, KeyId), PreparedKey>,
}

/// Most keys held ready. Each is a few hundred bytes.
const KEYS_MAX: usize = 50_000;

struct FindKeys<'a>(&'a BTreeSet<(PartyId, KeyId)>);

impl Work for FindKeys<'_> {
    type Done = Vec<(KeyId, PartyId, RegisteredKey)>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        session.find_keys(self.0).await
    }
}

impl KeyRing {
    /// Makes sure that these keys are at hand, where they are registered.
    pub(crate) async fn fetch<S: LedgerStore>(
        &mut self,
        store: &S,
        signers: impl Iterator<Item = (PartyId, KeyId)>,
    ) -> Result<(), LedgerError> {
        let missing = self.make_room(signers, KEYS_MAX);
        if missing.is_empty() {
            return Ok(());
        }
        let found = store.read(FindKeys(&missing)).await?;
        self.keys.extend(found.into_iter().filter_map(prepare));
        Ok(())
    }

    /// Which keys are to be read. Where they do not fit, the ring begins anew, with every key that is asked for.
    fn make_room(
        &mut self,
        signers: impl Iterator<Item = (PartyId, KeyId)>,
        keys_max: usize,
    ) -> BTreeSet<(PartyId, KeyId)> {
        let wanted = signers.collect::<BTreeSet<_>>();
        let is_missing = |signer: &&(PartyId, KeyId)| !self.keys.contains_key(*signer);
        let missing = wanted.iter().filter(is_missing).cloned().collect::<BTreeSet<_>>();
        if missing.is_empty() || self.keys.len() + missing.len() <= keys_max {
            return missing;
        }
        self.keys.clear();
        wanted
    }

    /// The key of this party and id, where the party registered it.
    pub(crate) fn get(&self, signer: &(PartyId, KeyId)) -> Option<&PreparedKey> {
        self.keys.get(signer)
    }
}

#[cfg(test)]
mod tests {
    use piao_domain::key::Algorithm;
    use piao_protocol::jws::SigningKey;

    use super::*;

    /// The parties `node:one` and, from 100 on, `node:two`, which has the same keys.
    fn key(seed: u8) -> ((PartyId, KeyId), PreparedKey) {
        let key = SigningKey::from_secret(Algorithm::EdDsa, &[seed % 100; 32]).unwrap();
        let party = PartyId::parse(if seed < 100 { "node:one" } else { "node:two" }).unwrap();
        ((party, key.id()), PreparedKey::new(key.public()).unwrap())
    }

    fn check(held: &[u8], asked: &[u8], keys_max: usize, expect_read: &[u8], expect_held: usize) {
        let ids = |seeds: &[u8]| seeds.iter().map(|seed| key(*seed).0).collect::<BTreeSet<_>>();
        let mut ring = KeyRing { keys: held.iter().map(|seed| key(*seed)).collect() };
        let read = ring.make_room(asked.iter().map(|seed| key(*seed).0), keys_max);
        assert_eq!(read.len(), expect_read.len());
        assert_eq!(read, ids(expect_read), "{held:?} {asked:?}");
        assert_eq!(ring.keys.len(), expect_held);
    }

    #[test]
    fn every_key_of_a_batch_is_held_or_read() {
        check(&[], &[1, 1, 2], 3, &[1, 2], 0);
        check(&[1, 2], &[1, 2], 2, &[], 2);
        check(&[1, 2], &[1, 3], 3, &[3], 2);
        // The same key of another party is another.
        check(&[1, 2], &[1, 102], 3, &[102], 2);
        // What was held and is asked for is read again where the ring begins anew.
        check(&[1, 2, 3], &[1, 2, 4], 3, &[1, 2, 4], 0);
        check(&[1], &[2, 3, 4], 2, &[2, 3, 4], 0);
    }
}
