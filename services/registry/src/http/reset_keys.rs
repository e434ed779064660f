use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::RegistryState;

/// Give an enterprise a new key.
///
/// `key.reset`, signed by a bureau: every key of it is revoked and one new one is named. Its locks stay.
#[utoipa::path(
    tag = "registry",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    params(
        ("party" = String, Path, description = "uscc:…, person:…, bureau:… or node:…"),
    ),
    responses(WriteAnswers)
)]
#[post("/v1/parties/{party}:reset")]
pub(super) async fn reset_keys(
    state: web::Data<RegistryState>,
    head: Head,
    named: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state
        .edge
        .submit_named(&head, submission, Kind::KeyReset, [&named], |_, command| {
            let Command::KeyReset { enterprise, key: _, reason: _ } = command else { return None };
            Some([Said::new("/body/party", PartyId::Enterprise(*enterprise))])
        })
        .await
}
