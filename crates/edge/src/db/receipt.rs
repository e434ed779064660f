//! Table `receipt`: what became of transitions.

use std::ops::RangeInclusive;

use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::TransitionId;
use piao_domain::rejection::Code;
use piao_domain::time::Time;
use piao_protocol::digest::BlockHash;
use piao_protocol::outcome::{Outcome, outcome_json};
use piao_protocol::receipt::Receipt;
use piao_store::{Connection, StoreError, sql_query};
use serde_json::value::RawValue;

use super::{BrokenRow, bytes_32, journal, signed, unsigned};
use crate::submit::{Journalled, TransitionKey};

const TABLE: &str = "receipt";

/// A decided transition.
pub(crate) struct DecidedTransition<'a> {
    pub(crate) key: TransitionKey,
    pub(crate) party: String,
    pub(crate) receipt: &'a Receipt,
}

/// The receipts that are there among some transitions.
pub(crate) async fn find_among(
    connection: &mut Connection,
    keys: &[TransitionKey],
) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ReceiptRow> = sql_query(
        "SELECT id, code, detail, height, idx, block, time \
         FROM receipt JOIN UNNEST($1, $2) AS asked (day, id) USING (day, id)",
    )
    .bind::<Array<Integer>, _>(keys.iter().map(|key| key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(keys.iter().map(|key| key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .load(connection)
    .await
    .map_err(StoreError::on("looking for receipts"))?;
    Ok(rows.into_iter().map(Receipt::try_from).collect::<Result<_, _>>()?)
}

/// What is written down of a transition. The journal first: a receipt that comes in between is found after it.
pub(crate) async fn find(
    connection: &mut Connection,
    key: TransitionKey,
) -> Result<Option<Journalled>, StoreError> {
    let open = journal::is_open(connection, key).await?;
    let receipt = find_among(connection, &[key]).await?.into_iter().next();
    Ok(receipt.map(Journalled::Decided).or(open.then_some(Journalled::Open)))
}

/// What is written down of a transition that one party signed on some of these days; nothing of another party's.
pub(crate) async fn find_signed(
    connection: &mut Connection,
    id: TransitionId,
    days: RangeInclusive<i32>,
    signer: &str,
) -> Result<Option<Journalled>, StoreError> {
    // A probe a day, since the day comes first in the key.
    let rows: Vec<DayRow> = sql_query(
        "SELECT asked.day FROM generate_series($1, $2) AS asked (day) CROSS JOIN LATERAL ( \
             SELECT 1 FROM journal AS j WHERE j.day = asked.day AND j.id = $3 AND j.party = $4 UNION ALL \
             SELECT 1 FROM receipt AS r WHERE r.day = asked.day AND r.id = $3 AND r.party = $4 LIMIT 1 \
         ) AS found",
    )
    .bind::<Integer, _>(*days.start())
    .bind::<Integer, _>(*days.end())
    .bind::<Binary, _>(id.as_bytes().as_slice())
    .bind::<Text, _>(signer)
    .load(connection)
    .await
    .map_err(StoreError::on("looking for what a party signed"))?;
    match rows.into_iter().next() {
        Some(row) => find(connection, TransitionKey { day: row.day, id }).await,
        None => Ok(None),
    }
}

/// Writes receipts, and takes what they are of out of the journal. Writing a receipt again changes nothing.
pub(crate) async fn keep_many(
    connection: &mut Connection,
    decided: &[DecidedTransition<'_>],
) -> Result<(), StoreError> {
    if decided.is_empty() {
        return Ok(());
    }
    let decided = in_order(decided.iter().map(|row| (row.key, row)));
    let columns = Columns::of(decided.iter().map(|row| (row.key, row.receipt)))?;
    sql_query(
        "WITH closed AS (DELETE FROM journal AS j USING UNNEST($1, $2) AS gone (day, id) \
         WHERE j.day = gone.day AND j.id = gone.id) \
         INSERT INTO receipt (day, id, code, detail, height, idx, block, time, party) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (day, id) DO NOTHING",
    )
    .bind::<Array<Integer>, _>(columns.day)
    .bind::<Array<Binary>, _>(columns.id)
    .bind::<Array<Nullable<Text>>, _>(columns.code)
    .bind::<Array<Text>, _>(columns.detail)
    .bind::<Array<BigInt>, _>(columns.height)
    .bind::<Array<BigInt>, _>(columns.idx)
    .bind::<Array<Binary>, _>(columns.block)
    .bind::<Array<BigInt>, _>(columns.time)
    .bind::<Array<Text>, _>(decided.iter().map(|row| row.party.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing receipts"))?;
    Ok(())
}

/// Writes the receipts of what is in the journal, and takes that out of it; of the others nothing.
pub(crate) async fn keep_own(
    connection: &mut Connection,
    decided: &[(TransitionKey, &Receipt)],
) -> Result<(), StoreError> {
    if decided.is_empty() {
        return Ok(());
    }
    let decided = in_order(decided.iter().map(|row| (row.0, *row)));
    let columns = Columns::of(decided.into_iter())?;
    sql_query(
        "WITH closed AS (DELETE FROM journal AS j USING UNNEST($1, $2) AS gone (day, id) \
         WHERE j.day = gone.day AND j.id = gone.id RETURNING j.day, j.id, j.party) \
         INSERT INTO receipt (day, id, code, detail, height, idx, block, time, party) \
         SELECT new.*, closed.party FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8) \
         AS new (day, id, code, detail, height, idx, block, time) JOIN closed USING (day, id) \
         ON CONFLICT (day, id) DO NOTHING",
    )
    .bind::<Array<Integer>, _>(columns.day)
    .bind::<Array<Binary>, _>(columns.id)
    .bind::<Array<Nullable<Text>>, _>(columns.code)
    .bind::<Array<Text>, _>(columns.detail)
    .bind::<Array<BigInt>, _>(columns.height)
    .bind::<Array<BigInt>, _>(columns.idx)
    .bind::<Array<Binary>, _>(columns.block)
    .bind::<Array<BigInt>, _>(columns.time)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing receipts of one's own"))?;
    Ok(())
}

/// Rows by their keys: two transactions that take the same rows in the same order wait for each other and never in a ring.
fn in_order<T>(rows: impl Iterator<Item = (TransitionKey, T)>) -> Vec<T> {
    let mut rows = rows.collect::<Vec<_>>();
    rows.sort_unstable_by_key(|(key, _)| *key);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Receipts side by side, as `UNNEST` takes them.
#[derive(Default)]
struct Columns<'a> {
    day: Vec<i32>,
    id: Vec<&'a [u8]>,
    code: Vec<Option<&'static str>>,
    detail: Vec<String>,
    height: Vec<i64>,
    idx: Vec<i64>,
    block: Vec<&'a [u8]>,
    time: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(decided: impl Iterator<Item = (TransitionKey, &'a Receipt)>) -> Result<Self, BrokenRow> {
        let mut columns = Self::default();
        for (key, receipt) in decided {
            columns.day.push(key.day);
            columns.id.push(receipt.transition.as_bytes());
            columns.code.push(receipt.outcome.code().map(Code::as_str));
            columns.detail.push(detail_text(&receipt.outcome)?);
            columns.height.push(signed(receipt.height));
            columns.idx.push(signed(receipt.index));
            columns.block.push(receipt.block.as_bytes());
            columns.time.push(receipt.time.unix());
        }
        Ok(columns)
    }
}

#[derive(diesel::QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Integer)]
    day: i32,
}

#[derive(diesel::QueryableByName)]
struct ReceiptRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = BigInt)]
    height: i64,
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Binary)]
    block: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    time: i64,
}

impl TryFrom<ReceiptRow> for Receipt {
    type Error = BrokenRow;

    fn try_from(row: ReceiptRow) -> Result<Self, BrokenRow> {
        let verdict = if row.code.is_some() { "rejected" } else { "accepted" };
        let code = row.code.map_or_else(|| "null".to_owned(), |code| format!("\"{code}\""));
        let text = format!("{{\"code\":{code},\"detail\":{},\"outcome\":\"{verdict}\"}}", row.detail);
        Ok(Self {
            transition: TransitionId::new(bytes_32(TABLE, &row.id)?),
            outcome: Outcome::parse(&text).map_err(|error| BrokenRow::new(TABLE, error))?,
            height: unsigned(TABLE, row.height)?,
            index: unsigned(TABLE, row.idx)?,
            block: BlockHash::new(bytes_32(TABLE, &row.block)?),
            time: Time::from_unix(row.time),
        })
    }
}

/// The detail as the canonical JSON of the outcome holds it.
fn detail_text(outcome: &Outcome) -> Result<String, BrokenRow> {
    #[derive(serde::Deserialize)]
    struct Detail<'a> {
        #[serde(borrow)]
        detail: &'a RawValue,
    }
    let text = outcome_json(outcome);
    let members: Detail<'_> = serde_json::from_str(&text).map_err(|error| BrokenRow::new(TABLE, error))?;
    Ok(members.detail.get().to_owned())
}
