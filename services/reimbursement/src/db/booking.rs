//! Bookings are rows of the edge's table `invoice` that name who booked.

use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::PartyId;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use piao_edge::follow::{InvoiceRecord, get_invoices};
use piao_store::{Connection, StoreError, sql_query};

use super::NumberRow;

/// Which of an enterprise's bookings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BookingFilter {
    /// Of this invoice.
    pub(crate) invoice: Option<InvoiceNumber>,
    /// In this state, the standard's two digits.
    pub(crate) state: Option<&'static str>,
    /// Dated into this month.
    pub(crate) month: Option<Month>,
}

/// Up to `rows_max` invoices that an enterprise booked last, by rising number, after one.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn list(
    connection: &mut Connection,
    enterprise: &Uscc,
    filter: &BookingFilter,
    after: Option<&InvoiceNumber>,
    rows_max: u32,
) -> Result<Vec<InvoiceRecord>, StoreError> {
    let rows: Vec<NumberRow> = sql_query(
        "SELECT number FROM invoice WHERE booking_enterprise = $1 AND number > $2 \
         AND ($3::text IS NULL OR number = $3) \
         AND ($4::text IS NULL OR booking = $4) \
         AND ($5::text IS NULL OR booking_month = $5) \
         ORDER BY number LIMIT $6",
    )
    .bind::<Text, _>(enterprise.as_str())
    .bind::<Text, _>(after.map(InvoiceNumber::as_str).unwrap_or_default())
    .bind::<Nullable<Text>, _>(filter.invoice.as_ref().map(InvoiceNumber::as_str))
    .bind::<Nullable<Text>, _>(filter.state)
    .bind::<Nullable<Text>, _>(filter.month.map(|month| month.to_string()))
    .bind::<BigInt, _>(i64::from(rows_max))
    .load(connection)
    .await
    .map_err(StoreError::on("listing bookings"))?;
    let numbers = rows.into_iter().map(InvoiceNumber::try_from).collect::<Result<Vec<_>, _>>()?;
    let reader = PartyId::Enterprise(*enterprise);
    Ok(get_invoices(connection, &numbers, &reader).await?.into_values().collect())
}
