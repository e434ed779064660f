//! What issuing looks at, told to people.

use piao_edge::problem::{ForeseenRefusal, Language, RuleName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::issuing::{Step, Trace};

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
    refusal: Option<ForeseenRefusal>,
}

impl IssueStep {
    fn of(step: &Step, language: Language) -> Self {
        let rule = step.rule.as_ref().map(|rule| RuleName {
            id: rule.id.to_string(),
            version: rule.version,
            check: step.check.to_owned(),
        });
        let refusal = step.refused.as_ref().map(|rejection| ForeseenRefusal::of(rejection, language));
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
