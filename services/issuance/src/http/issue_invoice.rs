use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::IssuanceState;

/// An issuer issues an invoice (`invoice.issue`), with what is sealed beside it.
#[utoipa::path(
    tag = "invoices",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/invoices")]
pub(super) async fn issue_invoice(
    state: web::Data<IssuanceState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::InvoiceIssue]).await
}
