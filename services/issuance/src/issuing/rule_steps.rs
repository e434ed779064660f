//! The limits of one rule set, one by one: each asked through a set that has nothing but it.

use std::collections::BTreeMap;

use piao_domain::content::Content;
use piao_domain::rejection::{Detail, Rejection};
use piao_domain::rules::{Limits, QuotaReturn, RuleSet, Scope};
use piao_domain::time::Date;

use super::Step;

/// Every limit that a rule set has. Those of the whole invoice first, then those of its lines, the one refused at the
/// earliest line before the others: so the first that is refused is the one that the whole set refuses with.
pub(super) fn of(set: &RuleSet, content: &Content, today: Date) -> Vec<Step> {
    let step = |check: &'static str, limits: Limits| {
        let alone = RuleSet { version: set.version.clone(), scope: Scope::default(), limits };
        let refused = alone.check_issuing(content, today).err();
        Step { check, rule: Some(set.version.clone()), refused }
    };
    let limits = &set.limits;
    let mut steps = Vec::new();
    if limits.invoice_amount_max.is_some() {
        let alone = Limits { invoice_amount_max: limits.invoice_amount_max, ..nothing() };
        steps.push(step("invoice_amount_max", alone));
    }
    if limits.lines_max.is_some() {
        steps.push(step("lines_max", Limits { lines_max: limits.lines_max, ..nothing() }));
    }
    if limits.buyer_required_above.is_some() {
        let alone = Limits { buyer_required_above: limits.buyer_required_above, ..nothing() };
        steps.push(step("buyer_required_above", alone));
    }
    let mut of_lines = Vec::new();
    if !limits.forbidden.is_empty() {
        of_lines.push(step("forbidden", Limits { forbidden: limits.forbidden.clone(), ..nothing() }));
    }
    if !limits.classification.is_empty() {
        let alone = Limits { classification: limits.classification.clone(), ..nothing() };
        of_lines.push(step("classification", alone));
    }
    if !limits.rates.is_empty() {
        of_lines.push(step("rates", Limits { rates: limits.rates.clone(), ..nothing() }));
    }
    // A stable sort: at one line, they are looked at in the order in which they are written here.
    of_lines.sort_by_key(|step| step.refused.as_ref().map_or(usize::MAX, line));
    steps.extend(of_lines);
    steps
}

/// The line that a refusal points at.
fn line(rejection: &Rejection) -> usize {
    let pointer = match &rejection.detail {
        Detail::Nothing | Detail::Existing(_) => "",
        Detail::Member(finding) => &finding.pointer,
        Detail::Rule(breach) => &breach.finding.pointer,
    };
    let index = pointer.strip_prefix("/lines/").and_then(|rest| rest.split('/').next());
    index.and_then(|index| index.parse().ok()).unwrap_or(usize::MAX)
}

/// Limits that limit nothing.
const fn nothing() -> Limits {
    Limits {
        invoice_amount_max: None,
        lines_max: None,
        allowance: None,
        numbering: None,
        classification: BTreeMap::new(),
        rates: Vec::new(),
        forbidden: Vec::new(),
        buyer_required_above: None,
        buyer_only: true,
        partial_locks: false,
        lease_seconds_max: None,
        booking_required: true,
        quota_return: QuotaReturn::Never,
    }
}
