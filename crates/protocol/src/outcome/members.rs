//! The JSON form of outcomes. Members are declared in the order that RFC 8785 sorts them into.

use std::borrow::Cow;

use piao_domain::ids::{RuleSetId, TransitionId};
use piao_domain::number;
use piao_domain::rejection::{self, Breach, Check, Code, Finding, Rejection};
use piao_domain::rules::{Allowance, RuleVersion};
use piao_domain::time::{Month, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Effect, Outcome};
use crate::body::Segment;
use crate::body::leaf::{Count, Given, Instant, Int, Leaf, Maybe, Of, Ordinal, Token};

/// What came of a transition.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Members<'a> {
    /// Why it was refused; `null` where it was accepted.
    #[serde(deserialize_with = "nullable")]
    #[schemars(schema_with = "code_schema")]
    code: Option<Of<Code>>,
    /// What it made, or what explains the refusal.
    detail: Detail<'a>,
    /// `accepted` or `rejected`.
    outcome: Of<Verdict>,
}

/// What is hashed as outcome digest, after tag and nonce.
#[derive(Serialize)]
pub(crate) struct Decided<'a> {
    code: Option<Of<Code>>,
    detail: Detail<'a>,
    height: Token,
    outcome: Of<Verdict>,
    time: Instant,
}

/// Whether a transition was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was.
    Accepted,
    /// It changed nothing.
    Rejected,
}

/// The members that details have. Which of them go together, [`Outcome`] says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Detail<'a> {
    /// The value that was there.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) actual: Maybe<Cow<'a, str>>,
    /// Fen.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) amount: Maybe<Given>,
    /// The check that failed.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) check: Maybe<Of<Check>>,
    /// How many invoices.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) count: Maybe<Count>,
    /// The transition in which the same party did the same thing before.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) existing: Maybe<Of<TransitionId>>,
    /// Whether no other lock may stand beside it.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) exclusive: Maybe<bool>,
    /// What would pass: a value; `1..` from, `..9` up to, `1..9` from and to; `a|b` one of these.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) expected: Maybe<Cow<'a, str>>,
    /// When the lock lapses, UTC seconds.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) lease_until: Maybe<Instant>,
    /// The lock's name.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) lock: Maybe<Of<TransitionId>>,
    /// The month that it is booked into.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) month: Maybe<Of<Month>>,
    /// JSON pointer (RFC 6901) into the body.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) pointer: Maybe<Cow<'a, str>>,
    /// The rule set that refused.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) rule: Maybe<Rule>,
    /// The rule sets that let it pass.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) rules: Maybe<Vec<Rule>>,
    /// Numbers allotted.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) segment: Maybe<Segment>,
    /// What became of the application.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) state: Maybe<Of<Application>>,
    /// The lock's fencing token.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    pub(super) token: Maybe<Token>,
}

/// A version of a rule set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The set.
    id: Of<RuleSetId>,
    /// Its version.
    version: Ordinal,
}

/// What became of an application for quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Application {
    /// A bureau will decide.
    Pending,
    /// Granted.
    Granted,
}

impl Leaf for Verdict {
    const PATTERN: &'static str = "^(accepted|rejected)$";
    const WORDS: &'static [&'static str] = &["accepted", "rejected"];

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "accepted" => Ok(Self::Accepted),
            "rejected" => Ok(Self::Rejected),
            _ => Err("must be one of accepted rejected".to_owned()),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        match self {
            Self::Accepted => "accepted".into(),
            Self::Rejected => "rejected".into(),
        }
    }
}

impl Leaf for Application {
    const PATTERN: &'static str = "^(granted|pending)$";
    const WORDS: &'static [&'static str] = &["granted", "pending"];

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "granted" => Ok(Self::Granted),
            "pending" => Ok(Self::Pending),
            _ => Err("must be one of granted pending".to_owned()),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        match self {
            Self::Granted => "granted".into(),
            Self::Pending => "pending".into(),
        }
    }
}

