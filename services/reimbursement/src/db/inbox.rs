//! An enterprise's inbox: the invoices presented to it or held by it.

use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::PartyId;
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use piao_edge::follow::{InvoiceRecord, get_invoices};
use piao_store::{Connection, StoreError, sql_query};

use super::NumberRow;

/// Which invoices of an inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InboxFilter {
    /// This one.
    pub(crate) invoice: Option<InvoiceNumber>,
    /// Issued by this enterprise.
    pub(crate) issuer: Option<Uscc>,
}

/// Up to `rows_max` invoices of an enterprise's inbox, by rising number, after one.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn list(
    connection: &mut Connection,
    enterprise: &Uscc,
    filter: &InboxFilter,
    after: Option<&InvoiceNumber>,
    rows_max: u32,
) -> Result<Vec<InvoiceRecord>, StoreError> {
    let held = branch("invoice AS own", "own.number", "own.holder = $2", "own.issuer", filter);
    // Only the invoice knows its issuer.
    let presented = match &filter.issuer {
        None => "invoice_presentation AS own",
        Some(_) => "invoice_presentation AS own JOIN invoice ON invoice.number = own.invoice",
    };
    let presented = branch(presented, "own.invoice", "own.enterprise = $1", "invoice.issuer", filter);
    let rows: Vec<NumberRow> =
        sql_query(format!("SELECT number FROM ({held} UNION {presented}) AS page ORDER BY number LIMIT $6"))
            .bind::<Text, _>(enterprise.as_str())
            .bind::<Text, _>(PartyId::Enterprise(*enterprise).to_string())
            .bind::<Text, _>(after.map(InvoiceNumber::as_str).unwrap_or_default())
            .bind::<Nullable<Text>, _>(filter.invoice.as_ref().map(InvoiceNumber::as_str))
            .bind::<Nullable<Text>, _>(filter.issuer.as_ref().map(Uscc::as_str))
            .bind::<BigInt, _>(i64::from(rows_max))
            .load(connection)
            .await
            .map_err(StoreError::on("listing an inbox"))?;
    let numbers = rows.into_iter().map(InvoiceNumber::try_from).collect::<Result<Vec<_>, _>>()?;
    let reader = PartyId::Enterprise(*enterprise);
    Ok(get_invoices(connection, &numbers, &reader).await?.into_values().collect())
}

/// One branch of the list, which stops after a page by an index of its own. What is not asked for stands in no text:
/// PostgreSQL may plan a text once for all parameters.
fn branch(from: &str, number: &str, condition: &str, issuer: &str, filter: &InboxFilter) -> String {
    let this = filter.invoice.map_or_else(|| "$4::text IS NULL".to_owned(), |_| format!("{number} = $4"));
    let issued = match filter.issuer {
        None => "$5::text IS NULL".to_owned(),
        Some(_) => format!("{issuer} = $5"),
    };
    format!(
        "(SELECT {number} AS number FROM {from} WHERE {condition} AND {number} > $3 AND {this} AND {issued} \
         ORDER BY {number} LIMIT $6)"
    )
}
