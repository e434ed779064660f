//! A refusal that is foreseen, told to people: what `:check` and `:prepare` answer.

use piao_domain::rejection::{Detail, Rejection};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldError, Language, ProblemCode, places};

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
    /// Where the request is wrong; pointers are into the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The caller's earlier transition of the same kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing: Option<String>,
}

impl ForeseenRefusal {
    /// Tells of a refusal in a language.
    #[must_use]
    pub fn of(rejection: &Rejection, language: Language) -> Self {
        let texts = ProblemCode::Refused(rejection.code).texts(language);
        let errors = places(&rejection.detail, "").iter().map(|place| place.tell(language)).collect();
        let existing = match &rejection.detail {
            Detail::Existing(transition) => Some(transition.to_string()),
            Detail::Nothing | Detail::Member(_) | Detail::Rule(_) => None,
        };
        Self { code: rejection.code.as_str(), title: texts.title, detail: texts.next, errors, existing }
    }
}