impl Leaf for Check {
    const PATTERN: &'static str = "^[a-z_]+(\\.[a-z_]+)?$";
    const WORDS: &'static [&'static str] = Self::NAMES;

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be a check of the closed list".to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl Leaf for Code {
    const PATTERN: &'static str = "^[a-z]+\\.[a-z_]+$";

    fn read(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|code| code.as_str() == text);
        known.copied().ok_or_else(|| "must be a code of the closed list".to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

/// Reads a member that must be there and may be `null`.
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Every code, and `null`.
pub(crate) fn code_schema(_: &mut SchemaGenerator) -> Schema {
    let codes = Code::ALL.iter().map(|code| Some(code.as_str()));
    json_schema!({ "enum": std::iter::once(None).chain(codes).collect::<Vec<_>>() })
}

impl From<&RuleVersion> for Rule {
    fn from(rule: &RuleVersion) -> Self {
        Self { id: Of(rule.id.clone()), version: Int(rule.version) }
    }
}

impl From<&Rule> for RuleVersion {
    fn from(rule: &Rule) -> Self {
        Self { id: rule.id.0.clone(), version: rule.version.0 }
    }
}

impl<'a> From<&'a Outcome> for Members<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        let (outcome, code, detail) = parts(outcome);
        Self { code: code.map(Of), detail, outcome: Of(outcome) }
    }
}

impl Members<'_> {
    /// The outcome that has exactly these members.
    pub(super) fn verdict(self) -> Option<Outcome> {
        join(self.outcome.0, self.code.map(|Of(code)| code), &self.detail)
    }
}

impl<'a> Decided<'a> {
    /// An outcome at its place.
    pub(crate) fn new(outcome: &'a Outcome, height: u64, time: Time) -> Self {
        let (verdict, code, detail) = parts(outcome);
        let (code, outcome) = (code.map(Of), Of(verdict));
        Self { code, detail, height: Int(height), outcome, time: Int(time) }
    }
}

/// Takes an outcome apart for its JSON form.
pub(crate) fn parts(outcome: &Outcome) -> (Verdict, Option<Code>, Detail<'_>) {
    match outcome {
        Outcome::Accepted(effect) => (Verdict::Accepted, None, of_effect(effect)),
        Outcome::Rejected(Rejection { code, detail }) => {
            (Verdict::Rejected, Some(*code), of_rejection(detail))
        }
    }
}

/// Puts an outcome together, where its parts are exactly those that one has.
pub(crate) fn join(verdict: Verdict, code: Option<Code>, detail: &Detail<'_>) -> Option<Outcome> {
    let outcome = match (verdict, code) {
        (Verdict::Accepted, None) => Outcome::Accepted(effect(detail)),
        (Verdict::Rejected, Some(code)) => Outcome::Rejected(Rejection { code, detail: rejection(detail) }),
        (Verdict::Accepted, Some(_)) | (Verdict::Rejected, None) => return None,
    };
    // A member too much or too few comes out as another detail than went in.
    (parts(&outcome).2 == *detail).then_some(outcome)
}

fn of_effect(effect: &Effect) -> Detail<'static> {
    let nothing = Detail::default();
    match effect {
        Effect::Nothing => nothing,
        Effect::Issued { rules } => Detail { rules: some(rules.iter().map(Rule::from).collect()), ..nothing },
        Effect::QuotaPending => Detail { state: some(Of(Application::Pending)), ..nothing },
        Effect::QuotaGranted { given, segment } => Detail {
            state: some(Of(Application::Granted)),
            amount: some(Int(given.amount)),
            count: some(Int(given.count)),
            segment: some(Segment::from(*segment)),
            ..nothing
        },
        Effect::QuotaAdjusted { given, segment } => Detail {
            amount: some(Int(given.amount)),
            count: some(Int(given.count)),
            segment: Maybe(segment.map(Segment::from)),
            ..nothing
        },
        Effect::Locked { lock, token, amount, exclusive, lease_until } => Detail {
            exclusive: some(*exclusive),
            lock: some(Of(*lock)),
            token: some(Int(*token)),
            amount: some(Int(*amount)),
            lease_until: some(Int(*lease_until)),
            ..nothing
        },
        Effect::Renewed { lease_until } => Detail { lease_until: some(Int(*lease_until)), ..nothing },
        Effect::Settled { amount } => Detail { amount: some(Int(*amount)), ..nothing },
        Effect::Booked { month } => Detail { month: some(Of(*month)), ..nothing },
    }
}

