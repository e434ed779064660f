//! A refusal that is foreseen, told to people.

use piao_domain::rejection::{Detail, Finding, Rejection};
use piao_edge::problem::{Language, ProblemCode, RuleName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::issuing::{Step, Trace};

/// A refusal that is foreseen and on no record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Refusal {
    /// The code that the ledger would refuse with.
    #[schema(value_type = String)]
    code: &'static str,
    /// One sentence for people, in the language asked for.
    #[schema(value_type = String)]
    title: &'static str,
    /// What to do next, for people.
    #[schema(value_type = String)]
    detail: &'static str,
    /// Where the request is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Place>,
    /// The caller's earlier lock with the same reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing: Option<String>,
}

/// Where a request is wrong, and what would pass.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Place {
    /// JSON pointer into the request.
    pointer: String,
    /// What would pass.
    expected: String,
    /// What was there.
    actual: String,
    /// The rule set that refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleName>,
}

/// Something that issuing looks at, and what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssueStep {
    /// `admission`, `number_segment`, `number_unused`, `order`, `buyer`, `lines`, `totals`, `quota`, `rules_active`, a
    /// limit of a rule set, or `rules_together`.
    #[schema(value_type = String)]
    check: &'static str,
    /// Whose limit it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleName>,
    /// Whether it lets the invoice pass.
    passed: bool,
    /// The refusal foreseen.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
}

impl IssueStep {
    fn of(step: &Step, language: Language) -> Self {
        let rule = step.rule.as_ref().map(|rule| RuleName {
            id: rule.id.to_string(),
            version: rule.version,
            check: step.check.to_owned(),
        });
        let refusal = step.refused.as_ref().map(|rejection| Refusal::of(rejection, language));
        Self { check: step.check, rule, passed: step.refused.is_none(), refusal }
    }

    /// Whether it lets the invoice pass.
    pub(super) const fn passed(&self) -> bool {
        self.passed
    }

    /// Every step of a trace, in its order.
    pub(super) fn all(trace: &Trace, language: Language) -> Vec<Self> {
        trace.steps.iter().map(|step| Self::of(step, language)).collect()
    }
}

impl Refusal {
    /// Tells of a refusal in a language.
    pub(super) fn of(rejection: &Rejection, language: Language) -> Self {
        let texts = ProblemCode::Refused(rejection.code).texts(language);
        let (errors, existing) = match &rejection.detail {
            Detail::Nothing => (Vec::new(), None),
            Detail::Existing(transition) => (Vec::new(), Some(transition.to_string())),
            Detail::Member(finding) => (vec![Place::of(finding, None)], None),
            Detail::Rule(breach) => {
                let rule = RuleName {
                    id: breach.rule.id.to_string(),
                    version: breach.rule.version,
                    check: breach.check.to_owned(),
                };
                (vec![Place::of(&breach.finding, Some(rule))], None)
            }
        };
        Self { code: rejection.code.as_str(), title: texts.title, detail: texts.next, errors, existing }
    }
}

impl Place {
    fn of(finding: &Finding, rule: Option<RuleName>) -> Self {
        let Finding { pointer, expected, actual } = finding.clone();
        Self { pointer, expected, actual, rule }
    }
}
