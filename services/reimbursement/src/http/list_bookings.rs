use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_domain::invoice::Booking;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Month;
use piao_edge::follow::InvoiceRecord;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{Problem, form};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ReimbursementState;
use super::filters::read;
use crate::db;
use crate::db::booking::BookingFilter;

/// The states that an enterprise's booking can have.
const STATES: [&str; 3] = ["02", "03", "06"];

/// Which bookings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BookingsQuery {
    /// `02` booked and deductible, `03` booked and not deductible, `06` taken back.
    state: Option<String>,
    /// Only those dated into this month, `YYYY-MM`.
    month: Option<String>,
    /// Only that of this invoice, 20 digits.
    invoice: Option<String>,
}

/// What an enterprise booked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Booking)]
pub(super) struct BookingView {
    /// The invoice's number, 20 digits.
    invoice: String,
    /// `02` booked and deductible, `03` booked and not deductible, `06` taken back (Ministry of Finance, e-voucher
    /// standard).
    #[schema(value_type = String)]
    state: &'static str,
    /// The month that it is dated into, `YYYY-MM`; nothing once it is taken back.
    month: Option<String>,
    /// Who issued the invoice.
    issuer: String,
    /// The invoice's amount without tax, fen.
    amount: i64,
    /// Its amount with tax, fen.
    total: i64,
}

/// List what the calling enterprise booked, by invoice.
#[utoipa::path(
    tag = "bookings",
    params(ListQuery, BookingsQuery),
    responses((status = 200, description = "A page", body = List<BookingView>), ReadProblems)
)]
#[get("/v1/bookings")]
pub(super) async fn list_bookings(
    state: web::Data<ReimbursementState>,
    head: Head,
    list: web::Query<ListQuery>,
    query: web::Query<BookingsQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let enterprise = *caller.enterprise().ok_or_else(Problem::forbidden)?;
    let (limit, after, filter) = (list.limit()?, list.after(InvoiceNumber::parse)?, query.filter()?);
    let read = state.edge.read(async move |connection| {
        db::booking::list(connection, &enterprise, &filter, after.as_ref(), limit + 1).await
    });
    let number = |record: &InvoiceRecord| record.invoice.number.to_string();
    Ok(HttpResponse::Ok().json(List::page(read.await?, limit, number, |record| BookingView::of(&record))))
}

impl BookingsQuery {
    fn filter(&self) -> Result<BookingFilter, Problem> {
        let state = self.state.as_deref().map(|text| {
            let known = STATES.into_iter().find(|state| *state == text);
            known.ok_or_else(|| Problem::schema("?state", "02|03|06").found(text))
        });
        Ok(BookingFilter {
            invoice: read("invoice", self.invoice.as_deref(), form::INVOICE_NUMBER, InvoiceNumber::parse)?,
            state: state.transpose()?,
            month: read("month", self.month.as_deref(), form::MONTH, Month::parse)?,
        })
    }
}

impl BookingView {
    fn of(record: &InvoiceRecord) -> Self {
        let invoice = &record.invoice;
        let month = match &invoice.booking {
            Booking::Booked { enterprise: _, deductible: _, month } => Some(month.to_string()),
            Booking::Unbooked | Booking::UnbookedAgain { enterprise: _ } => None,
        };
        Self {
            invoice: invoice.number.to_string(),
            state: invoice.booking.code(),
            month,
            issuer: PartyId::Enterprise(invoice.issuer).to_string(),
            amount: invoice.amount.get(),
            total: invoice.total.get(),
        }
    }
}
