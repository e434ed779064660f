//! Claims are rows of the edge's table `invoice` that have a holder.

use diesel::result::Error as QueryError;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::PartyId;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::follow::{InvoiceRecord, get_invoices};
use piao_store::{Connection, StoreError, sql_query};

use crate::ClaimState;

/// Which of a holder's claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimFilter {
    /// On this invoice.
    pub(crate) invoice: Option<InvoiceNumber>,
    /// Presented to this enterprise.
    pub(crate) presented_to: Option<Uscc>,
    /// In this state.
    pub(crate) state: Option<ClaimState>,
}

/// The same states as [`ClaimState::of`] tells, written a second time; $6 is now.
const STATE: &str = "CASE \
    WHEN EXISTS (SELECT 1 FROM invoice_lock l WHERE l.invoice = i.number AND l.ended IS NULL \
        AND (l.lease_until > $6 OR (i.booking IN ('02', '03') AND i.booking_enterprise = l.enterprise))) \
        THEN 'locked' \
    WHEN i.settled_by IS NOT NULL THEN 'settled' \
    WHEN cardinality(i.presented_to) = 0 THEN 'held' \
    ELSE 'presented' END";

/// Up to `rows_max` claims of a holder, by rising invoice number, after one.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn list(
    connection: &mut Connection,
    holder: &PartyId,
    filter: &ClaimFilter,
    after: Option<&InvoiceNumber>,
    now: Time,
    rows_max: u32,
) -> Result<Vec<InvoiceRecord>, StoreError> {
    let sql = format!(
        "SELECT i.number FROM invoice i WHERE i.holder = $1 AND i.number > $2 \
         AND ($3::text IS NULL OR i.number = $3) \
         AND ($4::text IS NULL OR i.presented_to @> ARRAY[$4]) \
         AND ($5::text IS NULL OR $5 = {STATE}) \
         ORDER BY i.number LIMIT $7"
    );
    let rows: Vec<NumberRow> = sql_query(sql)
        .bind::<Text, _>(holder.to_string())
        .bind::<Text, _>(after.map(InvoiceNumber::as_str).unwrap_or_default())
        .bind::<Nullable<Text>, _>(filter.invoice.as_ref().map(InvoiceNumber::as_str))
        .bind::<Nullable<Text>, _>(filter.presented_to.as_ref().map(Uscc::as_str))
        .bind::<Nullable<Text>, _>(filter.state.map(ClaimState::as_str))
        .bind::<BigInt, _>(now.unix())
        .bind::<BigInt, _>(i64::from(rows_max))
        .load(connection)
        .await
        .map_err(StoreError::on("listing claims"))?;
    let numbers = rows.into_iter().map(InvoiceNumber::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(get_invoices(connection, &numbers, holder).await?.into_values().collect())
}

#[derive(diesel::QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Text)]
    number: String,
}

impl TryFrom<NumberRow> for InvoiceNumber {
    type Error = StoreError;

    fn try_from(row: NumberRow) -> Result<Self, StoreError> {
        Self::parse(&row.number).map_err(|broken| {
            StoreError::on("reading a row of table invoice")(QueryError::DeserializationError(Box::new(
                broken,
            )))
        })
    }
}
