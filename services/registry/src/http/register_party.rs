use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::RegistryState;

/// Let a party join.
///
/// `party.register`, signed by a bureau, registers an enterprise; `party.enroll` lets a person join by their own key.
#[utoipa::path(
    tag = "registry",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/parties")]
pub(super) async fn register_party(
    state: web::Data<RegistryState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::PartyRegister, Kind::PartyEnroll]).await
}
