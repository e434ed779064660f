//! Table `invoice_history`: every decided transition that named an invoice.

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::command::Kind;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::number::InvoiceNumber;
use piao_domain::rejection::Code;
use piao_domain::time::Time;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column, signed};

const COLUMN: Column = Column("invoice_history");

const COLUMNS: &str = "number, place, transition, kind, party, code, height, time";

/// A transition that named an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HistoryRecord {
    /// The invoice.
    pub(crate) number: InvoiceNumber,
    /// The transition's entry in the log.
    pub(crate) place: u64,
    /// The transition.
    pub(crate) transition: TransitionId,
    /// Its type.
    pub(crate) kind: Kind,
    /// Who signed it.
    pub(crate) party: PartyId,
    /// Why it was refused, where it was.
    pub(crate) code: Option<Code>,
    /// Of which block.
    pub(crate) height: u64,
    /// Its time.
    pub(crate) time: Time,
}

/// Which part of an invoice's history somebody may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HistoryView {
    /// All of it.
    Everything,
    /// What was accepted, and what this party tried itself.
    AcceptedAndOwn(PartyId),
}

/// Writes new rows.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    records: &[HistoryRecord],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let ids = records.iter().map(|record| record.transition.as_bytes().as_slice()).collect::<Vec<_>>();
    sql_query(
        "INSERT INTO invoice_history (number, place, transition, kind, party, code, height, time) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<Array<Text>, _>(records.iter().map(|record| record.number.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(records.iter().map(|record| signed(record.place)).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(ids)
    .bind::<Array<Text>, _>(records.iter().map(|record| record.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(records.iter().map(|record| record.party.to_string()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        records.iter().map(|record| record.code.map(Code::as_str)).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(records.iter().map(|record| signed(record.height)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(records.iter().map(|record| record.time.unix()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing what happened to invoices"))?;
    Ok(())
}

/// What happened to an invoice, in order, after one entry.
pub(crate) async fn list(
    connection: &mut Connection,
    number: &InvoiceNumber,
    view: &HistoryView,
    after: Option<u64>,
    rows_max: u32,
) -> Result<Vec<HistoryRecord>, StoreError> {
    // Each part stops after a page by an index of its own, however often strangers were refused. What is asked for stands
    // in the text: PostgreSQL may plan a text once for all parameters.
    let part = |which: &str| {
        format!(
            "(SELECT {COLUMNS} FROM invoice_history WHERE number = $1 AND place > $2 AND {which} \
             ORDER BY place LIMIT $4)"
        )
    };
    let (refused, party) = match view {
        HistoryView::Everything => (part("code IS NOT NULL AND $3 = ''"), String::new()),
        HistoryView::AcceptedAndOwn(party) => (part("code IS NOT NULL AND party = $3"), party.to_string()),
    };
    let parts = format!("{} UNION ALL {refused}", part("code IS NULL"));
    let rows: Vec<Row> =
        sql_query(format!("SELECT {COLUMNS} FROM ({parts}) AS known ORDER BY place LIMIT $4"))
            .bind::<Text, _>(number.as_str())
            .bind::<BigInt, _>(after.map_or(0, signed))
            .bind::<Text, _>(party)
            .bind::<BigInt, _>(i64::from(rows_max))
            .load(connection)
            .await
            .map_err(StoreError::on("reading what happened to an invoice"))?;
    Ok(rows.into_iter().map(HistoryRecord::try_from).collect::<Result<_, _>>()?)
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Binary)]
    transition: Vec<u8>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    party: String,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = BigInt)]
    height: i64,
    #[diesel(sql_type = BigInt)]
    time: i64,
}

impl TryFrom<Row> for HistoryRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let code = row.code.map(|text| {
            let known = Code::ALL.iter().find(|code| code.as_str() == text);
            known.copied().ok_or_else(|| COLUMN.broken(format!("code {text}")))
        });
        Ok(Self {
            number: InvoiceNumber::parse(&row.number).map_err(|error| COLUMN.broken(error))?,
            place: COLUMN.unsigned(row.place)?,
            transition: COLUMN.id(&row.transition)?,
            kind: Kind::parse(&row.kind).ok_or_else(|| COLUMN.broken(format!("kind {}", row.kind)))?,
            party: PartyId::parse(&row.party).map_err(|error| COLUMN.broken(error))?,
            code: code.transpose()?,
            height: COLUMN.unsigned(row.height)?,
            time: Time::from_unix(row.time),
        })
    }
}
