use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::LedgerState;

/// Submit a signed transition of any type.
#[utoipa::path(
    tag = "ledger",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    params(("Prefer" = Option<String>, Header, description = "wait=N, 0 to 30 seconds, 5 where not said")),
    responses(WriteAnswers)
)]
#[post("/v1/transitions")]
pub(super) async fn submit_transition(
    state: web::Data<LedgerState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, Kind::ALL).await
}
