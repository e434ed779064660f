use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ClaimsState;
use super::agree::{agree, command};

/// Take a presentation back: `claim.withdraw`, signed by the holder.
///
/// Refused while that enterprise holds a live lock.
#[utoipa::path(
    tag = "claims",
    params(
        ("number" = String, Path, description = "The invoice's number, 20 digits, as in the body's `invoice`"),
        ("party" = String, Path, description = "The enterprise, `uscc:` and 18 characters, as in the body's `party`"),
    ),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/invoices/{number}/presentations/{party}:withdraw")]
pub(super) async fn withdraw_presentation(
    state: web::Data<ClaimsState>,
    head: Head,
    path: web::Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    names(&state.edge, &submission, &path.0, &path.1)?;
    state.edge.submit(&head, submission, &[Kind::ClaimWithdraw]).await
}

fn names(edge: &Edge, submission: &Submission, number: &str, party: &str) -> Result<(), Problem> {
    match command(edge, submission, &[Kind::ClaimWithdraw])? {
        Command::ClaimWithdraw { invoice, enterprise } => {
            agree("/body/invoice", number, invoice)?;
            agree("/body/party", party, PartyId::Enterprise(enterprise))
        }
        // The type was checked, so the command is no other.
        other => Err(Problem::schema("/type", Kind::ClaimWithdraw.as_str()).found(other.kind().as_str())),
    }
}
