use actix_web::{HttpResponse, post, web};
use piao_domain::command::Kind;
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Submission, SubmissionBody};

use super::ReimbursementState;

/// Book an invoice (入账): `booking.book`, signed by the lock owner, the settled enterprise or the holder enterprise.
///
/// While a booking stands in 02 or 03, the enterprise's lock does not lapse and nobody else may lock or book.
#[utoipa::path(
    tag = "bookings",
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/bookings")]
pub(super) async fn book_invoice(
    state: web::Data<ReimbursementState>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    state.edge.submit(&head, submission, &[Kind::Book]).await
}
