use actix_web::{HttpResponse, get, web};
use piao_domain::ids::ClaimRef;
use piao_domain::number::InvoiceNumber;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{Problem, form};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ReimbursementState;
use super::filters::read;
use super::lock_view::LockView;
use crate::LockFilter;
use crate::db;
use crate::db::lock::{LockPlace, LockRecord, LocksWanted};

/// Which locks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LocksQuery {
    /// `live`, `ended` (however, lapsed ones too) or `lapsed`, by this service's clock.
    state: Option<String>,
    /// Only those on this invoice, 20 digits.
    invoice: Option<String>,
    /// Only those with this reference.
    claim_ref: Option<String>,
}

/// List the calling enterprise's locks, by invoice and id.
#[utoipa::path(
    tag = "locks",
    params(ListQuery, LocksQuery),
    responses((status = 200, description = "A page", body = List<LockView>), ReadProblems)
)]
#[get("/v1/locks")]
pub(super) async fn list_locks(
    state: web::Data<ReimbursementState>,
    head: Head,
    list: web::Query<ListQuery>,
    query: web::Query<LocksQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let enterprise = *caller.enterprise().ok_or_else(Problem::forbidden)?;
    let (limit, after, wanted) = (list.limit()?, list.after(LockPlace::parse)?, query.wanted()?);
    let now = state.edge.now();
    let read = state.edge.read(async move |connection| {
        db::lock::list(connection, &enterprise, &wanted, after.as_ref(), now, limit + 1).await
    });
    let place = |record: &LockRecord| record.place().to_string();
    Ok(HttpResponse::Ok().json(List::page(read.await?, limit, place, |record| LockView::of(&record, now))))
}

impl LocksQuery {
    fn wanted(&self) -> Result<LocksWanted, Problem> {
        let state = self.state.as_deref().map(|text| {
            LockFilter::parse(text).map_err(|_| Problem::schema("?state", "live|ended|lapsed").found(text))
        });
        Ok(LocksWanted {
            state: state.transpose()?,
            invoice: read("invoice", self.invoice.as_deref(), form::INVOICE_NUMBER, InvoiceNumber::parse)?,
            claim_ref: read("claim_ref", self.claim_ref.as_deref(), form::CLAIM_REF, ClaimRef::parse)?,
        })
    }
}
