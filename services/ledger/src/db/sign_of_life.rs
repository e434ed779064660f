//! Table `sign_of_life`: what a standby watches. One row, and nothing is decided by it.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use piao_store::{Connection, StoreError, sql_query};

use crate::LedgerError;

/// The last sign of life, and the time of the database server in UTC seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub(crate) struct SignOfLife {
    /// Of which ledger.
    #[diesel(sql_type = BigInt)]
    pub(crate) epoch: i64,
    /// How many there were; 0 where nobody leads.
    #[diesel(sql_type = BigInt)]
    pub(crate) beats: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) server: i64,
}

/// Gives one in an epoch. `false` where a ledger of a later epoch has given one.
pub(crate) async fn beat(connection: &mut Connection, epoch: i64) -> Result<bool, LedgerError> {
    let beaten = sql_query("UPDATE sign_of_life SET epoch = $1, beats = beats + 1 WHERE epoch <= $1")
        .bind::<BigInt, _>(epoch)
        .execute(connection)
        .await
        .map_err(StoreError::on("giving a sign of life"))?;
    Ok(beaten == 1)
}

/// Says that the ledger of an epoch leads no more, where no later one leads.
pub(crate) async fn give_up(connection: &mut Connection, epoch: i64) -> Result<(), LedgerError> {
    sql_query("UPDATE sign_of_life SET beats = 0 WHERE epoch = $1")
        .bind::<BigInt, _>(epoch)
        .execute(connection)
        .await
        .map_err(StoreError::on("giving the chain up"))?;
    Ok(())
}

/// The last one.
pub(crate) async fn find(connection: &mut Connection) -> Result<SignOfLife, LedgerError> {
    sql_query(
        "SELECT epoch, beats, extract(epoch FROM clock_timestamp())::bigint AS server FROM sign_of_life",
    )
    .get_result(connection)
    .await
    .map_err(|error| StoreError::on("looking for a sign of life")(error).into())
}

/// Ends the sessions that hold the head of this chain. What they committed stands, what they did not is undone. How many
/// there were.
pub(crate) async fn end_holders(connection: &mut Connection) -> Result<usize, LedgerError> {
    // A row that is held is no lock that everybody sees; that on its table is.
    sql_query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'relation' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND relation = 'head'::regclass AND mode = 'RowShareLock' AND pid <> pg_backend_pid()",
    )
    .execute(connection)
    .await
    .map_err(|error| StoreError::on("ending sessions that hold the head")(error).into())
}
