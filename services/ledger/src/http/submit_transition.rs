use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::{Problem, ProblemCode, Wrong};
use piao_edge::submit::{Submission, SubmissionBody};

use super::LedgerState;

/// Submit a signed transition of any type. One with sealed data goes to the service that keeps it.
#[utoipa::path(
    tag = "ledger",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/transitions")]
pub(super) async fn submit_transition(
    state: web::Data<LedgerState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    // Here it would be kept where no reader of the invoice finds it, and nobody who erases it.
    if submission.is_sealed() {
        return Err(Problem::new(ProblemCode::Schema).wrong("/sealed", Wrong::SealedElsewhere));
    }
    state.edge.submit(&head, submission, Kind::ALL).await
}
