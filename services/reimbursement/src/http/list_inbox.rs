use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_domain::invoice::{Claim, Invoice};
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use piao_edge::audience::{Audience, Axes};
use piao_edge::follow::InvoiceRecord;
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{ForeseenRefusal, Language, Problem, form};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ReimbursementState;
use super::filters::{enterprise, read};
use super::inquiry::Inquiry;
use crate::db;
use crate::db::inbox::InboxFilter;
use crate::desk::{Desk, whole};

/// Which invoices of the inbox.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InboxQuery {
    /// Only this invoice, 20 digits.
    invoice: Option<String>,
    /// Only what this enterprise issued, `uscc:` and 18 characters.
    issuer: Option<String>,
}

/// An invoice that is presented to the caller or held by it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InboxItem {
    /// The invoice's number, 20 digits.
    invoice: String,
    /// How many accepted transitions the invoice has seen; its issue is 1.
    version: u64,
    /// Whether it is reimbursed in whole, for good.
    terminal: bool,
    /// Who issued it.
    issuer: String,
    /// Block time of its issue, UTC seconds.
    issued_at: i64,
    /// The enterprise that it names as buyer.
    buyer: Option<String>,
    /// Amount without tax, fen.
    amount: i64,
    /// Amount with tax, fen.
    total: i64,
    /// Where it stands, with the caller's own locks, live and ended.
    axes: Axes,
    /// Whether the caller holds it.
    held: bool,
    /// Whether it is presented to the caller.
    presented: bool,
    /// What the caller may sign about it now at this service, by transition type, as far as this service can tell.
    #[schema(value_type = Vec<String>)]
    allowed_actions: Vec<&'static str>,
    /// Why the caller may not lock it now; empty where it may. The ledger decides.
    lock_refusals: Vec<ForeseenRefusal>,
}

/// List the invoices that are presented to the calling enterprise or held by it, by rising number.
#[utoipa::path(
    tag = "inbox",
    params(ListQuery, InboxQuery),
    responses((status = 200, description = "A page", body = List<InboxItem>), ReadProblems)
)]
#[get("/v1/inbox")]
pub(super) async fn list_inbox(
    state: web::Data<ReimbursementState>,
    head: Head,
    list: web::Query<ListQuery>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let signer = *caller.enterprise().ok_or_else(Problem::forbidden)?;
    let (limit, after, filter) = (list.limit()?, list.after(InvoiceNumber::parse)?, query.filter()?);
    let read = state.edge.read(async move |connection| {
        let inquiry = Inquiry::read(connection, signer).await?;
        let invoices = db::inbox::list(connection, &signer, &filter, after.as_ref(), limit + 1).await?;
        Ok((inquiry, invoices))
    });
    let (inquiry, invoices) = read.await?;
    // The caller's key was found a moment ago, so the enterprise is there.
    let inquiry = inquiry.ok_or_else(Problem::not_found)?;
    let desk = inquiry.desk(signer, &caller, state.edge.now());
    let language = head.language();
    let number = |record: &InvoiceRecord| record.invoice.number.to_string();
    let page = List::page(invoices, limit, number, |record| {
        let audience = Audience::of(&caller, &record.invoice);
        audience.map(|audience| InboxItem::of(&record, &audience, &desk, language))
    });
    // Nothing is in an inbox that its owner may not know of.
    Ok(HttpResponse::Ok().json(page.known()))
}

impl InboxQuery {
    fn filter(&self) -> Result<InboxFilter, Problem> {
        Ok(InboxFilter {
            invoice: read("invoice", self.invoice.as_deref(), form::INVOICE_NUMBER, InvoiceNumber::parse)?,
            issuer: enterprise("issuer", self.issuer.as_deref())?,
        })
    }
}

impl InboxItem {
    fn of(record: &InvoiceRecord, audience: &Audience<'_>, desk: &Desk<'_>, language: Language) -> Self {
        let (invoice, signer, now) = (&record.invoice, desk.enterprise, desk.now);
        let (held, presented) = standing(invoice, &signer);
        let party = |uscc: &Uscc| PartyId::Enterprise(*uscc).to_string();
        let steps = whole(invoice, now).map(|request| desk.trace_lock(invoice, &request)).unwrap_or_default();
        let refusals = steps.iter().filter_map(|step| step.refused.as_ref());
        Self {
            invoice: invoice.number.to_string(),
            version: record.version,
            terminal: invoice.is_reimbursed(),
            issuer: party(&invoice.issuer),
            issued_at: invoice.issued_at.unix(),
            buyer: invoice.buyer.as_ref().map(party),
            amount: invoice.amount.get(),
            total: invoice.total.get(),
            axes: Axes::of(audience, now),
            held,
            presented,
            allowed_actions: desk.allowed(invoice),
            lock_refusals: refusals.map(|rejection| ForeseenRefusal::of(rejection, language)).collect(),
        }
    }
}

/// Whether an enterprise holds an invoice, and whether it is presented to it.
fn standing(invoice: &Invoice, enterprise: &Uscc) -> (bool, bool) {
    match &invoice.claim {
        Claim::Unclaimed => (false, false),
        Claim::Claimed { holder, presented_to } => {
            (holder.enterprise() == Some(enterprise), presented_to.contains(enterprise))
        }
    }
}
