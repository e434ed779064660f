//! What is read beside invoices wherever the service tells early what the ledger would say.

use piao_domain::party::Party;
use piao_domain::rejection::{Detail, Finding, Rejection};
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::caller::Caller;
use piao_edge::problem::{Language, ProblemCode, RuleName};
use piao_store::{Connection, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db;
use crate::desk::Desk;

/// An enterprise that asks, and the rules as they stand.
pub(super) struct Inquiry {
    party: Party,
    book: RuleBook,
}

impl Inquiry {
    /// Reads them; nothing for an enterprise that this read model does not know.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn read(
        connection: &mut Connection,
        enterprise: Uscc,
    ) -> Result<Option<Self>, StoreError> {
        let party = piao_domain::ids::PartyId::Enterprise(enterprise);
        let Some(party) = db::party::get(connection, &party).await? else { return Ok(None) };
        Ok(Some(Self { party, book: db::rule_terms::book(connection).await? }))
    }

    /// The desk at which the caller asks now.
    pub(super) const fn desk(&self, enterprise: Uscc, caller: &Caller, now: Time) -> Desk<'_> {
        Desk { enterprise, key: caller.key(), party: &self.party, book: &self.book, now }
    }
}

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
