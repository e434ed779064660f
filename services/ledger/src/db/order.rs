use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, SmallInt, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::ids::OrderRef;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::Stored;
use crate::LedgerError;

const ORDER: Stored = Stored("order_count");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = SmallInt)]
    invoices: i16,
}

/// Puts how many invoices each order has into the state.
pub(crate) async fn load_orders(
    connection: &mut Connection,
    state: &mut State,
    orders: &BTreeSet<(Uscc, OrderRef)>,
) -> Result<(), LedgerError> {
    if orders.is_empty() {
        return Ok(());
    }
    let (issuers, references): (Vec<_>, Vec<_>) =
        orders.iter().map(|(issuer, reference)| (issuer.as_str(), reference.as_str())).unzip();
    let rows: Vec<Row> = sql_query(
        "SELECT o.issuer, o.reference, o.invoices FROM UNNEST($1, $2) AS u (issuer, reference) \
         JOIN order_count o ON o.issuer = u.issuer AND o.reference = u.reference",
    )
    .bind::<Array<Text>, _>(&issuers)
    .bind::<Array<Text>, _>(&references)
    .load(connection)
    .await
    .map_err(StoreError::on("loading orders"))?;
    for row in rows {
        let key = (ORDER.enterprise(&row.issuer)?, ORDER.read(OrderRef::parse(&row.reference))?);
        state.orders.insert(key, ORDER.unsigned(row.invoices.into())?);
    }
    Ok(())
}

/// Writes how many invoices each order has.
pub(crate) async fn write_orders(
    connection: &mut Connection,
    state: &State,
    touched: &BTreeSet<(Uscc, OrderRef)>,
) -> Result<(), LedgerError> {
    if touched.is_empty() {
        return Ok(());
    }
    let counts = touched.iter().map(|order| i16::from(state.orders.get(order).copied().unwrap_or(0)));
    sql_query(
        "INSERT INTO order_count (issuer, reference, invoices) SELECT * FROM UNNEST($1, $2, $3) \
         ON CONFLICT (issuer, reference) DO UPDATE SET invoices = excluded.invoices",
    )
    .bind::<Array<Text>, _>(touched.iter().map(|(issuer, _)| issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(touched.iter().map(|(_, reference)| reference.as_str()).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(counts.collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing orders"))?;
    Ok(())
}