fn of_rejection(detail: &rejection::Detail) -> Detail<'_> {
    match detail {
        rejection::Detail::Nothing => Detail::default(),
        rejection::Detail::Existing(transition) => {
            Detail { existing: some(Of(*transition)), ..Detail::default() }
        }
        rejection::Detail::Member(found) => of_finding(found),
        rejection::Detail::Rule(breach) => {
            let Breach { rule, finding } = &**breach;
            Detail { rule: some(Rule::from(rule)), ..of_finding(finding) }
        }
    }
}

fn of_finding(finding: &Finding) -> Detail<'_> {
    let Finding { pointer, check, expected, actual } = finding;
    Detail {
        pointer: some(Cow::Borrowed(pointer.as_str())),
        check: some(Of(*check)),
        expected: Maybe(expected.as_deref().map(Cow::Borrowed)),
        actual: Maybe(actual.as_deref().map(Cow::Borrowed)),
        ..Detail::default()
    }
}

const fn some<T>(value: T) -> Maybe<T> {
    Maybe(Some(value))
}

/// The effect that these members are closest to.
fn effect(detail: &Detail<'_>) -> Effect {
    let amount = detail.amount.0.map(|Int(amount)| amount);
    let given = || -> Option<Allowance> { Some(Allowance { amount: amount?, count: detail.count.0?.0 }) };
    let segment: Option<number::Segment> =
        detail.segment.0.as_ref().and_then(|segment| segment.clone().into_domain());
    let lease_until = detail.lease_until.0.map(|Int(time)| time);
    if let Maybe(Some(rules)) = &detail.rules {
        return Effect::Issued { rules: rules.iter().map(RuleVersion::from).collect() };
    }
    if let Maybe(Some(Of(month))) = detail.month {
        return Effect::Booked { month };
    }
    match (detail.state.0, given(), segment) {
        (Some(Of(Application::Pending)), _, _) => return Effect::QuotaPending,
        (Some(Of(Application::Granted)), Some(given), Some(segment)) => {
            return Effect::QuotaGranted { given, segment };
        }
        (None, Some(given), segment) => return Effect::QuotaAdjusted { given, segment },
        (Some(Of(Application::Granted)), _, _) | (None, None, _) => {}
    }
    match (detail.lock.0, detail.token.0, amount, detail.exclusive.0, lease_until) {
        (Some(Of(lock)), Some(Int(token)), Some(amount), Some(exclusive), Some(lease_until)) => {
            Effect::Locked { lock, token, amount, exclusive, lease_until }
        }
        (_, _, None, _, Some(lease_until)) => Effect::Renewed { lease_until },
        (_, _, Some(amount), _, None) => Effect::Settled { amount },
        (_, _, _, _, _) => Effect::Nothing,
    }
}

/// The detail of a refusal that these members are closest to.
fn rejection(detail: &Detail<'_>) -> rejection::Detail {
    if let Maybe(Some(Of(transition))) = detail.existing {
        return rejection::Detail::Existing(transition);
    }
    let text = |text: &Maybe<Cow<'_, str>>| text.0.as_ref().map(|text| text.clone().into_owned());
    let (Some(pointer), Some(Of(check))) = (text(&detail.pointer), detail.check.0) else {
        return rejection::Detail::Nothing;
    };
    let finding = Finding { pointer, check, expected: text(&detail.expected), actual: text(&detail.actual) };
    match &detail.rule.0 {
        Some(rule) => rejection::Detail::Rule(Box::new(Breach { rule: RuleVersion::from(rule), finding })),
        None => rejection::Detail::Member(Box::new(finding)),
    }
}
