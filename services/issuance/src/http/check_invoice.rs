use actix_web::{HttpResponse, post, web};
use piao_edge::http::{Head, PlainJson, ReadProblems};
use piao_edge::problem::{ForeseenRefusal, Problem, ProblemDocument};
use serde::Serialize;
use utoipa::ToSchema;

use super::IssuanceState;
use super::draft_body::DraftSchema;
use super::issue_step::IssueStep;
use super::trial::attempt;

/// What an invoice would meet, if it were decided now on what this service has seen.
#[derive(Serialize, ToSchema)]
pub(super) struct InvoiceAnswer {
    /// Whether the ledger would accept it. Nothing is reserved, and block time decides.
    passes: bool,
    /// The refusal that the ledger would decide: the first of the trace.
    refusal: Option<ForeseenRefusal>,
    /// Everything that the ledger looks at, in its order, each told as if those refused before it did not stand in the
    /// way.
    trace: Vec<IssueStep>,
}

/// Try an invoice without issuing it: every guard and every limit of every rule set that binds the caller.
///
/// For enterprises. What may be left out is filled in as by `:prepare`.
#[utoipa::path(
    tag = "invoices",
    request_body = DraftSchema,
    responses(
        (status = 200, description = "The whole trace", body = InvoiceAnswer),
        (status = 400, description = "`malformed`: not JSON, or JSON with floats or repeated members",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 408, description = "`slow_body`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = ProblemDocument, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
#[post("/v1/invoices:check")]
pub(super) async fn check_invoice(
    state: web::Data<IssuanceState>,
    head: Head,
    draft: PlainJson,
) -> Result<HttpResponse, Problem> {
    let (caller, language) = (state.edge.caller(&head).await?, head.language());
    let trial = attempt(&state, caller, &draft).await?;
    Ok(HttpResponse::Ok().json(InvoiceAnswer {
        passes: trial.trace.refused.is_none(),
        refusal: trial.trace.refused.as_ref().map(|rejection| ForeseenRefusal::of(rejection, language)),
        trace: IssueStep::all(&trial.trace, language),
    }))
}
