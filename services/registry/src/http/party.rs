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
    #[schema(inline)]
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
    #[schema(inline)]
    standing: StandingBody,
}

/// A party, and its keys for whoever may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartyWithKeys {
    #[serde(flatten)]
    party: PartyBody,
    /// Every key that it has or had, by key id; only for the party itself and bureaus.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<KeyBody>>,
}

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
    #[schema(inline)]
    state: KeyStateBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PartyKind {
    Bureau,
    Node,
    Enterprise,
    Person,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PartyStanding)]
enum StandingBody {
    Active,
    Suspended,
}

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
    /// A party, with its keys where `keys` are given.
    ///
    /// # Errors
    /// A fault for a stored key that is none.
    pub(super) fn new(party: PartyRecord, keys: Option<Vec<KeyRecord>>) -> Result<Self, Problem> {
        let keys = keys.map(|keys| keys.into_iter().map(KeyBody::try_from).collect()).transpose()?;
        Ok(Self { party: party.into(), keys })
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
