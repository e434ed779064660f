use actix_web::{HttpResponse, get, web};
use piao_domain::number::InvoiceNumber;
use piao_edge::audience::Audience;
use piao_edge::follow;
use piao_edge::http::{Head, ReadProblems};
use piao_edge::problem::Problem;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::IssuanceState;
use super::invoice_view::InvoiceView;
use crate::db::invoice_content;
use crate::signer::Signer;

/// An invoice with what is written on it.
#[derive(Serialize, ToSchema)]
pub(super) struct WholeInvoice {
    #[serde(flatten)]
    invoice: InvoiceView,
    /// What is written on it: the body of its `invoice.issue`, as it was signed.
    #[schema(value_type = Object)]
    content: Box<RawValue>,
    /// What is sealed beside it, `{salt, data}`: for issuer, buyer and holder, where it was sent to this service and is
    /// not erased.
    #[schema(value_type = Option<Object>)]
    sealed: Option<Box<RawValue>>,
}

/// Read an invoice.
///
/// For its issuer, its named buyer, its holder, the enterprises that it is presented to or that locked it, and bureaus;
/// for everybody else it is not there.
#[utoipa::path(
    tag = "invoices",
    params(("number" = String, Path, description = "20 digits")),
    responses((status = 200, description = "The invoice", body = WholeInvoice), ReadProblems)
)]
#[get("/v1/invoices/{number}")]
pub(super) async fn get_invoice(
    state: web::Data<IssuanceState>,
    number: web::Path<String>,
    head: Head,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let number = InvoiceNumber::parse(&number).map_err(|_| Problem::not_found())?;
    let (asking, rules) = (caller.clone(), state.rules.clone());
    let read = state.edge.read(async move |connection| {
        let record = follow::get_invoice(connection, &number, asking.party()).await?;
        let content = invoice_content::get_many(connection, &[number]).await?.remove(&number);
        Ok((record.zip(content), Signer::load(connection, asking, &rules).await?))
    });
    let (found, signer) = read.await?;
    let (record, written) = found.ok_or_else(Problem::not_found)?;
    let audience = Audience::of(&caller, &record.invoice).ok_or_else(Problem::not_found)?;
    let sealed = if audience.may_unseal() && written.content.sealed_digest.is_some() {
        state.edge.sealed(record.invoice.issued_by, written.signed_at).await?
    } else {
        None
    };
    let raw = |text: String| {
        RawValue::from_string(text).map_err(|error| Problem::internal("writing an invoice", error))
    };
    let sealed = sealed.map(|sealed| serde_json::value::to_raw_value(&sealed)).transpose();
    Ok(HttpResponse::Ok().json(WholeInvoice {
        invoice: InvoiceView::of(&record, &audience, &signer, state.edge.now()),
        content: raw(written.body)?,
        sealed: sealed.map_err(|error| Problem::internal("writing sealed data", error))?,
    }))
}
