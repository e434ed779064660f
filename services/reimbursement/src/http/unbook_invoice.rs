use actix_web::{HttpResponse, post, web};
use piao_domain::command::{Command, Kind};
use piao_edge::http::{Head, WriteAnswers};
use piao_edge::problem::Problem;
use piao_edge::submit::{Said, Submission, SubmissionBody};

use super::ReimbursementState;

/// Take a booking back: `booking.unbook`, signed by the enterprise that booked.
#[utoipa::path(
    tag = "bookings",
    params(("number" = String, Path, description = "The invoice's number, 20 digits, as in the body's `invoice`")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/jose"))),
    responses(WriteAnswers)
)]
#[post("/v1/bookings/{number}:unbook")]
pub(super) async fn unbook_invoice(
    state: web::Data<ReimbursementState>,
    head: Head,
    number: web::Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let submitted = state.edge.submit_named(&head, submission, Kind::Unbook, [&number], |_, command| {
        let Command::Unbook { invoice } = command else { return None };
        Some([Said::new("/body/invoice", invoice)])
    });
    submitted.await
}
