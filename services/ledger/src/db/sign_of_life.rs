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

impl SignOfLife {
    /// Whether another one has come between the two.
    pub(crate) fn is_same(self, other: Self) -> bool {
        (self.epoch, self.beats) == (other.epoch, other.beats)
    }
}

/// Gives one in an epoch. `false` where another ledger has opened the chain.
pub(crate) async fn beat(connection: &mut Connection, epoch: i64) -> Result<bool, LedgerError> {
    let beaten = sql_query("UPDATE sign_of_life SET beats = beats + 1 WHERE epoch = $1")
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

/// Says that whoever stands by is about to open the chain, if the last sign of life is still this one. `false` where it
/// is not: the ledger lives, or another opens the chain.
pub(crate) async fn claim(connection: &mut Connection, last: SignOfLife) -> Result<bool, LedgerError> {
    let claimed = sql_query("UPDATE sign_of_life SET beats = beats + 1 WHERE epoch = $1 AND beats = $2")
        .bind::<BigInt, _>(last.epoch)
        .bind::<BigInt, _>(last.beats)
        .execute(connection)
        .await
        .map_err(StoreError::on("claiming the chain"))?;
    Ok(claimed == 1)
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

/// Ends the sessions that hold the head of this chain, or its sign of life. What they committed stands, what they did not is undone. How many
/// there were.
pub(crate) async fn end_holders(connection: &mut Connection) -> Result<usize, LedgerError> {
    // A row that is held is no lock that everybody sees; that on its table is.
    sql_query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'relation' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND relation IN ('head'::regclass, 'sign_of_life'::regclass) \
         AND mode IN ('RowShareLock', 'RowExclusiveLock') AND pid <> pg_backend_pid()",
    )
    .execute(connection)
    .await
    .map_err(|error| StoreError::on("ending sessions that hold the head")(error).into())
}
