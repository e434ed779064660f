//! Table `journal`: what this service took and has no receipt for yet.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, BigInt, Binary, Integer, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, bytes_32, unsigned};
use crate::submit::TransitionKey;

const TABLE: &str = "journal";

/// A transition that is written down for the first time.
pub(crate) struct NewEntry<'a> {
    pub(crate) key: TransitionKey,
    pub(crate) party: String,
    pub(crate) jws: &'a str,
}

/// An open row that is published once more.
pub(crate) struct Due {
    pub(crate) key: TransitionKey,
    pub(crate) jws: String,
}

/// Writes down what is not there yet and has no receipt. A crash before the commit: nobody was told anything. After:
/// the sweeper of the next start publishes it.
///
/// Returns how many rows are new.
pub(crate) async fn open_many(
    connection: &mut Connection,
    new: &[NewEntry<'_>],
    publish_at: Time,
) -> Result<usize, StoreError> {
    sql_query(
        "INSERT INTO journal (publish_at, day, publishes, id, party, jws) SELECT $5, day, 1, id, party, jws \
         FROM UNNEST($1, $2, $3, $4) AS new (day, id, party, jws) \
         WHERE NOT EXISTS (SELECT FROM receipt AS r WHERE r.day = new.day AND r.id = new.id) \
         ON CONFLICT (day, id) DO NOTHING",
    )
    .bind::<Array<Integer>, _>(new.iter().map(|row| row.key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(new.iter().map(|row| row.key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|row| row.party.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|row| row.jws).collect::<Vec<_>>())
    .bind::<BigInt, _>(publish_at.unix())
    .execute(connection)
    .await
    .map_err(StoreError::on("journalling transitions"))
}

/// Whether a transition is open.
pub(crate) async fn is_open(connection: &mut Connection, key: TransitionKey) -> Result<bool, StoreError> {
    let open: CountRow = sql_query("SELECT count(*) AS rows FROM journal WHERE day = $1 AND id = $2")
        .bind::<Integer, _>(key.day)
        .bind::<Binary, _>(key.id.as_bytes().as_slice())
        .get_result(connection)
        .await
        .map_err(StoreError::on("looking for an open transition"))?;
    Ok(open.rows > 0)
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
        "UPDATE journal SET publishes = LEAST(publishes + 1, 1000), \
         publish_at = $1 + CASE WHEN publishes < 20 THEN LEAST(60, $2::int8 << LEAST(publishes, 10)) \
         ELSE LEAST(3600, 60::int8 << LEAST(publishes - 19, 6)) END \
         WHERE (day, id) IN (SELECT day, id FROM journal WHERE publish_at <= $1 \
         ORDER BY publish_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING day, id, jws",
    )
    .bind::<BigInt, _>(now.unix())
    .bind::<Integer, _>(pause_seconds)
    .bind::<BigInt, _>(rows_max)
    .load(connection)
    .await
    .map_err(StoreError::on("taking open transitions to publish again"))?;
    rows.into_iter().map(|row| row.due().map_err(StoreError::from)).collect()
}

/// Drops those of some rows that have a receipt after all, and says which: two transactions that do not see each other may
/// write the one and the other.
pub(crate) async fn drop_decided(
    connection: &mut Connection,
    keys: &[TransitionKey],
) -> Result<BTreeSet<TransitionId>, StoreError> {
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<IdRow> = sql_query(
        "DELETE FROM journal AS j USING UNNEST($1, $2) AS taken (day, id) JOIN receipt AS r USING (day, id) \
         WHERE j.day = taken.day AND j.id = taken.id RETURNING j.id",
    )
    .bind::<Array<Integer>, _>(keys.iter().map(|key| key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(keys.iter().map(|key| key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .load(connection)
    .await
    .map_err(StoreError::on("dropping decided transitions"))?;
    let ids = rows.iter().map(|row| Ok(TransitionId::new(bytes_32(TABLE, &row.id)?)));
    Ok(ids.collect::<Result<_, BrokenRow>>()?)
}

/// Makes every open row due at once: what a start does, since a crash may have come between commit and publish.
pub(crate) async fn make_all_due(connection: &mut Connection, now: Time) -> Result<usize, StoreError> {
    sql_query("UPDATE journal SET publish_at = $1 WHERE publish_at > $1")
        .bind::<BigInt, _>(now.unix())
        .execute(connection)
        .await
        .map_err(StoreError::on("making open transitions due"))
}

/// How many rows wait for their receipt.
pub(crate) async fn count_open(connection: &mut Connection) -> Result<u64, StoreError> {
    let row: CountRow = sql_query("SELECT count(*) AS rows FROM journal")
        .get_result(connection)
        .await
        .map_err(StoreError::on("counting open transitions"))?;
    Ok(unsigned(TABLE, row.rows)?)
}

#[derive(diesel::QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

#[derive(diesel::QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

#[derive(diesel::QueryableByName)]
struct JwsRow {
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = Text)]
    jws: String,
}

impl JwsRow {
    fn due(self) -> Result<Due, BrokenRow> {
        let id = TransitionId::new(bytes_32(TABLE, &self.id)?);
        Ok(Due { key: TransitionKey { day: self.day, id }, jws: self.jws })
    }
}
