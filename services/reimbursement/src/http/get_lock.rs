use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_edge::caller::{Caller, Role};
use piao_edge::http::{Head, named_transition};
use piao_edge::problem::{Problem, ProblemDocument};

use super::ReimbursementState;
use super::lock_view::LockView;
use crate::db;
use crate::db::lock::LockRecord;

/// Read a lock: for its owner, the holder of its invoice, and bureaus. For anybody else it is not there.
#[utoipa::path(
    tag = "locks",
    params(("id" = String, Path, description = "The lock's id, 64 hexadecimal digits")),
    responses(
        (status = 200, description = "The lock", body = LockView),
        (status = 401, description = "No valid read token", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 404, description = "No such lock, or nothing of the caller's", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 422, description = "No lock's id", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "`behind` or `unavailable`", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
#[get("/v1/locks/{id}")]
pub(super) async fn get_lock(
    state: web::Data<ReimbursementState>,
    head: Head,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let id = named_transition(&id)?;
    let found = state.edge.read(async move |connection| db::lock::get(connection, &id).await).await?;
    let record = found.ok_or_else(Problem::not_found)?;
    caller.may_know(may_know(&caller, &record))?;
    Ok(HttpResponse::Ok().json(LockView::of(&record, state.edge.now())))
}

fn may_know(caller: &Caller, record: &LockRecord) -> bool {
    match caller.role() {
        Role::Bureau => true,
        Role::Node => false,
        Role::Enterprise | Role::Person => {
            caller.is(&PartyId::Enterprise(record.lock.enterprise))
                || record.invoice.holder().is_some_and(|holder| caller.is(holder))
        }
    }
}
