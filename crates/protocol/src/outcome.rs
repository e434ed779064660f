//! What came of a transition: accepted with what it made, or refused with a code and what explains it.
//!
//! In JSON `{outcome, code, detail}`, the detail a closed schema a type. Written, it is canonical (RFC 8785) at once:
//! every member stands in its sorted place.

mod members;

use piao_domain::command::Kind;
use piao_domain::ids::TransitionId;
use piao_domain::money::Fen;
use piao_domain::number::Segment;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::{Allowance, RuleVersion};
use piao_domain::time::{Month, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use members::Members;
pub(crate) use members::{Decided, Detail, Verdict, code_schema, join, nullable, parts};

use crate::json::{self, JsonError};

/// What came of a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was applied.
    Accepted(Effect),
    /// It changed nothing.
    Rejected(Rejection),
}

/// What an accepted transition made, beside what its own body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The body says it all.
    Nothing,
    /// `invoice.issue`
    Issued {
        /// The rule sets that let it pass, by id.
        rules: Vec<RuleVersion>,
    },
    /// `quota.apply` that waits for a bureau.
    QuotaPending,
    /// `quota.apply` granted at once, or `quota.grant`.
    QuotaGranted {
        /// What was given.
        given: Allowance,
        /// Under which numbers.
        segment: Segment,
    },
    /// `quota.adjust`
    QuotaAdjusted {
        /// What is given from now on.
        given: Allowance,
        /// Numbers allotted in addition, where the count rose.
        segment: Option<Segment>,
    },
    /// `reimbursement.lock`
    Locked {
        /// The lock's name: the transition's own id.
        lock: TransitionId,
        /// Its fencing token.
        token: u64,
        /// How much it locks.
        amount: Fen,
        /// Whether no other lock may stand beside it, as the rules of its block said.
        exclusive: bool,
        /// When it lapses.
        lease_until: Time,
    },
    /// `reimbursement.renew`
    Renewed {
        /// When the lock lapses now.
        lease_until: Time,
    },
    /// `reimbursement.settle`
    Settled {
        /// How much was settled: the whole lock.
        amount: Fen,
    },
    /// `booking.book`
    Booked {
        /// Into which month.
        month: Month,
    },
}

/// Why a text is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutcomeError {
    /// Not the closed JSON object it must be.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Its members do not go together in any outcome.
    #[error("outcome, code and detail do not go together")]
    Form,
}

impl Outcome {
    /// Reads `{outcome, code, detail}`, which must be canonical.
    ///
    /// # Errors
    /// [`OutcomeError`] for any other text than one that [`outcome_json`] writes.
    pub fn parse(text: &str) -> Result<Self, OutcomeError> {
        let members: Members<'_> = json::from_canonical_str(text)?;
        members.verdict().ok_or(OutcomeError::Form)
    }

    /// Why it was refused, where it was.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::Accepted(_) => None,
            Self::Rejected(rejection) => Some(rejection.code),
        }
    }

    /// Whether a transition of this type can come to this.
    #[must_use]
    pub const fn is_of(&self, kind: Kind) -> bool {
        match self {
            Self::Accepted(effect) => effect.is_of(kind),
            Self::Rejected(_) => true,
        }
    }
}

impl Effect {
    const fn is_of(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Issued { .. }, Kind::InvoiceIssue)
            | (Self::QuotaPending, Kind::QuotaApply)
            | (Self::QuotaGranted { .. }, Kind::QuotaApply | Kind::QuotaGrant)
            | (Self::QuotaAdjusted { .. }, Kind::QuotaAdjust)
            | (Self::Locked { .. }, Kind::Lock)
            | (Self::Renewed { .. }, Kind::Renew)
            | (Self::Settled { .. }, Kind::Settle)
            | (Self::Booked { .. }, Kind::Book) => true,
            (Self::Nothing, kind) => makes_nothing(kind),
            (
                Self::Issued { .. }
                | Self::QuotaPending
                | Self::QuotaGranted { .. }
                | Self::QuotaAdjusted { .. }
                | Self::Locked { .. }
                | Self::Renewed { .. }
                | Self::Settled { .. }
                | Self::Booked { .. },
                _,
            ) => false,
        }
    }
}

const fn makes_nothing(kind: Kind) -> bool {
    match kind {
        Kind::InvoiceIssue
        | Kind::QuotaApply
        | Kind::QuotaGrant
        | Kind::QuotaAdjust
        | Kind::Lock
        | Kind::Renew
        | Kind::Settle
        | Kind::Book => false,
        Kind::PartyRegister
        | Kind::PartyEnroll
        | Kind::PartySuspend
        | Kind::PartyReinstate
        | Kind::KeyAdd
        | Kind::KeyRevoke
        | Kind::KeyReset
        | Kind::RulesDeploy
        | Kind::RulesActivate
        | Kind::RulesRetire
        | Kind::QuotaRefuse
        | Kind::ClaimTake
        | Kind::ClaimPresent
        | Kind::ClaimWithdraw
        | Kind::Release
        | Kind::ForceRelease
        | Kind::Unbook => true,
    }
}

/// Writes `{outcome, code, detail}` as canonical JSON (RFC 8785).
#[must_use]
pub fn outcome_json(outcome: &Outcome) -> String {
    write(outcome)
}

/// Writes what stands in its sorted places.
pub(crate) fn write<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("structs of texts, integers and lists have nothing that JSON lacks")
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Members::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer)?;
        members.verdict().ok_or_else(|| serde::de::Error::custom(OutcomeError::Form))
    }
}
