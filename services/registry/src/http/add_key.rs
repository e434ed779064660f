use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::RegistryState;

/// Add a key.
///
/// `key.add`, signed by a live key of the party itself.
#[utoipa::path(
    tag = "registry",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    params(
        ("party" = String, Path, description = "uscc:…, person:…, bureau:… or node:…"),
    ),
    responses(WriteAnswers)
)]
#[post("/v1/parties/{party}/keys")]
pub(super) async fn add_key(
    state: web::Data<RegistryState>,
    head: Head,
    named: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state
        .edge
        .submit_named(&head, submission, Kind::KeyAdd, [&named], |signer, _| {
            Some([Said::new("/party", signer)])
        })
        .await
}
