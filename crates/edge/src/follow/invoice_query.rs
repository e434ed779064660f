//! What services ask of invoices, on a connection of theirs.

use std::collections::BTreeMap;

use piao_domain::ids::{ClaimRef, PartyId, TransitionId};
use piao_domain::invoice::Lock;
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError};

use super::InvoiceRecord;
use crate::db;

/// One invoice with the locks that have not ended, and the last sixteen ended ones that the reader may know.
///
/// # Errors
/// [`StoreError`].
pub async fn get_invoice(
    connection: &mut Connection,
    number: &InvoiceNumber,
    reader: &PartyId,
) -> Result<Option<InvoiceRecord>, StoreError> {
    Ok(get_invoices(connection, std::slice::from_ref(number), reader).await?.remove(number))
}

/// Some invoices with the locks that have not ended, and the last sixteen ended ones that the reader may know: its own,
/// or anybody's where it is a bureau. In two statements.
///
/// # Errors
/// [`StoreError`].
pub async fn get_invoices(
    connection: &mut Connection,
    numbers: &[InvoiceNumber],
    reader: &PartyId,
) -> Result<BTreeMap<InvoiceNumber, InvoiceRecord>, StoreError> {
    let mut records = db::invoice::get_many(connection, numbers).await?;
    db::invoice_lock::attach_recent(connection, &mut records, reader).await?;
    Ok(records)
}

/// Some invoices with the locks that have not ended and those named, in three statements.
///
/// # Errors
/// [`StoreError`].
pub async fn get_invoices_with(
    connection: &mut Connection,
    numbers: &[InvoiceNumber],
    locks: &[TransitionId],
) -> Result<BTreeMap<InvoiceNumber, InvoiceRecord>, StoreError> {
    let mut records = db::invoice::get_many(connection, numbers).await?;
    db::invoice_lock::attach_unended(connection, &mut records).await?;
    db::invoice_lock::attach_named(connection, &mut records, locks).await?;
    Ok(records)
}

/// The lock for which an enterprise used a reference on an invoice before.
///
/// # Errors
/// [`StoreError`].
pub async fn find_reference(
    connection: &mut Connection,
    invoice: &InvoiceNumber,
    enterprise: &Uscc,
    reference: &ClaimRef,
) -> Result<Option<(TransitionId, Lock)>, StoreError> {
    db::invoice_lock::find_reference(connection, invoice, enterprise, reference).await
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
