use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemDocument};
use piao_edge::submit::{Recorded, Submission, SubmissionBody};

use super::RegistryState;
use super::named::{Said, submit_named};

/// Give an enterprise a new key.
///
/// `key.reset`, signed by a bureau: every key of it is revoked and one new one is named. Its locks stay.
#[utoipa::path(
    tag = "registry",
    request_body(content = SubmissionBody, description = "Or the bare compact JWS as application/jose"),
    params(
        ("party" = String, Path, description = "uscc:…, person:…, bureau:… or node:…"),
        ("Prefer" = Option<String>, Header, description = "wait=N, 0 to 30 seconds, 5 where not said"),
    ),
    responses(
        (status = 200, description = "Decided before; the same receipt again"),
        (status = 201, description = "Decided and accepted; the receipt"),
        (status = 202, description = "Recorded, and will be decided; Location says where", body = Recorded),
        (status = 400, description = "Not a transition", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "Wrong signature, or unknown party or key", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Decided and refused; with the receipt", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "Neither application/json nor application/jose", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A transition that can never be decided, or another one than the URL names", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/parties/{party}:reset")]
pub(super) async fn reset_keys(
    state: web::Data<RegistryState>,
    head: Head,
    named: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    submit_named(&state.edge, &head, submission, Kind::KeyReset, [&named], |_, command| {
        let Command::KeyReset { enterprise, key: _, reason: _ } = command else { return None };
        Some([Said::new("/body/party", PartyId::Enterprise(*enterprise))])
    })
    .await
}
