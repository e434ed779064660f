//! Table `submission`: what this service took and what became of it.

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

use super::{BrokenRow, bytes_32, signed, unsigned};
use crate::submit::{Journalled, TransitionKey};

const TABLE: &str = "submission";

/// A transition that is written down for the first time.
pub(crate) struct NewSubmission<'a> {
    pub(crate) key: TransitionKey,
    pub(crate) kind: &'static str,
    pub(crate) party: String,
    pub(crate) jws: &'a str,
}

/// A decided transition of one of this service's kinds, wherever it was submitted.
pub(crate) struct DecidedSubmission<'a> {
    pub(crate) key: TransitionKey,
    pub(crate) kind: &'static str,
    pub(crate) party: String,
    pub(crate) receipt: &'a Receipt,
}

/// An open row that is published once more.
pub(crate) struct Due {
    pub(crate) id: TransitionId,
    pub(crate) jws: String,
}

/// Writes down what is not there yet. A crash before the commit: nobody was told anything. After: the sweeper of the
/// next start publishes it.
///
/// Returns how many rows are new.
pub(crate) async fn open_many(
    connection: &mut Connection,
    new: &[NewSubmission<'_>],
    publish_at: Time,
) -> Result<usize, StoreError> {
    sql_query(
        "INSERT INTO submission (day, id, kind, party, jws, publish_at, publishes) \
         SELECT day, id, kind, party, jws, $6, 1 \
         FROM UNNEST($1, $2, $3, $4, $5) AS new (day, id, kind, party, jws) \
         ON CONFLICT (day, id) DO NOTHING",
    )
    .bind::<Array<Integer>, _>(new.iter().map(|row| row.key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(new.iter().map(|row| row.key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|row| row.kind).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|row| row.party.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|row| row.jws).collect::<Vec<_>>())
    .bind::<BigInt, _>(publish_at.unix())
    .execute(connection)
    .await
    .map_err(StoreError::on("journalling transitions"))
}

/// The receipts that are there among some transitions.
pub(crate) async fn receipts_among(
    connection: &mut Connection,
    keys: &[TransitionKey],
) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ReceiptRow> = sql_query(
        "SELECT id, outcome, code, detail, height, idx, block, time \
         FROM submission JOIN UNNEST($1, $2) AS asked (day, id) USING (day, id) \
         WHERE outcome IS NOT NULL",
    )
    .bind::<Array<Integer>, _>(keys.iter().map(|key| key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(keys.iter().map(|key| key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .load(connection)
    .await
    .map_err(StoreError::on("looking for receipts"))?;
    Ok(rows.into_iter().map(Receipt::try_from).collect::<Result<_, _>>()?)
}

/// What is written down of a transition.
pub(crate) async fn find(
    connection: &mut Connection,
    key: TransitionKey,
) -> Result<Option<Journalled>, StoreError> {
    if let Some(receipt) = receipts_among(connection, &[key]).await?.into_iter().next() {
        return Ok(Some(Journalled::Decided(receipt)));
    }
    let open: CountRow =
        sql_query("SELECT count(*) AS rows FROM submission WHERE day = $1 AND id = $2 AND outcome IS NULL")
            .bind::<Integer, _>(key.day)
            .bind::<Binary, _>(key.id.as_bytes().as_slice())
            .get_result(connection)
            .await
            .map_err(StoreError::on("looking for an open transition"))?;
    Ok((open.rows > 0).then_some(Journalled::Open))
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
        "SELECT asked.day FROM generate_series($1, $2) AS asked (day) CROSS JOIN LATERAL \
         (SELECT 1 FROM submission AS s WHERE s.day = asked.day AND s.id = $3 AND s.party = $4 LIMIT 1) AS found",
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

/// Writes receipts, into open rows and as new rows; a row's bytes go when its receipt comes. Writing a receipt again
/// changes nothing.
pub(crate) async fn decide_many(
    connection: &mut Connection,
    decided: &[DecidedSubmission<'_>],
) -> Result<(), StoreError> {
    if decided.is_empty() {
        return Ok(());
    }
    let receipts = || decided.iter().map(|row| row.receipt);
    let details =
        decided.iter().map(|row| detail_text(&row.receipt.outcome)).collect::<Result<Vec<_>, _>>()?;
    sql_query(
        "INSERT INTO submission (day, id, kind, party, outcome, code, detail, height, idx, block, time) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (day, id) DO UPDATE SET jws = NULL, publish_at = NULL, publishes = NULL, \
         outcome = excluded.outcome, code = excluded.code, detail = excluded.detail, height = excluded.height, \
         idx = excluded.idx, block = excluded.block, time = excluded.time \
         WHERE submission.outcome IS NULL",
    )
    .bind::<Array<Integer>, _>(decided.iter().map(|row| row.key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(decided.iter().map(|row| row.key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(decided.iter().map(|row| row.kind).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(decided.iter().map(|row| row.party.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(receipts().map(|receipt| verdict_text(&receipt.outcome)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        receipts().map(|receipt| receipt.outcome.code().map(Code::as_str)).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(details)
    .bind::<Array<BigInt>, _>(receipts().map(|receipt| signed(receipt.height)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(receipts().map(|receipt| signed(receipt.index)).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(receipts().map(|receipt| receipt.block.as_bytes().as_slice()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(receipts().map(|receipt| receipt.time.unix()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing receipts"))?;
    Ok(())
}

/// Takes open rows whose time to be published again has come, and sets their next: twice as far each time, at most a
/// minute while its signature is still in time, and at most an hour after that: a ledger or a broker that comes back
/// must not find it stale because it was waiting here. Two sweepers never take the same row at once.
pub(crate) async fn take_due(
    connection: &mut Connection,
    now: Time,
    pause_seconds: i32,
    rows_max: i64,
) -> Result<Vec<Due>, StoreError> {
    let rows: Vec<JwsRow> = sql_query(
        "UPDATE submission SET publishes = LEAST(publishes + 1, 1000), \
         publish_at = $1 + CASE WHEN publishes < 20 THEN LEAST(60, $2::int8 << LEAST(publishes, 10)) \
         ELSE LEAST(3600, 60::int8 << LEAST(publishes - 19, 6)) END \
         WHERE (day, id) IN (SELECT day, id FROM submission WHERE outcome IS NULL AND publish_at <= $1 \
         ORDER BY publish_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING id, jws",
    )
    .bind::<BigInt, _>(now.unix())
    .bind::<Integer, _>(pause_seconds)
    .bind::<BigInt, _>(rows_max)
    .load(connection)
    .await
    .map_err(StoreError::on("taking open transitions to publish again"))?;
    rows.into_iter().map(|row| row.due().map_err(StoreError::from)).collect()
}

/// Makes every open row due at once: what a start does, since a crash may have come between commit and publish.
pub(crate) async fn make_all_due(connection: &mut Connection, now: Time) -> Result<usize, StoreError> {
    sql_query("UPDATE submission SET publish_at = $1 WHERE outcome IS NULL AND publish_at > $1")
        .bind::<BigInt, _>(now.unix())
        .execute(connection)
        .await
        .map_err(StoreError::on("making open transitions due"))
}

/// How many rows wait for their receipt.
pub(crate) async fn count_open(connection: &mut Connection) -> Result<u64, StoreError> {
    let row: CountRow = sql_query("SELECT count(*) AS rows FROM submission WHERE outcome IS NULL")
        .get_result(connection)
        .await
        .map_err(StoreError::on("counting open transitions"))?;
    Ok(unsigned(TABLE, row.rows)?)
}

#[derive(diesel::QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Integer)]
    day: i32,
}

#[derive(diesel::QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

#[derive(diesel::QueryableByName)]
struct JwsRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = Text)]
    jws: String,
}

impl JwsRow {
    fn due(self) -> Result<Due, BrokenRow> {
        Ok(Due { id: TransitionId::new(bytes_32(TABLE, &self.id)?), jws: self.jws })
    }
}

#[derive(diesel::QueryableByName)]
struct ReceiptRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = Text)]
    outcome: String,
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
        let code = row.code.map_or_else(|| "null".to_owned(), |code| format!("\"{code}\""));
        let text = format!("{{\"code\":{code},\"detail\":{},\"outcome\":\"{}\"}}", row.detail, row.outcome);
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

const fn verdict_text(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted(_) => "accepted",
        Outcome::Rejected(_) => "rejected",
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
