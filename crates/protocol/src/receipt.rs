//! Receipts: what came of a transition, and where that stands for ever (protocol §4).

use piao_domain::ids::TransitionId;
use piao_domain::rejection::Code;
use piao_domain::time::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::body::leaf::{Instant, Int, Of, Token};
use crate::digest::{BlockHash, OutcomeDigest, tagged};
use crate::json;
use crate::jws::Nonce;
use crate::outcome::{self, Decided, Detail, Outcome, OutcomeError, Verdict, code_schema, nullable};

/// What came of a transition, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which transition.
    pub transition: TransitionId,
    /// What came of it.
    pub outcome: Outcome,
    /// The height of its block.
    pub height: u64,
    /// The index of its entry in the log.
    pub index: u64,
    /// The hash of its block's header.
    pub block: BlockHash,
    /// Block time.
    pub time: Time,
}

impl Receipt {
    /// Reads a receipt, which must be canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// [`OutcomeError`] for any other text than one that [`Receipt::to_json`] writes.
    pub fn parse(text: &str) -> Result<Self, OutcomeError> {
        let members: Members<'_> = json::from_canonical_str(text)?;
        members.receipt().ok_or(OutcomeError::Form)
    }

    /// Writes it as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        outcome::write(self)
    }

    /// The digest that the log's entry carries.
    #[must_use]
    pub fn outcome_digest(&self, nonce: &Nonce) -> OutcomeDigest {
        outcome_digest(nonce, &self.outcome, self.height, self.time)
    }
}

/// Canonical JSON of `{outcome, code, detail, height, time}`: what the outcome digest hashes.
#[must_use]
pub fn decided_json(outcome: &Outcome, height: u64, time: Time) -> String {
    outcome::write(&Decided::new(outcome, height, time))
}

/// SHA3-256(`"piao/outcome/v1\0"` ‖ nonce ‖ [`decided_json`]), protocol §5.
#[must_use]
pub fn outcome_digest(nonce: &Nonce, outcome: &Outcome, height: u64, time: Time) -> OutcomeDigest {
    let text = decided_json(outcome, height, time);
    OutcomeDigest::new(tagged("piao/outcome/v1\0", &[nonce.as_bytes(), text.as_bytes()]))
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Members::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Receipt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer)?;
        members.receipt().ok_or_else(|| serde::de::Error::custom(OutcomeError::Form))
    }
}

/// What came of a transition, and where that stands. Declared in the order that RFC 8785 sorts them into.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Members<'a> {
    /// The hash of its block's header.
    block: Of<BlockHash>,
    /// Why it was refused; `null` where it was accepted.
    #[serde(deserialize_with = "nullable")]
    #[schemars(schema_with = "code_schema")]
    code: Option<Of<Code>>,
    /// What it made, or what explains the refusal.
    detail: Detail<'a>,
    /// The height of its block.
    height: Token,
    /// The index of its entry in the log.
    index: Token,
    /// `accepted` or `rejected`.
    outcome: Of<Verdict>,
    /// Block time, UTC seconds.
    time: Instant,
    /// Which transition.
    transition: Of<TransitionId>,
}

impl<'a> From<&'a Receipt> for Members<'a> {
    fn from(receipt: &'a Receipt) -> Self {
        let (verdict, code, detail) = outcome::parts(&receipt.outcome);
        Self {
            block: Of(receipt.block),
            code: code.map(Of),
            detail,
            height: Int(receipt.height),
            index: Int(receipt.index),
            outcome: Of(verdict),
            time: Int(receipt.time),
            transition: Of(receipt.transition),
        }
    }
}

impl Members<'_> {
    fn receipt(self) -> Option<Receipt> {
        let code = self.code.map(|Of(code)| code);
        Some(Receipt {
            transition: self.transition.0,
            outcome: outcome::join(self.outcome.0, code, &self.detail)?,
            height: self.height.0,
            index: self.index.0,
            block: self.block.0,
            time: self.time.0,
        })
    }
}
