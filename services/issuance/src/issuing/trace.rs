use piao_domain::command::Command;
use piao_domain::content::{Content, check};
use piao_domain::invoice::IssueDesk;
use piao_domain::number::Segment;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::{RuleSet, RuleVersion};
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;

use super::desk::Facts;
use super::rule_steps;
use crate::signer::NO_TRANSITION;

/// One thing that issuing looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What is looked at: a guard, or the limit of a rule set.
    pub(crate) check: &'static str,
    /// Whose limit it is.
    pub(crate) rule: Option<RuleVersion>,
    /// What it refuses.
    pub(crate) refused: Option<Rejection>,
}

/// Everything that issuing looks at, and what the ledger would decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// In the order in which the ledger looks; the first that is refused is the decision.
    pub(crate) steps: Vec<Step>,
    /// The refusal that the ledger would put on the record.
    pub(crate) refused: Option<Rejection>,
}

impl Step {
    pub(super) fn new(check: &'static str, refused: Result<(), Rejection>) -> Self {
        Self { check, rule: None, refused: refused.err() }
    }
}

/// Tries an invoice. Every step is the domain's own guard; what stands before it is taken to hold.
pub(crate) fn trace(facts: &Facts, issuer: &Uscc, content: &Content, now: Time) -> Trace {
    let binding = facts.signer.binding(now);
    let admitted = facts.signer.admit(Command::InvoiceIssue(Box::new(content.clone())), now);
    let desk = IssueDesk {
        segments: facts.segment.as_slice(),
        existing: facts.existing.as_ref(),
        order_count: facts.order_count,
        account: &facts.account,
        binding: &binding,
    };
    let decided = desk.decide(NO_TRANSITION, issuer, content, now).map(|_| ());
    let refused = admitted.clone().and(decided).err();
    let mut steps = vec![Step::new("admission", admitted)];
    steps.extend(number_steps(&desk, issuer, content, now));
    steps.push(Step::new("buyer", check::buyer(content)));
    steps.push(Step::new("lines", check::lines(content)));
    steps.push(Step::new("totals", check::totals(content)));
    steps.push(Step::new("quota", facts.account.check(content.amount)));
    steps.extend(rules(&binding, content, now));
    if let Some(rejection) = &refused
        && steps.iter().all(|step| step.refused.is_none())
    {
        // What holds for all rule sets together, such as that one of them lists rates.
        steps.push(Step::new("rules_together", Err(rejection.clone())));
    }
    Trace { steps, refused }
}

/// The guards of number and order. The desk says its first refusal only, so what it refused is mended before it is asked
/// for the next.
fn number_steps(desk: &IssueDesk<'_>, issuer: &Uscc, content: &Content, now: Time) -> [Step; 3] {
    let only = |desk: &IssueDesk<'_>, code: Code| match desk.decide(NO_TRANSITION, issuer, content, now) {
        Err(rejection) if rejection.code == code => Err(rejection),
        Err(_) | Ok(_) => Ok(()),
    };
    let number = content.number;
    let own = Segment::new(number.prefix(), number.sequence(), number.sequence()).ok();
    let allotted = IssueDesk { segments: own.as_slice(), ..*desk };
    let unused = IssueDesk { existing: None, ..allotted };
    [
        Step::new("number_segment", only(desk, Code::NumberOutsideSegment)),
        Step::new("number_unused", only(&allotted, Code::NumberUsed)),
        Step::new("order", only(&unused, Code::OrderFull)),
    ]
}

fn rules(binding: &[&RuleSet], content: &Content, now: Time) -> Vec<Step> {
    let active = if binding.is_empty() { Err(Code::RulesNoneActive.into()) } else { Ok(()) };
    let mut steps = vec![Step::new("rules_active", active)];
    for set in binding {
        steps.extend(rule_steps::of(set, content, now.date()));
    }
    steps
}
