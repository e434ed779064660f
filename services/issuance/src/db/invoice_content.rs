//! Table `invoice_content`: what is written on invoices.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::command::{Command, Kind};
use piao_domain::content::Content;
use piao_domain::ids::OrderRef;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;
use piao_protocol::body;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column};

const COLUMN: Column = Column("invoice_content");

/// What is written on an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentRecord {
    /// When the issuer signed it, by its own clock: sealed data is found by this day.
    pub(crate) signed_at: Time,
    /// The body of the `invoice.issue`, as it was signed.
    pub(crate) body: String,
    /// The same, read.
    pub(crate) content: Content,
}

/// What is written for an invoice that is new.
#[derive(Clone, Debug)]
pub(crate) struct NewContent<'a> {
    pub(crate) issuer: Uscc,
    pub(crate) month: Month,
    pub(crate) signed_at: Time,
    pub(crate) content: &'a Content,
    pub(crate) body: &'a str,
}

/// Writes what is on new invoices.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    contents: &[NewContent<'_>],
) -> Result<(), StoreError> {
    if contents.is_empty() {
        return Ok(());
    }
    let orders = contents.iter().map(|one| one.content.order.as_ref().map(|order| order.reference.as_str()));
    sql_query(
        "INSERT INTO invoice_content (number, issuer, month, order_reference, signed_at, body) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<Text>, _>(contents.iter().map(|one| one.content.number.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(contents.iter().map(|one| one.issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(contents.iter().map(|one| one.month.to_string()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(orders.collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(contents.iter().map(|one| one.signed_at.unix()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(contents.iter().map(|one| one.body).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing what is on invoices"))?;
    Ok(())
}

/// What is on some invoices.
pub(crate) async fn get_many(
    connection: &mut Connection,
    numbers: &[InvoiceNumber],
) -> Result<BTreeMap<InvoiceNumber, ContentRecord>, StoreError> {
    let rows: Vec<Row> =
        sql_query("SELECT number, signed_at, body FROM invoice_content WHERE number = ANY($1)")
            .bind::<Array<Text>, _>(numbers.iter().map(InvoiceNumber::as_str).collect::<Vec<_>>())
            .load(connection)
            .await
            .map_err(StoreError::on("reading what is on invoices"))?;
    let records = rows.into_iter().map(ContentRecord::try_from);
    Ok(records
        .map(|record| record.map(|record| (record.content.number, record)))
        .collect::<Result<_, _>>()?)
}

/// How many invoices an issuer issued under an order, counted up to 255.
pub(crate) async fn count_order(
    connection: &mut Connection,
    issuer: &Uscc,
    order: &OrderRef,
) -> Result<u8, StoreError> {
    let row: CountRow = sql_query(
        "SELECT count(*) AS count FROM ( \
             SELECT FROM invoice_content WHERE issuer = $1 AND order_reference = $2 LIMIT 255 \
         ) AS counted",
    )
    .bind::<Text, _>(issuer.as_str())
    .bind::<Text, _>(order.as_str())
    .get_result(connection)
    .await
    .map_err(StoreError::on("counting the invoices of an order"))?;
    Ok(COLUMN.unsigned(row.count)?)
}

#[derive(diesel::QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    signed_at: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

impl TryFrom<Row> for ContentRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let read =
            body::parse(Kind::InvoiceIssue.as_str(), &row.body).map_err(|error| COLUMN.broken(error))?;
        match read.into_command() {
            Command::InvoiceIssue(content) if content.number.as_str() == row.number => {
                let signed_at = Time::from_unix(row.signed_at);
                Ok(Self { signed_at, body: row.body, content: *content })
            }
            other => Err(COLUMN.broken(format!("{} holds another {}", row.number, other.kind().as_str()))),
        }
    }
}
