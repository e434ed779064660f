use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::RegistryState;

/// Let a party act again.
///
/// `party.reinstate`, signed by a bureau.
#[utoipa::path(
    tag = "registry",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    params(
        ("party" = String, Path, description = "uscc:…, person:…, bureau:… or node:…"),
    ),
    responses(WriteAnswers)
)]
#[post("/v1/parties/{party}:reinstate")]
pub(super) async fn reinstate_party(
    state: web::Data<RegistryState>,
    head: Head,
    named: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state
        .edge
        .submit_named(&head, submission, Kind::PartyReinstate, [&named], |_, command| {
            let Command::PartyReinstate { party, reason: _ } = command else { return None };
            Some([Said::new("/body/party", party)])
        })
        .await
}
