//! A party as JSON.

use piao_domain::ids::PartyId;
use piao_domain::party::{KeyState, Profile, Standing};
use piao_edge::follow::{KeyRecord, PartyRecord};
use piao_edge::problem::Problem;
use piao_protocol::jwk::{Jwk, kid};
use serde::Serialize;
use utoipa::ToSchema;

/// A party.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Party)]
pub(super) struct PartyBody {
    /// `uscc:`, `person:`, `bureau:` or `node:` and its name.
    party: String,
    /// What it is.
    kind: PartyKind,
    /// The registered name; enterprises only.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where it is registered: six digits (GB/T 2260); enterprises only.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// What it does: a letter and up to four digits (GB/T 4754-2017); enterprises only.
    #[serde(skip_serializing_if = "Option::is_none")]
    industry: Option<String>,
    /// Whether it may act.
    standing: StandingBody,
}

/// A party, and its keys for whoever may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartyWithKeys {
    #[serde(flatten)]
    party: PartyBody,
    /// Every live key of it and up to 200 of those that it had, by key id; only for the party itself and bureaus.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<KeyBody>>,
    /// It had more keys than are shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_keys: bool,
}

/// Most revoked keys that are shown: how many a party had is not bounded, and an answer is.
pub(super) const REVOKED_SHOWN_MAX: u32 = 200;

/// A key of a party.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartyKey)]
pub(super) struct KeyBody {
    /// RFC 7638 SHA-256 thumbprint, base64url.
    kid: String,
    /// The key as JWK, with exactly the members that RFC 7638 hashes.
    #[schema(value_type = Object)]
    jwk: Jwk,
    /// Whether it may still sign.
    state: KeyStateBody,
}

/// What a party is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PartyKind {
    Bureau,
    Node,
    Enterprise,
    Person,
}

/// Whether a party may act.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PartyStanding)]
enum StandingBody {
    Active,
    Suspended,
}

/// Whether a key may still sign.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PartyKeyState)]
enum KeyStateBody {
    Live,
    Revoked,
}

impl From<PartyRecord> for PartyBody {
    fn from(record: PartyRecord) -> Self {
        let kind = match &record.party {
            PartyId::Bureau(_) => PartyKind::Bureau,
            PartyId::Node(_) => PartyKind::Node,
            PartyId::Enterprise(_) => PartyKind::Enterprise,
            PartyId::Person(_) => PartyKind::Person,
        };
        let (name, region, industry) = match record.profile {
            Profile::Enterprise { name, region, industry } => {
                (Some(name), Some(region.as_str().to_owned()), Some(industry.as_str().to_owned()))
            }
            Profile::Bureau | Profile::Node | Profile::Person => (None, None, None),
        };
        let standing = match record.standing {
            Standing::Active => StandingBody::Active,
            Standing::Suspended => StandingBody::Suspended,
        };
        Self { party: record.party.to_string(), kind, name, region, industry, standing }
    }
}

impl PartyWithKeys {
    /// A party, with its keys where `keys` are given; one revoked key more than are shown says that there are more.
    ///
    /// # Errors
    /// A fault for a stored key that is none.
    pub(super) fn new(party: PartyRecord, keys: Option<Vec<KeyRecord>>) -> Result<Self, Problem> {
        let mut keys = keys;
        let more_keys = keys.as_mut().is_some_and(leave_out);
        let keys = keys.map(|keys| keys.into_iter().map(KeyBody::try_from).collect()).transpose()?;
        Ok(Self { party: party.into(), keys, more_keys })
    }
}

impl TryFrom<KeyRecord> for KeyBody {
    type Error = Problem;

    fn try_from(record: KeyRecord) -> Result<Self, Problem> {
        let jwk =
            Jwk::new(record.key.public).map_err(|error| Problem::internal("reading a stored key", error))?;
        let state = match record.key.state {
            KeyState::Live => KeyStateBody::Live,
            KeyState::Revoked => KeyStateBody::Revoked,
        };
        Ok(Self { kid: kid(&record.kid), jwk, state })
    }
}

/// Leaves the last revoked key out where there are more than are shown, and says whether it did.
fn leave_out(keys: &mut Vec<KeyRecord>) -> bool {
    let revoked = keys.iter().enumerate().filter(|(_, record)| record.key.state == KeyState::Revoked);
    let beyond = revoked.map(|(place, _)| place).nth(REVOKED_SHOWN_MAX as usize);
    if let Some(place) = beyond {
        keys.remove(place);
    }
    beyond.is_some()
}

#[cfg(test)]
mod tests {
    use piao_domain::ids::KeyId;
    use piao_domain::key::PublicKey;
    use piao_domain::party::RegisteredKey;

    use super::*;

    #[test]
    fn live_keys_are_always_shown_and_of_the_others_so_many() {
        let check = |live: usize, revoked: usize, expect_shown: usize, expect_more: bool| {
            let record = |place: usize| KeyRecord {
                kid: KeyId::new([0; 32]),
                party: PartyId::parse("node:one").unwrap(),
                key: RegisteredKey {
                    public: PublicKey::EdDsa { x: [0; 32] },
                    state: if place.is_multiple_of(2) && place / 2 < live {
                        KeyState::Live
                    } else {
                        KeyState::Revoked
                    },
                },
            };
            let mut keys = (0..live + revoked).map(record).collect::<Vec<_>>();
            assert_eq!(leave_out(&mut keys), expect_more);
            assert_eq!(keys.len(), expect_shown, "{live} and {revoked}");
            assert_eq!(keys.iter().filter(|record| record.key.state == KeyState::Live).count(), live);
        };
        check(1, 0, 1, false);
        check(16, 200, 216, false);
        check(16, 201, 216, true);
        check(1, 201, 201, true);
    }
}
