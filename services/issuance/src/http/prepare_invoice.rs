use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, PlainJson, ReadProblems};
use piao_edge::problem::{ForeseenRefusal, Problem, ProblemDocument};
use piao_protocol::body::Body;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::IssuanceState;
use super::draft_body::DraftSchema;
use super::issue_step::IssueStep;
use super::trial::attempt;

/// An invoice, ready to sign but for `chain`, `nonce` and `iat` that the signer adds.
#[derive(Serialize, ToSchema)]
pub(super) struct PreparedInvoice {
    /// The chain to sign for.
    chain: String,
    /// The payload's `party`.
    party: String,
    /// The payload's `type`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    /// The payload's `body`; nothing where no number is left.
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
    /// JSON pointers to what was filled in.
    filled: Vec<String>,
    /// Always false: nothing is reserved. Whoever issues first has the number; then prepare again.
    number_reserved: bool,
    /// Whether the ledger would accept it now.
    passes: bool,
    /// The refusal that the ledger would decide now.
    refusal: Option<ForeseenRefusal>,
    /// Everything that would be refused, in the order in which the ledger looks.
    findings: Vec<IssueStep>,
}

/// Fill in an invoice and try it: number, line amounts, tax and totals. Nothing is signed, recorded or reserved.
///
/// For enterprises. `order` and its digest are left as they are.
#[utoipa::path(
    tag = "invoices",
    request_body = DraftSchema,
    responses(
        (status = 200, description = "What to sign, and what would be refused", body = PreparedInvoice),
        (status = 400, description = "`malformed`: not JSON, or JSON with floats or repeated members",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 408, description = "`slow_body`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = ProblemDocument, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
#[post("/v1/invoices:prepare")]
pub(super) async fn prepare_invoice(
    state: web::Data<IssuanceState>,
    head: Head,
    draft: PlainJson,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let (party, language) = (caller.party().to_string(), head.language());
    let trial = attempt(&state, caller, &draft).await?;
    let mut findings = IssueStep::all(&trial.trace, language);
    findings.retain(|step| !step.passed());
    let body = Body::new(Command::InvoiceIssue(trial.content)).render();
    let body = trial.numbered.then(|| RawValue::from_string(body)).transpose();
    Ok(HttpResponse::Ok().json(PreparedInvoice {
        chain: state.edge.chain().to_string(),
        party,
        kind: Kind::InvoiceIssue.as_str(),
        body: body.map_err(|error| Problem::internal("writing a body", error))?,
        filled: trial.filled,
        number_reserved: false,
        passes: trial.trace.refused.is_none(),
        refusal: trial.trace.refused.as_ref().map(|rejection| ForeseenRefusal::of(rejection, language)),
        findings,
    }))
}
