//! Parties and their keys, as blocks make them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::{KeyState, NewKey, Profile, RegisteredKey, Standing};
use piao_protocol::genesis::{Founder, Genesis};
use piao_store::{Connection, StoreError};

use super::{Block, Projection};
use crate::db;

/// A party, without its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRecord {
    /// Who.
    pub party: PartyId,
    /// What it is.
    pub profile: Profile,
    /// Whether it may act.
    pub standing: Standing,
}

/// A key of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its thumbprint.
    pub kid: KeyId,
    /// Whose.
    pub party: PartyId,
    /// The key and its state.
    pub key: RegisteredKey,
}

/// Standings that changed.
pub(crate) type Standings = BTreeMap<PartyId, Standing>;

/// The projection that every service has.
pub(crate) struct PartyProjection {
    genesis: Arc<Genesis>,
}

/// What a block does to parties and keys.
#[derive(Debug, Default)]
struct Changes {
    parties: Vec<PartyRecord>,
    standings: Standings,
    new_keys: Vec<KeyRecord>,
    revoked: BTreeSet<(PartyId, KeyId)>,
    /// Parties whose keys from before the block are all revoked.
    reset: BTreeSet<PartyId>,
}

impl PartyProjection {
    pub(crate) const fn new(genesis: Arc<Genesis>) -> Self {
        Self { genesis }
    }

    fn founders(&self) -> Changes {
        let content = self.genesis.content();
        let mut changes = Changes::default();
        let mut found = |founder: &Founder, profile: Profile| {
            let key = NewKey { id: founder.key.id(), public: *founder.key.key() };
            changes.join(&founder.party, profile, key);
        };
        content.bureaus.iter().for_each(|founder| found(founder, Profile::Bureau));
        content.nodes.iter().for_each(|founder| found(founder, Profile::Node));
        changes
    }
}

impl Projection for PartyProjection {
    fn name(&self) -> &'static str {
        "parties"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["party", "party_key"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let changes = if block.height() == 0 { self.founders() } else { Changes::of(block) };
            changes.write(connection).await
        }
        .boxed()
    }
}

impl Changes {
    fn of(block: &Block) -> Self {
        let mut changes = Self::default();
        for (entry, _) in block.accepted() {
            changes.add(entry.signer(), entry.command());
        }
        changes
    }

    fn add(&mut self, signer: &PartyId, command: &Command) {
        match command {
            Command::PartyRegister { enterprise, name, region, industry, key } => {
                let profile =
                    Profile::Enterprise { name: name.clone(), region: *region, industry: industry.clone() };
                self.join(&PartyId::Enterprise(*enterprise), profile, *key);
            }
            Command::PartyEnroll { key } => self.join(signer, Profile::Person, *key),
            Command::PartySuspend { party, reason: _ } => {
                self.standings.insert(party.clone(), Standing::Suspended);
            }
            Command::PartyReinstate { party, reason: _ } => {
                self.standings.insert(party.clone(), Standing::Active);
            }
            Command::KeyAdd { key } => self.new_keys.push(live(signer, *key)),
            Command::KeyRevoke { key } => {
                self.revoked.insert((signer.clone(), *key));
            }
            Command::KeyReset { enterprise, key, reason: _ } => {
                self.reset(&PartyId::Enterprise(*enterprise), *key)
            }
            Command::Rules(_)
            | Command::QuotaApply { .. }
            | Command::QuotaGrant(_)
            | Command::QuotaAdjust(_)
            | Command::QuotaRefuse { .. }
            | Command::InvoiceIssue(_)
            | Command::ClaimTake { .. }
            | Command::ClaimPresent { .. }
            | Command::ClaimWithdraw { .. }
            | Command::Lock { .. }
            | Command::Renew { .. }
            | Command::Release { .. }
            | Command::Settle { .. }
            | Command::ForceRelease { .. }
            | Command::Book { .. }
            | Command::Unbook { .. } => {}
        }
    }

    fn join(&mut self, party: &PartyId, profile: Profile, key: NewKey) {
        self.parties.push(PartyRecord { party: party.clone(), profile, standing: Standing::Active });
        self.new_keys.push(live(party, key));
    }

    fn reset(&mut self, party: &PartyId, key: NewKey) {
        let earlier = self.new_keys.iter().filter(|record| record.party == *party);
        self.revoked.extend(earlier.map(|record| (party.clone(), record.kid)));
        self.new_keys.push(live(party, key));
        self.reset.insert(party.clone());
    }

    /// Six statements at most, however large the block.
    async fn write(mut self, connection: &mut Connection) -> Result<(), StoreError> {
        db::party::insert_many(connection, &self.parties).await?;
        db::party::set_standings(connection, &self.standings).await?;
        for record in &mut self.new_keys {
            if self.revoked.contains(&(record.party.clone(), record.kid)) {
                record.key.state = KeyState::Revoked;
            }
        }
        // Keys from before the block first: those that a reset of it ended, and those revoked one by one.
        db::party_key::revoke_of(connection, &self.reset).await?;
        db::party_key::revoke_many(connection, &self.revoked).await?;
        db::party_key::insert_many(connection, &self.new_keys).await
    }
}

fn live(party: &PartyId, key: NewKey) -> KeyRecord {
    let registered = RegisteredKey { public: key.public, state: KeyState::Live };
    KeyRecord { kid: key.id, party: party.clone(), key: registered }
}
