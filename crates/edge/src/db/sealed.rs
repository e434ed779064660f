//! Table `sealed`: encrypted records beside transitions, and the tombstones of erased ones.

use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::time::Time;
use piao_store::{Connection, StoreError, sql_query};

use super::BrokenRow;
use crate::submit::{SealedBox, TransitionKey};

const TABLE: &str = "sealed";

/// What is there for a transition.
pub(crate) enum Stored {
    Kept(SealedBox),
    Erased,
}

/// Keeps records. Where there is one, or its tombstone, what comes again is dropped.
pub(crate) async fn keep_many(
    connection: &mut Connection,
    records: &[(TransitionKey, &SealedBox)],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let boxes = || records.iter().map(|(_, sealed)| *sealed);
    sql_query(
        "INSERT INTO sealed (day, id, state, wrapped_key, ciphertext) \
         SELECT day, id, 'kept', wrapped_key, ciphertext \
         FROM UNNEST($1, $2, $3, $4) AS new (day, id, wrapped_key, ciphertext) ON CONFLICT (day, id) DO NOTHING",
    )
    .bind::<Array<Integer>, _>(records.iter().map(|(key, _)| key.day).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(records.iter().map(|(key, _)| key.id.as_bytes().as_slice()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(boxes().map(|sealed| sealed.wrapped_key.as_slice()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(boxes().map(|sealed| sealed.ciphertext.as_slice()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("keeping sealed data"))?;
    Ok(())
}

/// What is there for a transition.
pub(crate) async fn get(
    connection: &mut Connection,
    key: TransitionKey,
) -> Result<Option<Stored>, StoreError> {
    let rows: Vec<Row> =
        sql_query("SELECT state, wrapped_key, ciphertext, erased_at FROM sealed WHERE day = $1 AND id = $2")
            .bind::<Integer, _>(key.day)
            .bind::<Binary, _>(key.id.as_bytes().as_slice())
            .load(connection)
            .await
            .map_err(StoreError::on("reading sealed data"))?;
    Ok(rows.into_iter().next().map(Stored::try_from).transpose()?)
}

/// Destroys the key and the bytes of a record for good; says whether there was one to destroy.
pub(crate) async fn erase(
    connection: &mut Connection,
    key: TransitionKey,
    now: Time,
) -> Result<bool, StoreError> {
    let erased = sql_query(
        "UPDATE sealed SET state = 'erased', wrapped_key = NULL, ciphertext = NULL, erased_at = $3 \
         WHERE day = $1 AND id = $2 AND state = 'kept'",
    )
    .bind::<Integer, _>(key.day)
    .bind::<Binary, _>(key.id.as_bytes().as_slice())
    .bind::<BigInt, _>(now.unix())
    .execute(connection)
    .await
    .map_err(StoreError::on("erasing sealed data"))?;
    Ok(erased > 0)
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Binary>)]
    wrapped_key: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    ciphertext: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    erased_at: Option<i64>,
}

impl TryFrom<Row> for Stored {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        match (row.state.as_str(), row.wrapped_key, row.ciphertext, row.erased_at) {
            ("kept", Some(wrapped_key), Some(ciphertext), None) => {
                Ok(Self::Kept(SealedBox { wrapped_key, ciphertext }))
            }
            ("erased", None, None, Some(_at)) => Ok(Self::Erased),
            (state, _, _, _) => Err(BrokenRow::new(TABLE, format!("state {state} with other columns"))),
        }
    }
}
