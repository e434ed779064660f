use actix_web::{HttpResponse, get, web};
use piao_domain::number::InvoiceNumber;
use piao_edge::audience::Audience;
use piao_edge::follow::get_invoice;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::IssuanceState;
use crate::db::invoice_history::{self, HistoryRecord, HistoryView};

/// A transition that named an invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvoiceEvent {
    /// The transition, 64 hexadecimal digits; absent where the caller may not know who signed it.
    transition: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    /// Who signed it, where the caller may know.
    party: Option<String>,
    /// `accepted` or `rejected`.
    #[schema(value_type = String)]
    outcome: &'static str,
    /// The refusal's code.
    #[schema(value_type = Option<String>)]
    code: Option<&'static str>,
    /// Of which block.
    height: u64,
    /// Block time, UTC seconds.
    time: i64,
}

/// List what happened to an invoice, the oldest first: what was accepted, and what the caller itself was refused; to a
/// bureau everything.
#[utoipa::path(
    tag = "invoices",
    params(("number" = String, Path, description = "20 digits"), ListQuery),
    responses((status = 200, description = "A page", body = List<InvoiceEvent>), ReadProblems)
)]
#[get("/v1/invoices/{number}/history")]
pub(super) async fn list_invoice_history(
    state: web::Data<IssuanceState>,
    number: web::Path<String>,
    head: Head,
    page: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let number = InvoiceNumber::parse(&number).map_err(|_| Problem::not_found())?;
    let (limit, after) = (page.limit()?, page.after(str::parse::<u64>)?);
    let reader = caller.party().clone();
    let read = state.edge.read(async move |connection| get_invoice(connection, &number, &reader).await);
    let record = read.await?.ok_or_else(Problem::not_found)?;
    let audience = Audience::of(&caller, &record.invoice).ok_or_else(Problem::not_found)?;
    let view = if audience.sees_refusals() {
        HistoryView::Everything
    } else {
        HistoryView::AcceptedAndOwn(audience.caller().clone())
    };
    let read = state.edge.read(async move |connection| {
        invoice_history::list(connection, &number, &view, after, limit + 1).await
    });
    let key = |entry: &HistoryRecord| entry.place.to_string();
    let list = List::page(read.await?, limit, key, |entry| InvoiceEvent::of(&entry, &audience));
    Ok(HttpResponse::Ok().json(list))
}

impl InvoiceEvent {
    fn of(record: &HistoryRecord, audience: &Audience<'_>) -> Self {
        let known = audience.may_name(&record.party);
        Self {
            transition: known.then(|| record.transition.to_string()),
            kind: record.kind.as_str(),
            party: known.then(|| record.party.to_string()),
            outcome: if record.code.is_none() { "accepted" } else { "rejected" },
            code: record.code.map(piao_domain::rejection::Code::as_str),
            height: record.height,
            time: record.time.unix(),
        }
    }
}
