use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Integer};
use diesel_async::RunQueryDsl;
use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, bigint};
use crate::LedgerError;
use crate::session::Place;

const DECIDED: Stored = Stored("decided");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    height: i64,
    #[diesel(sql_type = Integer)]
    position: i32,
}

/// The UTC day a transition was signed on, by its own word: the first half of its key, so that rows of one day meet.
pub(crate) fn day(issued_at: Time) -> i32 {
    let day = issued_at.unix().div_euclid(86_400);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

/// Which of these transitions are decided, and where.
pub(crate) async fn find_decided(
    connection: &mut Connection,
    transitions: &[(TransitionId, Time)],
) -> Result<Vec<(TransitionId, Place)>, LedgerError> {
    let keys = transitions.iter().map(|(id, issued_at)| (day(*issued_at), *id)).collect::<Vec<_>>();
    find_places(connection, &keys).await
}

/// Likewise, by the days that they were signed on.
pub(crate) async fn find_places(
    connection: &mut Connection,
    keys: &[(i32, TransitionId)],
) -> Result<Vec<(TransitionId, Place)>, LedgerError> {
    let (days, ids): (Vec<i32>, Vec<&[u8]>) =
        keys.iter().map(|(day, id)| (day, id.as_bytes().as_slice())).unzip();
    let rows: Vec<Row> = sql_query(
        "SELECT d.id, d.height, d.position FROM UNNEST($1, $2) AS u (day, id) \
         JOIN decided d ON d.day = u.day AND d.id = u.id",
    )
    .bind::<Array<Integer>, _>(days)
    .bind::<Array<Binary>, _>(ids)
    .load(connection)
    .await
    .map_err(StoreError::on("looking for decided transitions"))?;
    rows.into_iter().map(read).collect()
}

/// Where the transition of this id was decided, whatever day it was signed on.
pub(crate) async fn find_place(
    connection: &mut Connection,
    id: &TransitionId,
    days: std::ops::RangeInclusive<i32>,
) -> Result<Option<Place>, LedgerError> {
    let rows: Vec<Row> =
        // A probe a day, since the day comes first in the key.
        sql_query("SELECT d.id, d.height, d.position FROM generate_series($1, $2) AS u (day) \
             JOIN decided d ON d.day = u.day AND d.id = $3")
            .bind::<Integer, _>(*days.start())
            .bind::<Integer, _>(*days.end())
            .bind::<Binary, _>(id.as_bytes().to_vec())
            .load(connection)
            .await
            .map_err(StoreError::on("looking for a decided transition"))?;
    rows.into_iter().next().map(|row| read(row).map(|(_, place)| place)).transpose()
}

/// Inserts what a block decided, in its order. An id that is decided already makes the whole commit fail.
pub(crate) async fn insert_decided(
    connection: &mut Connection,
    height: u64,
    transitions: &[(TransitionId, Time)],
) -> Result<(), LedgerError> {
    let days = transitions.iter().map(|(_, issued_at)| day(*issued_at)).collect::<Vec<_>>();
    let ids = transitions.iter().map(|(id, _)| id.as_bytes().to_vec()).collect::<Vec<_>>();
    sql_query(
        "INSERT INTO decided (day, id, height, position) \
         SELECT day, id, $3, ordinality - 1 FROM UNNEST($1, $2) WITH ORDINALITY AS u (day, id, ordinality)",
    )
    .bind::<Array<Integer>, _>(days)
    .bind::<Array<Binary>, _>(ids)
    .bind::<BigInt, _>(bigint(height))
    .execute(connection)
    .await
    .map_err(StoreError::on("inserting decided transitions"))?;
    Ok(())
}

fn read(row: Row) -> Result<(TransitionId, Place), LedgerError> {
    let place =
        Place { height: DECIDED.unsigned(row.height)?, position: DECIDED.unsigned(row.position.into())? };
    Ok((DECIDED.transition(row.id)?, place))
}
