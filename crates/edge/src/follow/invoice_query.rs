//! What services ask of invoices, on a connection of theirs.

use std::collections::BTreeMap;

use piao_domain::ids::TransitionId;
use piao_domain::number::InvoiceNumber;
use piao_store::{Connection, StoreError};

use super::InvoiceRecord;
use crate::db;

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
