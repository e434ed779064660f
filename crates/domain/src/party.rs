//! Parties and their keys (protocol §2, domain §1 and §3).

mod profile;

use std::collections::BTreeMap;

pub use profile::{Industry, Profile, Region};

use crate::ids::KeyId;
use crate::key::PublicKey;
use crate::rejection::{Code, Rejection};

/// Most keys that may sign for a party at one time. Revoked ones stay for ever and do not count.
pub const KEYS_LIVE_MAX: usize = 16;

/// A party as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// What it is, and what the bureau said of it when it registered it.
    pub profile: Profile,
    /// Whether it may act.
    pub standing: Standing,
    /// Every key it ever had, by its id; whoever else has the same one is another matter. One to
    /// [`KEYS_LIVE_MAX`] of them are live. Where only a part of a state is at hand, revoked keys may be missing.
    pub keys: BTreeMap<KeyId, RegisteredKey>,
}

/// Whether a party may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Active,
    /// A bureau suspended it: it may only undo (domain §2).
    Suspended,
}

/// A key of a party. What a revoked key signed while it was live stays valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredKey {
    /// The public key.
    pub public: PublicKey,
    /// Whether it may still sign.
    pub state: KeyState,
}

/// Whether a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It may.
    Live,
    /// It was revoked or reset away, for good.
    Revoked,
}

/// A key that is being registered. Its id and the point on the curve were checked where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// RFC 7638 thumbprint.
    pub id: KeyId,
    /// The key itself.
    pub public: PublicKey,
}

/// What may be asked of a party that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Stop it. Stopping a stopped party is accepted and changes nothing.
    Suspend,
    /// Let it act again; accepted for an active one, too.
    Reinstate,
    /// Add a key.
    AddKey {
        /// The new key.
        key: NewKey,
    },
    /// Revoke one of several live keys.
    RevokeKey {
        /// Which.
        key: KeyId,
    },
    /// Revoke all keys and name one new one: the bureau's help for an enterprise that lost its keys.
    ResetKeys {
        /// The new key.
        key: NewKey,
    },
}

/// What became of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyEvent {
    /// Its standing is now this.
    StandingSet(Standing),
    /// It has one key more.
    KeyAdded(NewKey),
    /// It has one live key less.
    KeyRevoked(KeyId),
    /// It has this live key only.
    KeysReset(NewKey),
}

impl Party {
    /// A party with its first key.
    #[must_use]
    pub fn new(profile: Profile, key: NewKey) -> Self {
        let first = RegisteredKey { public: key.public, state: KeyState::Live };
        Self { profile, standing: Standing::Active, keys: BTreeMap::from([(key.id, first)]) }
    }

    /// Decides a change.
    ///
    /// # Errors
    /// `key.exists`, `key.full`, `key.revoked`, `key.last`.
    pub fn decide(&self, change: Change) -> Result<PartyEvent, Rejection> {
        match change {
            Change::Suspend => Ok(PartyEvent::StandingSet(Standing::Suspended)),
            Change::Reinstate => Ok(PartyEvent::StandingSet(Standing::Active)),
            Change::AddKey { key } | Change::ResetKeys { key } if self.keys.contains_key(&key.id) => {
                Err(Code::KeyExists.into())
            }
            Change::AddKey { .. } if self.live_keys() >= KEYS_LIVE_MAX => Err(Code::KeyFull.into()),
            Change::AddKey { key } => Ok(PartyEvent::KeyAdded(key)),
            Change::ResetKeys { key } => Ok(PartyEvent::KeysReset(key)),
            Change::RevokeKey { key } if !self.is_live(&key) => Err(Code::KeyRevoked.into()),
            Change::RevokeKey { .. } if self.live_keys() == 1 => Err(Code::KeyLast.into()),
            Change::RevokeKey { key } => Ok(PartyEvent::KeyRevoked(key)),
        }
    }

    /// Applies what was decided.
    #[must_use]
    pub fn evolve(mut self, event: PartyEvent) -> Self {
        match event {
            PartyEvent::StandingSet(standing) => self.standing = standing,
            PartyEvent::KeyAdded(key) => self.insert(key),
            PartyEvent::KeyRevoked(id) => {
                if let Some(key) = self.keys.get_mut(&id) {
                    key.state = KeyState::Revoked;
                }
            }
            PartyEvent::KeysReset(key) => {
                self.keys.values_mut().for_each(|old| old.state = KeyState::Revoked);
                self.insert(key);
            }
        }
        self
    }

    /// Whether the party may sign with this key.
    #[must_use]
    pub fn is_live(&self, key: &KeyId) -> bool {
        self.keys.get(key).is_some_and(|key| key.state == KeyState::Live)
    }

    /// The keys that may sign for it.
    pub fn live(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().filter(|(_, key)| key.state == KeyState::Live).map(|(id, _)| *id)
    }

    /// How many keys may sign for it.
    #[must_use]
    pub fn live_keys(&self) -> usize {
        self.live().count()
    }

    fn insert(&mut self, key: NewKey) {
        self.keys.insert(key.id, RegisteredKey { public: key.public, state: KeyState::Live });
    }
}
