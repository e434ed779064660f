//! An enterprise's locks: rows of the edge's table `invoice_lock`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::{ClaimRef, Malformed, TransitionId};
use piao_domain::invoice::{Invoice, Lock};
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::follow::{get_invoices_with, invoice_of_lock};
use piao_store::{Connection, StoreError, sql_query};

use super::broken;
use crate::LockFilter;

/// Where a lock stands in the order of lists: by invoice, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LockPlace {
    /// On which invoice.
    pub(crate) invoice: InvoiceNumber,
    /// The transition that made it.
    pub(crate) id: TransitionId,
}

/// A lock with the invoice that it is or was on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockRecord {
    /// Its id.
    pub(crate) id: TransitionId,
    /// The lock.
    pub(crate) lock: Lock,
    /// The invoice, with what has not ended of its locks. One for all of its locks in a list.
    pub(crate) invoice: Arc<Invoice>,
}

/// Which of an enterprise's locks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LocksWanted {
    /// By where they stand.
    pub(crate) state: Option<LockFilter>,
    /// On this invoice.
    pub(crate) invoice: Option<InvoiceNumber>,
    /// With this reference.
    pub(crate) claim_ref: Option<ClaimRef>,
}

/// The states of [`crate::LockState`], written a second time; $7 is now.
const LIVE: &str = "(l.ended IS NULL AND (l.lease_until > $7 \
    OR (i.booking IN ('02', '03') AND i.booking_enterprise = l.enterprise)))";

impl LockPlace {
    /// Reads what `Display` writes.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let (invoice, id) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self { invoice: InvoiceNumber::parse(invoice)?, id: TransitionId::parse_hex(id)? })
    }
}

impl fmt::Display for LockPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.invoice, self.id)
    }
}

impl LockRecord {
    /// Its place in lists.
    pub(crate) fn place(&self) -> LockPlace {
        LockPlace { invoice: self.invoice.number, id: self.id }
    }
}

/// One lock.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn get(
    connection: &mut Connection,
    id: &TransitionId,
) -> Result<Option<LockRecord>, StoreError> {
    let Some(number) = invoice_of_lock(connection, id).await? else { return Ok(None) };
    let record = get_invoices_with(connection, &[number], &[*id]).await?.remove(&number);
    Ok(record.and_then(|record| {
        let lock = record.invoice.reimbursement.locks.get(id).cloned();
        lock.map(|lock| LockRecord { id: *id, lock, invoice: Arc::new(record.invoice) })
    }))
}

/// Up to `rows_max` locks of an enterprise, by invoice and id, after one.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn list(
    connection: &mut Connection,
    enterprise: &Uscc,
    wanted: &LocksWanted,
    after: Option<&LockPlace>,
    now: Time,
    rows_max: u32,
) -> Result<Vec<LockRecord>, StoreError> {
    let sql = format!(
        "SELECT l.invoice, l.lock FROM invoice_lock l JOIN invoice i ON i.number = l.invoice \
         WHERE l.enterprise = $1 AND (l.invoice, l.lock) > ($2, $3) \
         AND ($4::text IS NULL OR l.invoice = $4) \
         AND ($5::text IS NULL OR l.claim_ref = $5) \
         AND CASE $6::text WHEN 'live' THEN {LIVE} WHEN 'ended' THEN NOT {LIVE} \
             WHEN 'lapsed' THEN NOT {LIVE} AND COALESCE(l.ended, 'lapsed') = 'lapsed' ELSE true END \
         ORDER BY l.invoice, l.lock LIMIT $8"
    );
    let first_id = after.map(|place| place.id.as_bytes().to_vec()).unwrap_or_default();
    let rows: Vec<Row> = sql_query(sql)
        .bind::<Text, _>(enterprise.as_str())
        .bind::<Text, _>(after.map(|place| place.invoice.to_string()).unwrap_or_default())
        .bind::<Binary, _>(first_id)
        .bind::<Nullable<Text>, _>(wanted.invoice.as_ref().map(InvoiceNumber::as_str))
        .bind::<Nullable<Text>, _>(wanted.claim_ref.as_ref().map(ClaimRef::as_str))
        .bind::<Nullable<Text>, _>(wanted.state.map(LockFilter::as_str))
        .bind::<BigInt, _>(now.unix())
        .bind::<BigInt, _>(i64::from(rows_max))
        .load(connection)
        .await
        .map_err(StoreError::on("listing locks"))?;
    let places = rows.into_iter().map(LockPlace::try_from).collect::<Result<Vec<_>, _>>()?;
    let mut numbers: Vec<InvoiceNumber> = places.iter().map(|place| place.invoice).collect();
    numbers.dedup();
    let ids: Vec<TransitionId> = places.iter().map(|place| place.id).collect();
    let records = get_invoices_with(connection, &numbers, &ids).await?;
    let invoices: BTreeMap<_, _> =
        records.into_iter().map(|(number, record)| (number, Arc::new(record.invoice))).collect();
    let found = places.into_iter().filter_map(|place| {
        let invoice = Arc::clone(invoices.get(&place.invoice)?);
        let lock = invoice.reimbursement.locks.get(&place.id)?.clone();
        Some(LockRecord { id: place.id, lock, invoice })
    });
    Ok(found.collect())
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    invoice: String,
    #[diesel(sql_type = Binary)]
    lock: Vec<u8>,
}

impl TryFrom<Row> for LockPlace {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let id = <[u8; 32]>::try_from(row.lock.as_slice()).map_err(broken("invoice_lock"))?;
        let invoice = InvoiceNumber::parse(&row.invoice).map_err(broken("invoice_lock"))?;
        Ok(Self { invoice, id: TransitionId::new(id) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_nothing_else_is() {
        let place = LockPlace {
            invoice: InvoiceNumber::parse("26950000000000000001").unwrap(),
            id: TransitionId::new([7; 32]),
        };
        let check = |text: &str, expect: Option<LockPlace>| {
            assert_eq!(LockPlace::parse(text).ok(), expect, "{text:?}");
        };
        check(&place.to_string(), Some(place));
        check(place.invoice.as_str(), None);
        check(&format!("{place}0"), None);
        check(&place.to_string().to_uppercase().replace('7', "A"), None);
        check("", None);
        check("/", None);
    }
}
