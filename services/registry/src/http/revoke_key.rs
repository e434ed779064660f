use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};
use piao_protocol::jwk;

use super::RegistryState;

/// Revoke a key.
///
/// `key.revoke`, signed by a live key of the party itself; never the last one.
#[utoipa::path(
    tag = "registry",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    params(
        ("party" = String, Path, description = "uscc:…, person:…, bureau:… or node:…"),
        ("kid" = String, Path, description = "RFC 7638 SHA-256 thumbprint of the key, base64url"),
    ),
    responses(WriteAnswers)
)]
#[post("/v1/parties/{party}/keys/{kid}:revoke")]
pub(super) async fn revoke_key(
    state: web::Data<RegistryState>,
    head: Head,
    named: web::Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let (party, kid) = named.into_inner();
    state
        .edge
        .submit_named(&head, submission, Kind::KeyRevoke, [&party, &kid], |signer, command| {
            let Command::KeyRevoke { key } = command else { return None };
            Some([Said::new("/party", signer), Said::new("/body/kid", jwk::kid(key))])
        })
        .await
}
