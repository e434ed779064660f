//! A refusal that is foreseen, told to people: what `:check` and `:prepare` answer.

use piao_domain::rejection::{Detail, Finding, Rejection};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Language, ProblemCode, RuleName};

/// A refusal that is foreseen and on no record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refusal)]
pub struct ForeseenRefusal {
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
    /// The caller's earlier transition of the same kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing: Option<String>,
}

/// Where a request is wrong, and what would pass.
#[derive(Debug, Serialize, ToSchema)]
struct Place {
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

impl ForeseenRefusal {
    /// Tells of a refusal in a language.
    #[must_use]
    pub fn of(rejection: &Rejection, language: Language) -> Self {
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
