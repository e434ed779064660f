//! What a URL names must be what the signed body names: nobody may be shown one invoice and sign for another.

use std::fmt::Display;

use piao_domain::command::{Command, Kind};
use piao_edge::problem::{Problem, ProblemCode, Wrong};
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, parse};

/// The command that a submission asks for.
///
/// # Errors
/// What [`piao_edge::submit::parse`] refuses.
pub(super) fn command(edge: &Edge, submission: &Submission, kinds: &[Kind]) -> Result<Command, Problem> {
    Ok(parse(submission.clone(), edge.chain(), kinds)?.transition().body().command().clone())
}

/// Checks one member of the body against the URL.
///
/// # Errors
/// `schema`, with the pointer to the member.
pub(super) fn agree(pointer: &str, of_url: &str, of_body: impl Display) -> Result<(), Problem> {
    let of_body = of_body.to_string();
    if of_url == of_body {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::Schema).wrong(pointer, Wrong::Url).wanted(of_url).found(of_body))
}
