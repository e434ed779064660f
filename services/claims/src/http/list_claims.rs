use actix_web::{HttpResponse, get, web};
use piao_domain::admission::admit;
use piao_domain::command::{Command, Kind, Transition};
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::invoice::{Claim, HOLDERS_MAX, Invoice};
use piao_domain::number::InvoiceNumber;
use piao_domain::party::Party;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::audience::{Audience, Axes};
use piao_edge::caller::{Caller, Role};
use piao_edge::follow::{InvoiceRecord, get_signer};
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{Problem, form};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ClaimsState;
use crate::ClaimState;
use crate::db;
use crate::db::claim::ClaimFilter;

/// Which claims.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ClaimsQuery {
    /// Only the claim on this invoice, 20 digits.
    invoice: Option<String>,
    /// Only what is presented to this enterprise, `uscc:` and 18 characters.
    presented_to: Option<String>,
    /// `held`, `presented`, `locked` or `settled`.
    state: Option<String>,
}

/// An invoice that the caller holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClaimView {
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
    /// Amount with tax, fen: what may be reimbursed.
    total: i64,
    /// Where it stands.
    axes: Axes,
    /// `held`, `presented`, `locked` (by this service's clock; block time decides) or `settled`.
    #[schema(value_type = String)]
    state: &'static str,
    /// What the caller may sign about it now at this service, by transition type, as far as this service can tell.
    #[schema(value_type = Vec<String>)]
    allowed_actions: Vec<&'static str>,
}

/// List the invoices that the caller holds, by rising number.
#[utoipa::path(
    tag = "claims",
    params(ListQuery, ClaimsQuery),
    responses((status = 200, description = "A page", body = List<ClaimView>), ReadProblems)
)]
#[get("/v1/claims")]
pub(super) async fn list_claims(
    state: web::Data<ClaimsState>,
    head: Head,
    list: web::Query<ListQuery>,
    query: web::Query<ClaimsQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    caller.only(&[Role::Enterprise, Role::Person])?;
    let filter = query.filter()?;
    let (limit, after) = (list.limit()?, list.after(InvoiceNumber::parse)?);
    let (now, holder) = (state.edge.now(), caller.party().clone());
    let read = state.edge.read(async move |connection| {
        let party = get_signer(connection, &holder).await?;
        let claims = db::claim::list(connection, &holder, &filter, after.as_ref(), now, limit + 1).await?;
        Ok((party, claims))
    });
    let (party, claims) = read.await?;
    let holder = Holder { caller: &caller, party: party.as_ref(), now };
    let number = |record: &InvoiceRecord| record.invoice.number.to_string();
    // The list holds nothing but what the caller holds, and a holder may know of it.
    Ok(HttpResponse::Ok().json(List::page(claims, limit, number, |record| holder.view(&record)).known()))
}

impl ClaimsQuery {
    fn filter(&self) -> Result<ClaimFilter, Problem> {
        let invoice = self.invoice.as_deref().map(|text| {
            InvoiceNumber::parse(text)
                .map_err(|_| Problem::form("?invoice", form::INVOICE_NUMBER).found(text))
        });
        let presented_to = self.presented_to.as_deref().map(|text| {
            let party = PartyId::parse(text).ok().and_then(|party| party.enterprise().copied());
            party.ok_or_else(|| Problem::form("?presented_to", form::ENTERPRISE).found(text))
        });
        let state = self.state.as_deref().map(|text| {
            let known = ClaimState::ALL.map(ClaimState::as_str).join("|");
            ClaimState::parse(text).map_err(|_| Problem::schema("?state", known).found(text))
        });
        Ok(ClaimFilter {
            invoice: invoice.transpose()?,
            presented_to: presented_to.transpose()?,
            state: state.transpose()?,
        })
    }
}

/// Who looks, and when.
struct Holder<'a> {
    caller: &'a Caller,
    party: Option<&'a Party>,
    now: Time,
}

impl Holder<'_> {
    fn view(&self, record: &InvoiceRecord) -> Option<ClaimView> {
        let invoice = &record.invoice;
        let audience = Audience::of(self.caller, invoice)?;
        let party = |uscc: &Uscc| PartyId::Enterprise(*uscc).to_string();
        Some(ClaimView {
            invoice: invoice.number.to_string(),
            version: record.version,
            terminal: invoice.is_reimbursed(),
            issuer: party(&invoice.issuer),
            issued_at: invoice.issued_at.unix(),
            buyer: invoice.buyer.as_ref().map(party),
            amount: invoice.amount.get(),
            total: invoice.total.get(),
            axes: Axes::of(&audience, self.now),
            state: ClaimState::of(invoice, self.now).unwrap_or(ClaimState::Held).as_str(),
            allowed_actions: self.allowed(invoice),
        })
    }

    fn allowed(&self, invoice: &Invoice) -> Vec<&'static str> {
        let (signer, number) = (self.caller.party(), invoice.number);
        let present = Command::ClaimPresent { invoice: number, enterprise: invoice.issuer };
        let withdraw = Command::ClaimWithdraw { invoice: number, enterprise: invoice.issuer };
        let may_present = presented_to(invoice).count() < HOLDERS_MAX;
        let may_withdraw =
            presented_to(invoice).any(|enterprise| invoice.withdraw(signer, *enterprise, self.now).is_ok());
        let actions =
            [(may_present, Kind::ClaimPresent, present), (may_withdraw, Kind::ClaimWithdraw, withdraw)];
        let allowed = actions.into_iter().filter(|(may, _, _)| *may);
        allowed.filter_map(|(_, kind, command)| self.admits(command).then_some(kind.as_str())).collect()
    }

    /// Whether the guards that every transition meets first let the caller pass. Who is enrolled here is a party.
    fn admits(&self, command: Command) -> bool {
        let transition = Transition {
            id: TransitionId::new([0; 32]),
            signer: self.caller.party().clone(),
            key: self.caller.key(),
            issued_at: self.now,
            command,
        };
        admit(&transition, self.party, self.now, 0).is_ok()
    }
}

fn presented_to(invoice: &Invoice) -> impl Iterator<Item = &Uscc> {
    match &invoice.claim {
        Claim::Unclaimed => None,
        Claim::Claimed { holder: _, presented_to } => Some(presented_to),
    }
    .into_iter()
    .flatten()
}
