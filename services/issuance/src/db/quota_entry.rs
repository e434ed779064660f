//! Table `quota_entry`: what went into an issuer's month and out of it.

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::TransitionId;
use piao_domain::number::InvoiceNumber;
use piao_domain::rules::Allowance;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column, signed};

const COLUMN: Column = Column("quota_entry");
const COLUMNS: &str =
    "issuer, month, place, kind, application, invoice, amount, count, left_amount, left_count, height, time";

/// Why an issuer's month changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An application was granted, at once or by a bureau.
    Granted(TransitionId),
    /// A bureau changed what it had granted.
    Adjusted(TransitionId),
    /// An invoice was issued.
    Used(InvoiceNumber),
}

/// One change of an issuer's month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryRecord {
    /// Whose month.
    pub(crate) issuer: Uscc,
    /// Which month.
    pub(crate) month: Month,
    /// The transition's entry in the log.
    pub(crate) place: u64,
    /// Why.
    pub(crate) cause: Cause,
    /// Fen without tax, negative where they went out.
    pub(crate) amount: i64,
    /// Invoices, negative where they went out.
    pub(crate) count: i64,
    /// What was left after it.
    pub(crate) left: Allowance,
    /// Of which block.
    pub(crate) height: u64,
    /// Its time.
    pub(crate) time: Time,
}

/// Writes new entries.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    entries: &[EntryRecord],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let causes = || entries.iter().map(|entry| CauseColumns::of(&entry.cause));
    let numbers = |of: fn(&EntryRecord) -> i64| entries.iter().map(of).collect::<Vec<_>>();
    sql_query(format!(
        "INSERT INTO quota_entry ({COLUMNS}) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    ))
    .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.month.to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|entry| signed(entry.place)))
    .bind::<Array<Text>, _>(causes().map(|cause| cause.kind).collect::<Vec<_>>())
    .bind::<Array<Nullable<Binary>>, _>(causes().map(|cause| cause.application).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(causes().map(|cause| cause.invoice).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|entry| entry.amount))
    .bind::<Array<BigInt>, _>(numbers(|entry| entry.count))
    .bind::<Array<BigInt>, _>(numbers(|entry| entry.left.amount.get()))
    .bind::<Array<BigInt>, _>(numbers(|entry| i64::from(entry.left.count)))
    .bind::<Array<BigInt>, _>(numbers(|entry| signed(entry.height)))
    .bind::<Array<BigInt>, _>(numbers(|entry| entry.time.unix()))
    .execute(connection)
    .await
    .map_err(StoreError::on("writing quota entries"))?;
    Ok(())
}

/// Entries of an issuer's month in the order in which they happened, after one.
pub(crate) async fn list(
    connection: &mut Connection,
    issuer: &Uscc,
    month: Month,
    after: Option<u64>,
    rows_max: u32,
) -> Result<Vec<EntryRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM quota_entry WHERE issuer = $1 AND month = $2 AND place > $3 ORDER BY place LIMIT $4"
    ))
    .bind::<Text, _>(issuer.as_str())
    .bind::<Text, _>(month.to_string())
    .bind::<BigInt, _>(after.map_or(0, signed))
    .bind::<BigInt, _>(i64::from(rows_max))
    .load(connection)
    .await
    .map_err(StoreError::on("listing quota entries"))?;
    Ok(rows.into_iter().map(EntryRecord::try_from).collect::<Result<_, _>>()?)
}

struct CauseColumns<'a> {
    kind: &'static str,
    application: Option<&'a [u8]>,
    invoice: Option<&'a str>,
}

impl<'a> CauseColumns<'a> {
    fn of(cause: &'a Cause) -> Self {
        match cause {
            Cause::Granted(id) => {
                Self { kind: "granted", application: Some(id.as_bytes().as_slice()), invoice: None }
            }
            Cause::Adjusted(id) => {
                Self { kind: "adjusted", application: Some(id.as_bytes().as_slice()), invoice: None }
            }
            Cause::Used(number) => Self { kind: "used", application: None, invoice: Some(number.as_str()) },
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Text)]
    month: String,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Binary>)]
    application: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    invoice: Option<String>,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    left_amount: i64,
    #[diesel(sql_type = BigInt)]
    left_count: i64,
    #[diesel(sql_type = BigInt)]
    height: i64,
    #[diesel(sql_type = BigInt)]
    time: i64,
}

impl TryFrom<Row> for EntryRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let cause = match (row.kind.as_str(), &row.application, &row.invoice) {
            ("granted", Some(id), None) => Cause::Granted(COLUMN.id(id)?),
            ("adjusted", Some(id), None) => Cause::Adjusted(COLUMN.id(id)?),
            ("used", None, Some(number)) => {
                Cause::Used(InvoiceNumber::parse(number).map_err(|error| COLUMN.broken(error))?)
            }
            (kind, _, _) => return Err(COLUMN.broken(format!("kind {kind} with other columns"))),
        };
        Ok(Self {
            issuer: COLUMN.uscc(&row.issuer)?,
            month: COLUMN.month(&row.month)?,
            place: COLUMN.unsigned(row.place)?,
            cause,
            amount: row.amount,
            count: row.count,
            left: COLUMN.allowance(row.left_amount, row.left_count)?,
            height: COLUMN.unsigned(row.height)?,
            time: Time::from_unix(row.time),
        })
    }
}
