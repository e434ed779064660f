//! `party.register`, `party.enroll`, `party.suspend`, `party.reinstate`

use std::borrow::Cow;

use piao_domain::command::{Command, ReasonCode};
use piao_domain::content::Text;
use piao_domain::ids::PartyId;
use piao_domain::party::{Industry, Region};
use piao_domain::uscc::Uscc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::leaf::{Leaf, Maybe, Of, door};
use super::{Body, BodyError, Wire};
use crate::digest::SealedDigest;

/// A bureau registers an enterprise and its first key.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    /// The enterprise: `uscc:` and its unified social credit code, whose check characters hold (GB 32100-2015).
    pub(super) party: Of<Uscc>,
    /// Its registered name.
    pub(super) name: Of<Name>,
    /// Where it is registered: six digits (GB/T 2260).
    pub(super) region: Of<Region>,
    /// What it does: a letter and up to four digits (GB/T 4754-2017).
    pub(super) industry: Of<Industry>,
    /// Its first key.
    pub(super) key: Key,
}

/// A person joins, by the key that signs and from which their party is derived.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Enroll {
    /// The key that signs this transition.
    pub(super) key: Key,
}

/// A bureau stops a party.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspend {
    /// Who is stopped.
    pub(super) party: Of<PartyId>,
    /// Why, by a code of the bureau's own list.
    pub(super) reason: Of<ReasonCode>,
    /// Digest of what is sealed beside it: the reason in words.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) sealed_digest: Maybe<Of<SealedDigest>>,
}

/// A bureau lets a party act again.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reinstate {
    /// Who may act again.
    pub(super) party: Of<PartyId>,
    /// Why, by a code of the bureau's own list.
    pub(super) reason: Of<ReasonCode>,
    /// Digest of what is sealed beside it: the reason in words.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) sealed_digest: Maybe<Of<SealedDigest>>,
}

/// A registered name, of the shape of [`Text`].
pub(super) struct Name(pub(super) String);

impl Leaf for Name {
    const PATTERN: &'static str = Text::PATTERN;

    fn read(text: &str) -> Result<Self, String> {
        door(Text::parse(text)).map(|name| Self(name.as_str().to_owned()))
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl Wire for Register {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { party: Of(enterprise), name, region: Of(region), industry: Of(industry), key } = self;
        let Of(Name(name)) = name;
        Ok(Body::new(Command::PartyRegister { enterprise, name, region, industry, key: key.0 }))
    }
}

impl Wire for Enroll {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::PartyEnroll { key: self.key.0 }))
    }
}

impl Wire for Suspend {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { party: Of(party), reason: Of(reason), sealed_digest } = self;
        let sealed_digest = sealed_digest.into_item();
        Ok(Body { command: Command::PartySuspend { party, reason }, sealed_digest })
    }
}

impl Wire for Reinstate {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { party: Of(party), reason: Of(reason), sealed_digest } = self;
        let sealed_digest = sealed_digest.into_item();
        Ok(Body { command: Command::PartyReinstate { party, reason }, sealed_digest })
    }
}
