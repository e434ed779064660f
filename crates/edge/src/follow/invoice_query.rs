//! What services ask of invoices, on a connection of theirs.

use std::collections::BTreeMap;

use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError};

use super::InvoiceRecord;
use crate::db;

/// Whose invoices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvoiceFilter {
    /// Issued by.
    Issuer(Uscc),
    /// Naming as buyer.
    Buyer(Uscc),
    /// Held by.
    Holder(PartyId),
    /// Presented to.
    PresentedTo(Uscc),
    /// Locked by, now or once.
    LockOwner(Uscc),
    /// All of them: for a bureau.
    Everything,
}

/// One invoice with every lock that it has or had.
///
/// # Errors
/// [`StoreError`].
pub async fn get_invoice(
    connection: &mut Connection,
    number: &InvoiceNumber,
) -> Result<Option<InvoiceRecord>, StoreError> {
    Ok(get_invoices(connection, std::slice::from_ref(number)).await?.remove(number))
}

/// Some invoices with every lock that they have or had, in two statements.
///
/// # Errors
/// [`StoreError`].
pub async fn get_invoices(
    connection: &mut Connection,
    numbers: &[InvoiceNumber],
) -> Result<BTreeMap<InvoiceNumber, InvoiceRecord>, StoreError> {
    let mut records = db::invoice::get_many(connection, numbers).await?;
    db::invoice_lock::attach_all(connection, &mut records).await?;
    Ok(records)
}

/// Up to `rows_max` invoices that a filter lets pass, by rising number, after one.
///
/// # Errors
/// [`StoreError`].
pub async fn list_invoices(
    connection: &mut Connection,
    filter: &InvoiceFilter,
    after: Option<&InvoiceNumber>,
    rows_max: u32,
) -> Result<Vec<InvoiceRecord>, StoreError> {
    let numbers = db::invoice::list(connection, filter, after, rows_max).await?;
    Ok(get_invoices(connection, &numbers).await?.into_values().collect())
}

/// The invoice that a lock is or was on.
///
/// # Errors
/// [`StoreError`].
pub async fn invoice_of_lock(
    connection: &mut Connection,
    lock: &TransitionId,
) -> Result<Option<InvoiceNumber>, StoreError> {
    db::invoice_lock::invoice_of(connection, lock).await
}
