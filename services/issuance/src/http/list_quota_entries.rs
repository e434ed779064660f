use actix_web::{HttpResponse, get, web};
use piao_domain::ids::TransitionId;
use piao_edge::caller::Role;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::IssuanceState;
use super::list_quotas::AllowanceView;
use crate::db;
use crate::db::quota_entry::{Cause, EntryRecord};

/// What went into a month's quota or out of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuotaEntryView {
    /// `granted`, `adjusted` or `used`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// The application that was granted or adjusted.
    application: Option<String>,
    /// The invoice that used it, 20 digits.
    invoice: Option<String>,
    /// Without tax, fen; negative where it was used or taken back.
    amount: i64,
    /// Invoices; negative where they were used or taken back.
    count: i64,
    /// What was left after it.
    left: AllowanceView,
    /// Of which block.
    height: u64,
    /// Block time, UTC seconds.
    time: i64,
}

/// List what the quota of an application's month was granted and used for, the oldest first, each with what was left.
///
/// All applications of an issuer's month are one quota: an invoice uses the month, not one of its grants. For the issuer
/// and bureaus.
#[utoipa::path(
    tag = "quota",
    params(("id" = String, Path, description = "The transition that applied, 64 hexadecimal digits"), ListQuery),
    responses((status = 200, description = "A page", body = List<QuotaEntryView>), ReadProblems)
)]
#[get("/v1/quotas/{id}/entries")]
pub(super) async fn list_quota_entries(
    state: web::Data<IssuanceState>,
    id: web::Path<String>,
    head: Head,
    page: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let id = TransitionId::parse_hex(&id).map_err(|_| Problem::not_found())?;
    let (limit, after) = (page.limit()?, page.after(str::parse::<u64>)?);
    let read = state.edge.read(async move |connection| {
        let found = db::quota_application::get_many(connection, &[id]).await?.remove(&id);
        let Some(record) = found else { return Ok(None) };
        let (issuer, month) = (record.application.issuer, record.application.month);
        let entries = db::quota_entry::list(connection, &issuer, month, after, limit + 1).await?;
        Ok(Some((issuer, entries)))
    });
    let (issuer, entries) = read.await?.ok_or_else(Problem::not_found)?;
    caller.may_know(caller.role() == Role::Bureau || caller.enterprise() == Some(&issuer))?;
    let list =
        List::page(entries, limit, |entry| entry.place.to_string(), |entry| QuotaEntryView::of(&entry));
    Ok(HttpResponse::Ok().json(list))
}

impl QuotaEntryView {
    fn of(entry: &EntryRecord) -> Self {
        let (kind, application, invoice) = match &entry.cause {
            Cause::Granted(id) => ("granted", Some(id.to_string()), None),
            Cause::Adjusted(id) => ("adjusted", Some(id.to_string()), None),
            Cause::Used(number) => ("used", None, Some(number.to_string())),
        };
        Self {
            kind,
            application,
            invoice,
            amount: entry.amount,
            count: entry.count,
            left: AllowanceView::of(entry.left),
            height: entry.height,
            time: entry.time.unix(),
        }
    }
}
