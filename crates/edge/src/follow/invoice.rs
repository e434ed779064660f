//! Invoices, as blocks make them: the domain's own `lapse` and `evolve` over rows loaded and written in bulk.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::invoice::Invoice;
use piao_domain::number::InvoiceNumber;
use piao_store::{Connection, StoreError};

use super::invoice_change::{Change, change};
use super::{Block, Projection};
use crate::db::{self, BrokenRow};

/// An invoice in a read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRecord {
    /// The invoice, with such locks as were asked for.
    pub invoice: Invoice,
    /// How many accepted transitions it has seen; its issue is 1.
    pub version: u64,
}

/// The projection of the services that answer questions about invoices. Needs the migrations of
/// [`crate::migrations::INVOICE`].
#[derive(Clone, Copy, Debug, Default)]
pub struct InvoiceProjection;

impl InvoiceProjection {
    /// Applies a block to invoices with all the locks that have not ended; those that it names are there, or new with
    /// it. Says which changed.
    ///
    /// # Errors
    /// [`StoreError::Data`] where the invoices are not those that the block was decided on.
    pub fn evolve(
        records: &mut BTreeMap<InvoiceNumber, InvoiceRecord>,
        block: &Block,
    ) -> Result<BTreeSet<InvoiceNumber>, StoreError> {
        Ok(apply(records, block)?)
    }
}

impl Projection for InvoiceProjection {
    fn name(&self) -> &'static str {
        "invoices"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["invoice", "invoice_presentation", "invoice_lock"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let named: BTreeSet<InvoiceNumber> =
                block.entries().iter().filter_map(|entry| entry.command().invoice()).collect();
            let named: Vec<InvoiceNumber> = named.into_iter().collect();
            let mut records = db::invoice::get_many(connection, &named).await?;
            db::invoice_lock::attach_unended(connection, &mut records).await?;
            let before = records.clone();
            let touched = apply(&mut records, block)?;
            let changed = touched.iter().filter_map(|number| records.get(number));
            let (old, new): (Vec<_>, Vec<_>) =
                changed.partition(|record| before.contains_key(&record.invoice.number));
            // Told apart, because an upsert of a row that is there costs twice an update of what changes in it.
            db::invoice::insert_many(connection, &new).await?;
            db::invoice::update_many(connection, &old).await?;
            // Most changes leave presentations as they were: those cost no statement.
            let presented = new.iter().chain(&old).copied().filter(|record| {
                let (before, now) = (before.get(&record.invoice.number), record.invoice.presented_to());
                before.map_or(!now.is_empty(), |before| before.invoice.presented_to() != now)
            });
            db::invoice_presentation::replace_many(connection, &presented.collect::<Vec<_>>()).await?;
            write_locks(connection, &before, new.iter().chain(&old).copied()).await
        }
        .boxed()
    }
}

/// Writes the locks that changed, then those that are new: one that ended makes room for the next.
async fn write_locks(
    connection: &mut Connection,
    before: &BTreeMap<InvoiceNumber, InvoiceRecord>,
    changed: impl Iterator<Item = &InvoiceRecord>,
) -> Result<(), StoreError> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for InvoiceRecord { invoice, version: _ } in changed {
        let known = before.get(&invoice.number).map(|record| &record.invoice.reimbursement.locks);
        for (id, lock) in &invoice.reimbursement.locks {
            match known.and_then(|known| known.get(id)) {
                None => new.push((invoice.number, *id, lock)),
                Some(known) if known != lock => old.push((invoice.number, *id, lock)),
                Some(_) => {}
            }
        }
    }
    db::invoice_lock::update_many(connection, &old).await?;
    db::invoice_lock::insert_many(connection, &new).await
}

/// Applies a block to the invoices that it names; says which changed.
fn apply(
    records: &mut BTreeMap<InvoiceNumber, InvoiceRecord>,
    block: &Block,
) -> Result<BTreeSet<InvoiceNumber>, BrokenRow> {
    let mut touched = BTreeSet::new();
    for entry in block.entries() {
        // Every transition on an invoice first ends the locks that are lapsed, also one that is then refused.
        if let Some(number) = entry.command().invoice()
            && let Some(record) = records.get_mut(&number)
            && let Some(lapsed) = record.invoice.lapse(block.time())
        {
            record.invoice = record.invoice.clone().evolve(lapsed);
            touched.insert(number);
        }
        let Some(effect) = entry.effect() else { continue };
        match change(entry, effect, block.time()) {
            Change::Nothing => {}
            Change::Issued(invoice) => {
                touched.insert(invoice.number);
                records.insert(invoice.number, InvoiceRecord { invoice: *invoice, version: 1 });
            }
            Change::Event(number, event) => {
                let Some(record) = records.remove(&number) else {
                    return Err(BrokenRow::new(
                        "invoice",
                        format!("{number} is missing and {} was accepted", name(entry.command())),
                    ));
                };
                let invoice = record.invoice.evolve(event);
                records.insert(number, InvoiceRecord { invoice, version: record.version + 1 });
                touched.insert(number);
            }
            Change::Impossible => {
                let what = format!("{} has an effect of another type", name(entry.command()));
                return Err(BrokenRow::new("invoice", what));
            }
        }
    }
    Ok(touched)
}

fn name(command: &Command) -> &'static str {
    command.kind().as_str()
}
