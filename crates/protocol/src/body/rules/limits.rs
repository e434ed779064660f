//! The typed limits of a rule set (domain §6).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use piao_domain::category::{CategoryCode, CategoryPrefix};
use piao_domain::content::Treatment;
use piao_domain::number::Numbering;
use piao_domain::rules::{self, QuotaReturn};
use piao_domain::time::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::body::BodyError;
use crate::body::leaf::{Count, Distinct, Given, Int, Leaf, Maybe, Of, Seconds};
use crate::json::{Flaw, JsonError};

/// What a rule set demands. What is absent, and an empty list, demand nothing.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// Most one invoice may bill, without tax, in fen.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    invoice_amount_max: Maybe<Given>,
    /// Most lines of one invoice.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    lines_max: Maybe<LinesMax>,
    /// What an issuer gets each month without asking anybody. Needs `numbering`.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    allowance: Maybe<Allowance>,
    /// Which numbers it gets: 2 digits of region and 1 of channel.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    numbering: Maybe<Of<Numbering>>,
    /// Leaves of the tax classification that may be billed, each once; empty for all.
    classification: Vec<Leaflet>,
    /// Which treatments a category may have, and when.
    rates: Vec<Rate>,
    /// Categories that may not be billed, as leading digits of their codes.
    forbidden: Distinct<Of<CategoryPrefix>>,
    /// Above this total with tax, in fen, an enterprise must be named as buyer.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    buyer_required_above: Maybe<Given>,
    /// Whether a named buyer alone may be reimbursed.
    buyer_only: bool,
    /// Whether a part of an invoice may be locked.
    partial_locks: bool,
    /// Longest lease from a lock's acceptance, renewals included, in seconds.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    lease_seconds_max: Maybe<Seconds>,
    /// Whether settling needs the enterprise's own booking.
    booking_required: bool,
    /// When a reversal gives its quota back.
    quota_return: Of<QuotaReturn>,
}

type LinesMax = Int<u16, 0, { u16::MAX as i64 }>;

/// A monthly allowance.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Allowance {
    /// Amount without tax, in fen.
    amount: Given,
    /// How many invoices.
    count: Count,
}

/// A leaf of the tax classification.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Leaflet {
    /// Its 19 digits.
    code: Of<CategoryCode>,
    /// The short name that an item name carries between asterisks.
    short_name: Of<ShortName>,
}

/// A treatment that a category may have from one day to another, both included.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rate {
    /// Leading digits of category codes. The longest that match a category decide, alone.
    prefix: Of<CategoryPrefix>,
    /// A rate such as `0.13`, or `exempt` (免税), or `not_taxed` (不征税).
    treatment: Of<Treatment>,
    /// First day, counted in UTC+8.
    from: Of<Date>,
    /// Last day, where there is one.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    to: Maybe<Of<Date>>,
}

/// A short name as it can stand in an item name.
struct ShortName(String);

impl Leaf for ShortName {
    const PATTERN: &'static str = "^[^*\\u0000-\\u001f\\u007f-\\u009f]{1,40}$";

    fn read(text: &str) -> Result<Self, String> {
        if (1..=40).contains(&text.chars().count()) && !text.chars().any(|c| c == '*' || c.is_control()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("short_name must be 1 to 40 characters, none an asterisk or a control character".to_owned())
        }
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl From<&rules::Limits> for Limits {
    fn from(limits: &rules::Limits) -> Self {
        let allowance =
            |given: rules::Allowance| Allowance { amount: Int(given.amount), count: Int(given.count) };
        let leaf = |(code, leaf): (&CategoryCode, &rules::Leaf)| Leaflet {
            code: Of(*code),
            short_name: Of(ShortName(leaf.short_name.clone())),
        };
        let rate = |entry: &rules::RateEntry| Rate {
            prefix: Of(entry.prefix.clone()),
            treatment: Of(entry.treatment),
            from: Of(entry.from),
            to: Maybe(entry.to.map(Of)),
        };
        Self {
            invoice_amount_max: Maybe(limits.invoice_amount_max.map(Int)),
            lines_max: Maybe(limits.lines_max.map(Int)),
            allowance: Maybe(limits.allowance.map(allowance)),
            numbering: Maybe(limits.numbering.map(Of)),
            classification: limits.classification.iter().map(leaf).collect(),
            rates: limits.rates.iter().map(rate).collect(),
            forbidden: Distinct::of(&limits.forbidden),
            buyer_required_above: Maybe(limits.buyer_required_above.map(Int)),
            buyer_only: limits.buyer_only,
            partial_locks: limits.partial_locks,
            lease_seconds_max: Maybe(limits.lease_seconds_max.map(Int)),
            booking_required: limits.booking_required,
            quota_return: Of(limits.quota_return),
        }
    }
}

impl Limits {
    /// Carries them into the domain.
    pub(super) fn into_domain(self) -> Result<rules::Limits, BodyError> {
        let allowance = |given: Allowance| rules::Allowance { amount: given.amount.0, count: given.count.0 };
        Ok(rules::Limits {
            invoice_amount_max: self.invoice_amount_max.0.map(|Int(amount)| amount),
            lines_max: self.lines_max.0.map(|Int(lines)| lines),
            allowance: self.allowance.0.map(allowance),
            numbering: self.numbering.into_item(),
            classification: classification(self.classification)?,
            rates: rates(self.rates)?,
            forbidden: self.forbidden.into_items(),
            buyer_required_above: self.buyer_required_above.0.map(|Int(total)| total),
            buyer_only: self.buyer_only,
            partial_locks: self.partial_locks,
            lease_seconds_max: self.lease_seconds_max.0.map(|Int(seconds)| seconds),
            booking_required: self.booking_required,
            quota_return: self.quota_return.0,
        })
    }
}

fn classification(leaves: Vec<Leaflet>) -> Result<BTreeMap<CategoryCode, rules::Leaf>, BodyError> {
    let mut known = BTreeMap::new();
    for (index, Leaflet { code: Of(code), short_name: Of(ShortName(short_name)) }) in
        leaves.into_iter().enumerate()
    {
        if known.insert(code, rules::Leaf { short_name }).is_some() {
            let pointer = format!("/limits/classification/{index}/code");
            return Err(JsonError::new(pointer, Flaw::Twice, "a code that is not in the list yet").into());
        }
    }
    Ok(known)
}

fn rates(entries: Vec<Rate>) -> Result<Vec<rules::RateEntry>, BodyError> {
    let mut seen = BTreeSet::new();
    let mut rates = Vec::with_capacity(entries.len());
    for (index, Rate { prefix: Of(prefix), treatment: Of(treatment), from: Of(from), to }) in
        entries.into_iter().enumerate()
    {
        let to = to.into_item();
        if !seen.insert((prefix.clone(), treatment.to_string(), from, to)) {
            let pointer = format!("/limits/rates/{index}");
            return Err(JsonError::new(pointer, Flaw::Twice, "an entry that is not in the list yet").into());
        }
        rates.push(rules::RateEntry { prefix, treatment, from, to });
    }
    Ok(rates)
}
