//! `quota.apply`, `quota.grant`, `quota.adjust`, `quota.refuse`

use piao_domain::command::{Command, ReasonCode};
use piao_domain::ids::TransitionId;
use piao_domain::number::{self, NumberPrefix};
use piao_domain::quota::{self, Adjustment, ApplicationRef};
use piao_domain::rules::Allowance;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::leaf::{Count, Given, Int, Maybe, Of, Ordinal, Sequence};
use super::{Body, BodyError, Wire};
use crate::digest::SealedDigest;
use crate::json::{Flaw, JsonError};

/// An issuer applies for a month's quota.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Apply {
    /// For which month, the current or the next.
    pub(super) month: Of<Month>,
    /// Amount without tax, in fen.
    pub(super) amount: Given,
    /// How many invoices: one at least, or there would be no numbers to allot.
    pub(super) count: Ordinal,
}

/// A bureau grants an application, perhaps other than asked for.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    /// The id of the transition that applied.
    pub(super) application: Of<TransitionId>,
    /// Who applied.
    pub(super) issuer: Of<Uscc>,
    /// For which month.
    pub(super) month: Of<Month>,
    /// Amount without tax, in fen.
    pub(super) amount: Given,
    /// How many invoices: one at least, or there would be no numbers to allot.
    pub(super) count: Ordinal,
    /// Under which numbers; the next free ones where absent.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) segment: Maybe<Segment>,
}

/// A bureau changes what it granted, never below what is used.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Adjust {
    /// The id of the transition that applied.
    pub(super) application: Of<TransitionId>,
    /// Who applied.
    pub(super) issuer: Of<Uscc>,
    /// For which month.
    pub(super) month: Of<Month>,
    /// Amount without tax from now on, in fen.
    pub(super) amount: Given,
    /// How many invoices from now on.
    pub(super) count: Count,
}

/// A bureau refuses an application.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refuse {
    /// The id of the transition that applied.
    pub(super) application: Of<TransitionId>,
    /// Who applied.
    pub(super) issuer: Of<Uscc>,
    /// For which month.
    pub(super) month: Of<Month>,
    /// Why, by a code of the bureau's own list.
    pub(super) reason: Of<ReasonCode>,
    /// Digest of what is sealed beside it: the reason in words.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) sealed_digest: Maybe<Of<SealedDigest>>,
}

/// A run of invoice numbers with one prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Segment {
    /// The sequence of the first number.
    pub(crate) first: Sequence,
    /// The sequence of the last number, not below the first.
    pub(crate) last: Sequence,
    /// The first five digits of the numbers: year 2, region 2, channel 1.
    pub(crate) prefix: Of<NumberPrefix>,
}

impl From<number::Segment> for Segment {
    fn from(segment: number::Segment) -> Self {
        let (first, last) = (Int(segment.first()), Int(segment.last()));
        Self { first, last, prefix: Of(segment.prefix()) }
    }
}

impl Segment {
    /// The domain's segment; nothing where the last number comes before the first.
    pub(crate) fn into_domain(self) -> Option<number::Segment> {
        number::Segment::new(self.prefix.0, self.first.0, self.last.0).ok()
    }
}

impl From<&quota::Grant> for Grant {
    fn from(grant: &quota::Grant) -> Self {
        Self {
            application: Of(grant.target.application),
            issuer: Of(grant.target.issuer),
            month: Of(grant.target.month),
            amount: Int(grant.given.amount),
            count: Int(grant.given.count),
            segment: Maybe(grant.segment.map(Segment::from)),
        }
    }
}

impl From<&Adjustment> for Adjust {
    fn from(change: &Adjustment) -> Self {
        Self {
            application: Of(change.target.application),
            issuer: Of(change.target.issuer),
            month: Of(change.target.month),
            amount: Int(change.given.amount),
            count: Int(change.given.count),
        }
    }
}

impl Wire for Apply {
    fn into_body(self) -> Result<Body, BodyError> {
        let asked = Allowance { amount: self.amount.0, count: self.count.0 };
        Ok(Body::new(Command::QuotaApply { month: self.month.0, asked }))
    }
}

impl Wire for Grant {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { application: Of(application), issuer: Of(issuer), month: Of(month), .. } = self;
        let segment = match self.segment.0 {
            Some(segment) => {
                let (first, last) = (segment.first.0, segment.last.0);
                let wrong = || JsonError::new("/segment/last", Flaw::Order, "not below /segment/first");
                Some(segment.into_domain().ok_or_else(|| wrong().wants(format!("{first}..")).found(last))?)
            }
            None => None,
        };
        let target = ApplicationRef { application, issuer, month };
        let given = Allowance { amount: self.amount.0, count: self.count.0 };
        Ok(Body::new(Command::QuotaGrant(quota::Grant { target, given, segment })))
    }
}

impl Wire for Adjust {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { application: Of(application), issuer: Of(issuer), month: Of(month), .. } = self;
        let target = ApplicationRef { application, issuer, month };
        let given = Allowance { amount: self.amount.0, count: self.count.0 };
        Ok(Body::new(Command::QuotaAdjust(Adjustment { target, given })))
    }
}

impl Wire for Refuse {
    fn into_body(self) -> Result<Body, BodyError> {
        let Self { application: Of(application), issuer: Of(issuer), month: Of(month), .. } = self;
        let target = ApplicationRef { application, issuer, month };
        let sealed_digest = self.sealed_digest.into_item();
        Ok(Body { command: Command::QuotaRefuse { target, reason: self.reason.0 }, sealed_digest })
    }
}
