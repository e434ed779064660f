//! The application that a URL names.

use piao_domain::command::{Command, Kind};
use piao_domain::ids::TransitionId;
use piao_edge::problem::{Problem, ProblemCode, Wrong};
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, parse};

/// Lets a submission pass whose body names the application that the URL names.
pub(super) fn names(edge: &Edge, submission: &Submission, kind: Kind, id: &str) -> Result<(), Problem> {
    let id = TransitionId::parse_hex(id).map_err(|_| Problem::not_found())?;
    let checked = parse(submission.clone(), edge.chain(), &[kind])?;
    let named = match checked.transition().body().command() {
        Command::QuotaGrant(grant) => grant.target.application,
        Command::QuotaAdjust(change) => change.target.application,
        Command::QuotaRefuse { target, reason: _ } => target.application,
        other => return Err(Problem::schema("/type", kind.as_str()).found(other.kind().as_str())),
    };
    if named == id {
        return Ok(());
    }
    let problem = Problem::new(ProblemCode::Schema).wrong("/body/application", Wrong::Url);
    Err(problem.wanted(id.to_string()).found(named.to_string()))
}
