//! Table `invoice_presentation`: to whom invoices are presented, a row each, for lists in their order.

use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use crate::follow::InvoiceRecord;

/// Makes the presentations of some invoices what they are now.
pub(crate) async fn replace_many(
    connection: &mut Connection,
    records: &[&InvoiceRecord],
) -> Result<(), StoreError> {
    let (mut changed, mut invoices, mut enterprises) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        let number = record.invoice.number.as_str();
        changed.push(number);
        let presented_to = record.invoice.presented_to();
        invoices.extend(presented_to.iter().map(|_| number));
        enterprises.extend(presented_to.iter().map(Uscc::as_str));
    }
    if changed.is_empty() {
        return Ok(());
    }
    sql_query(
        "DELETE FROM invoice_presentation WHERE invoice = ANY($1) \
         AND (invoice, enterprise) NOT IN (SELECT * FROM UNNEST($2, $3))",
    )
    .bind::<Array<Text>, _>(changed)
    .bind::<Array<Text>, _>(&invoices)
    .bind::<Array<Text>, _>(&enterprises)
    .execute(connection)
    .await
    .map_err(StoreError::on("deleting presentations"))?;
    if invoices.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO invoice_presentation (invoice, enterprise) SELECT * FROM UNNEST($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<Text>, _>(&invoices)
    .bind::<Array<Text>, _>(&enterprises)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing presentations"))?;
    Ok(())
}
