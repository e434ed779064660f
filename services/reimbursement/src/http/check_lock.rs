use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_domain::invoice::LockRequest;
use piao_domain::number::InvoiceNumber;
use piao_edge::audience::Audience;
use piao_edge::caller::Role;
use piao_edge::follow::{find_reference, get_invoice};
use piao_edge::http::{Head, PlainJson};
use piao_edge::problem::{ForeseenRefusal, Language, Problem, ProblemDocument};
use piao_protocol::body;
use serde::Serialize;
use utoipa::ToSchema;

use super::ReimbursementState;
use super::inquiry::Inquiry;
use crate::trace::Step;

/// What a lock would ask for: the body of `reimbursement.lock`, unsigned.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used: the protocol reads the body as it reads a signed one")]
pub(super) struct LockQuestion {
    /// The invoice's number, 20 digits.
    invoice: String,
    /// The enterprise's own reference of the reimbursement claim, 1 to 64 bytes.
    claim_ref: String,
    /// How much, fen.
    amount: i64,
    /// For how long, seconds.
    lease_seconds: u32,
}

/// What a lock would meet, if it were decided now on what this service has seen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LockAnswer {
    /// Whether every guard would let it pass. Nothing is reserved: another lock may be decided first.
    passes: bool,
    /// What is free now, fen.
    free: i64,
    /// When its lease would end, UTC seconds; nothing where it does not pass.
    lease_until: Option<i64>,
    /// Every guard in its order, each told as if those refused before it did not stand in the way.
    trace: Vec<TraceStep>,
}

/// A guard and what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TraceStep {
    /// The code with which it refuses.
    #[schema(value_type = String)]
    check: &'static str,
    /// Whether it lets the lock pass.
    passed: bool,
    /// The refusal foreseen.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<ForeseenRefusal>,
}

/// Ask whether a lock would pass now. Nothing is signed, recorded or reserved, and block time decides.
///
/// For enterprises that may read the invoice; for others it is not there.
#[utoipa::path(
    tag = "locks",
    request_body = LockQuestion,
    responses(
        (status = 200, description = "What every guard says", body = LockAnswer),
        (status = 400, description = "Not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "No valid read token", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 403, description = "Only enterprises lock", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 404, description = "No such invoice, or nothing of the caller's", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 408, description = "`slow_body`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 422, description = "JSON of another shape", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "`behind` or `unavailable`", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
#[post("/v1/locks:check")]
pub(super) async fn check_lock(
    state: web::Data<ReimbursementState>,
    head: Head,
    question: PlainJson,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    caller.only(&[Role::Enterprise])?;
    let signer = *caller.enterprise().ok_or_else(Problem::forbidden)?;
    let (number, request) = read(question.text())?;
    let (reference, reader) = (request.claim_ref.clone(), caller.party().clone());
    let read = state.edge.read(async move |connection| {
        let record = get_invoice(connection, &number, &reader).await?;
        let used = find_reference(connection, &number, &signer, &reference).await?;
        Ok((Inquiry::read(connection, signer).await?, record, used))
    });
    let (inquiry, record, used) = read.await?;
    let (inquiry, mut record) = inquiry.zip(record).ok_or_else(Problem::not_found)?;
    caller.may_know(Audience::of(&caller, &record.invoice).is_some())?;
    // A reference counts for ever, also where its lock is too old to come with the invoice.
    record.invoice.reimbursement.locks.extend(used);
    let now = state.edge.now();
    let trace = inquiry.desk(signer, &caller, now).trace_lock(&record.invoice, &request);
    let passes = trace.iter().all(Step::passed);
    let language = head.language();
    Ok(HttpResponse::Ok().json(LockAnswer {
        passes,
        free: record.invoice.free(now).get(),
        lease_until: passes.then(|| now.plus(i64::from(request.lease_seconds)).unix()),
        trace: trace.iter().map(|step| TraceStep::of(step, language)).collect(),
    }))
}

/// Reads the question by the same door as a signed body.
fn read(text: &str) -> Result<(InvoiceNumber, LockRequest), Problem> {
    let body = body::parse(Kind::Lock.as_str(), text).map_err(|error| Problem::body(&error, ""))?;
    match body.into_command() {
        Command::Lock { invoice, request } => Ok((invoice, request)),
        // A body of this type is no other command.
        other => Err(Problem::schema("", other.kind().as_str())),
    }
}

impl TraceStep {
    fn of(step: &Step, language: Language) -> Self {
        let refusal = step.refused.as_ref().map(|rejection| ForeseenRefusal::of(rejection, language));
        Self { check: step.code.as_str(), passed: step.passed(), refusal }
    }
}
