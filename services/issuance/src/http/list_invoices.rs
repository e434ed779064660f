use actix_web::{HttpResponse, get, web};
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Month;
use piao_edge::audience::Audience;
use piao_edge::caller::{Caller, Role};
use piao_edge::follow::{InvoiceRecord, get_invoices};
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{Problem, ProblemCode, Reason, form};
use piao_protocol::json::Flaw;
use serde::Deserialize;
use utoipa::IntoParams;

use super::IssuanceState;
use super::invoice_view::InvoiceView;
use crate::db::invoice_index::{self, IndexFilter, Relation, Whose};
use crate::signer::Signer;

/// Which invoices.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InvoicesQuery {
    /// What the caller is to them: `issuer`, `buyer`, `holder`, `presented` or `reimburser` (it has or had a lock, settled
    /// ones included); any of these where absent. A bureau sees all invoices and has no role.
    role: Option<String>,
    /// Issued in this month, `YYYY-MM`.
    month: Option<String>,
    /// Whose numbers begin with these digits, at most 20.
    number: Option<String>,
}

/// List invoices by rising number: to a bureau all, to everybody else those that it issued, is named on as buyer, holds,
/// is presented with, or has or had locked.
#[utoipa::path(
    tag = "invoices",
    params(ListQuery, InvoicesQuery),
    responses((status = 200, description = "A page", body = List<InvoiceView>), ReadProblems)
)]
#[get("/v1/invoices")]
pub(super) async fn list_invoices(
    state: web::Data<IssuanceState>,
    head: Head,
    query: web::Query<InvoicesQuery>,
    page: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let (filter, limit, after) = (query.filter(&caller)?, page.limit()?, page.after(InvoiceNumber::parse)?);
    let (asking, rules) = (caller.clone(), state.rules.clone());
    let read = state.edge.read(async move |connection| {
        let numbers = invoice_index::list(connection, &filter, after.as_ref(), limit + 1).await?;
        let records = get_invoices(connection, &numbers, asking.party()).await?;
        Ok((records.into_values().collect::<Vec<_>>(), Signer::load(connection, asking, &rules).await?))
    });
    let (records, signer) = read.await?;
    let now = state.edge.now();
    let key = |record: &InvoiceRecord| record.invoice.number.to_string();
    let list = List::page(records, limit, key, |record| {
        let audience = Audience::of(&caller, &record.invoice);
        audience.map(|audience| InvoiceView::of(&record, &audience, &signer, now))
    });
    // The filter lets nothing pass that the caller may not know of.
    Ok(HttpResponse::Ok().json(list.known()))
}

impl InvoicesQuery {
    fn filter(&self, caller: &Caller) -> Result<IndexFilter, Problem> {
        caller.only(&[Role::Bureau, Role::Enterprise, Role::Person])?;
        let month = self.month.as_deref().map(Month::parse).transpose();
        let month = month.map_err(|_| Problem::form("?month", form::MONTH))?;
        let prefix = self.number.clone().unwrap_or_default();
        if prefix.len() > 20 || !prefix.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Problem::form("?number", form::NUMBER_PREFIX).found(prefix));
        }
        Ok(IndexFilter { whose: self.whose(caller)?, month, prefix })
    }

    fn whose(&self, caller: &Caller) -> Result<Whose, Problem> {
        let relations = match self.role.as_deref() {
            None if caller.role() == Role::Bureau => return Ok(Whose::All),
            Some(role) if caller.role() == Role::Bureau => {
                let unwanted = Reason::Flaw(Flaw::Unwanted);
                return Err(Problem::new(ProblemCode::Schema).because("?role", unwanted).found(role));
            }
            None => vec![
                Relation::Issuer,
                Relation::Buyer,
                Relation::Holder,
                Relation::Presented,
                Relation::Reimburser,
            ],
            Some("issuer") => vec![Relation::Issuer],
            Some("buyer") => vec![Relation::Buyer],
            Some("holder") => vec![Relation::Holder],
            Some("presented") => vec![Relation::Presented],
            Some("reimburser") => vec![Relation::Reimburser],
            Some(other) => {
                return Err(Problem::schema("?role", "issuer|buyer|holder|presented|reimburser").found(other));
            }
        };
        Ok(Whose::Of(caller.party().clone(), relations))
    }
}
