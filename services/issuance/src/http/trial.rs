//! Trying a draft: what `:prepare` and `:check` have in common.

use piao_domain::content::Content;
use piao_edge::caller::{Caller, Role};
use piao_edge::http::PlainJson;
use piao_edge::problem::{Problem, ProblemCode};
use piao_protocol::json;

use super::IssuanceState;
use super::draft_body::content_of;
use crate::draft::fill;
use crate::issuing::{Facts, Question, Trace, trace};

/// A draft, filled in and tried.
pub(super) struct Trial {
    /// The invoice; with the number that it would get, where one is left.
    pub(super) content: Box<Content>,
    /// JSON pointers to what was filled in.
    pub(super) filled: Vec<String>,
    /// Whether it has a number, its own or the next free one.
    pub(super) numbered: bool,
    /// What the ledger would look at, and decide.
    pub(super) trace: Trace,
}

/// Fills in a draft of an enterprise's and tries it.
pub(super) async fn attempt(
    state: &IssuanceState,
    caller: Caller,
    draft: &PlainJson,
) -> Result<Trial, Problem> {
    let (edge, rules) = (&state.edge, state.rules.clone());
    caller.only(&[Role::Enterprise])?;
    let issuer = *caller.enterprise().ok_or_else(Problem::forbidden)?;
    let draft =
        json::from_str(draft.text()).map_err(|error| Problem::json(ProblemCode::Malformed, &error))?;
    let filled = fill(draft).map_err(|wrong| {
        Problem::schema(wrong.pointer, wrong.expected.to_string()).found(wrong.actual.to_string())
    })?;
    let mut content = content_of(&filled.json.canonical())?;
    let wanted = filled.members.iter().any(|member| member == "/number");
    let question = Question {
        issuer,
        number: (!wanted).then_some(content.number),
        order: content.order.as_ref().map(|order| order.reference.clone()),
        now: edge.now(),
    };
    let now = question.now;
    let read = edge.read(async move |connection| Facts::load(connection, caller, &rules, &question).await);
    let facts = read.await?;
    let numbered = facts.number.is_some();
    if let Some(number) = facts.number {
        content.number = number;
    }
    let trace = trace(&facts, &issuer, &content, now);
    Ok(Trial { content, filled: filled.members, numbered, trace })
}
