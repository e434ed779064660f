//! A URL names what a transition is about; both must say the same.

use actix_web::HttpResponse;
use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemCode, Wrong};
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, parse};

/// What a transition says in one place.
pub(super) struct Said {
    /// JSON pointer into the payload.
    pointer: &'static str,
    /// What stands there.
    value: String,
}

impl Said {
    /// What stands at a place.
    pub(super) fn new(pointer: &'static str, value: impl ToString) -> Self {
        Self { pointer, value: value.to_string() }
    }
}

/// Submits a transition of one type, unless the URL names something else than the transition. `said` gives, from signer
/// and command, what each part of the URL in `named` must equal.
pub(super) async fn submit_named<const N: usize>(
    edge: &Edge,
    head: &Head,
    submission: Submission,
    kind: Kind,
    named: [&str; N],
    said: impl FnOnce(&PartyId, &Command) -> Option<[Said; N]>,
) -> Result<HttpResponse, Problem> {
    let checked = parse(submission.clone(), edge.chain(), &[kind])?;
    let transition = checked.transition();
    let said = said(&transition.claims().party, transition.body().command());
    let said = said.ok_or_else(|| Problem::schema("/type", kind.as_str()))?;
    for (named, said) in named.into_iter().zip(said) {
        if said.value != named {
            let problem = Problem::new(ProblemCode::Schema).wrong(said.pointer, Wrong::Url);
            return Err(problem.wanted(named).found(said.value));
        }
    }
    edge.submit(head, submission, &[kind]).await
}
