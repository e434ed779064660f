use std::cmp::Ordering;

use diesel::sql_types::{BigInt, Binary, Text};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use piao_chain::seal::Tip;
use piao_domain::ids::ChainId;
use piao_protocol::block::Header;
use piao_protocol::digest::{GenesisHash, TreeHash};
use piao_protocol::log::Frontier;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, bigint};
use crate::LedgerError;
use crate::session::{Head, Held};

const HEAD: Stored = Stored("head");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    chain: String,
    #[diesel(sql_type = Binary)]
    genesis: Vec<u8>,
    #[diesel(sql_type = Text)]
    header: String,
    #[diesel(sql_type = BigInt)]
    tree_size: i64,
    #[diesel(sql_type = Binary)]
    peaks: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

#[derive(QueryableByName)]
struct HeldRow {
    #[diesel(sql_type = BigInt)]
    height: i64,
    #[diesel(sql_type = BigInt)]
    tree_size: i64,
    #[diesel(sql_type = Binary)]
    peaks: Vec<u8>,
}

#[derive(QueryableByName)]
struct Clock {
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

/// The head and the header of its block, where the chain has been opened before.
pub(crate) async fn find_head(connection: &mut Connection) -> Result<Option<Head>, LedgerError> {
    let row: Option<Row> = sql_query(
        "SELECT chain, genesis, block.header, tree_size, peaks, epoch FROM head JOIN block USING (height)",
    )
    .get_result(connection)
    .await
    .optional()
    .map_err(StoreError::on("reading the head of the chain"))?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Head {
        chain: HEAD.read(ChainId::parse(&row.chain))?,
        genesis: GenesisHash::new(HEAD.bytes(row.genesis)?),
        header: piao_protocol::json::from_canonical_str(&row.header).map_err(|error| HEAD.bad(error))?,
        frontier: frontier(row.tree_size, &row.peaks)?,
        epoch: row.epoch,
    }))
}

/// Writes the head of a chain whose block 0 was written in this transaction.
pub(crate) async fn insert_head(
    connection: &mut Connection,
    genesis: GenesisHash,
    header: &Header,
    frontier: &Frontier,
) -> Result<(), LedgerError> {
    sql_query(
        "INSERT INTO head (chain, genesis, height, tree_size, peaks, epoch) VALUES ($1, $2, $3, $4, $5, 0)",
    )
    .bind::<Text, _>(header.chain().as_str())
    .bind::<Binary, _>(genesis.as_bytes().to_vec())
    .bind::<BigInt, _>(bigint(header.height()))
    .bind::<BigInt, _>(bigint(frontier.size()))
    .bind::<Binary, _>(peaks(frontier))
    .execute(connection)
    .await
    .map_err(StoreError::on("inserting the head of the chain"))?;
    Ok(())
}

/// Begins a new epoch, so that no ledger that opened the chain before can commit any more.
pub(crate) async fn begin_epoch(connection: &mut Connection) -> Result<(), LedgerError> {
    // With its first sign of life, so that nobody who stands by finds a ledger that leads and has given none; and counted
    // on from whatever a restore has left there.
    let begin = "WITH opened AS (UPDATE head SET epoch = epoch + 1 RETURNING epoch) \
         UPDATE sign_of_life SET epoch = opened.epoch, beats = beats + 1 FROM opened";
    sql_query(begin).execute(connection).await.map_err(StoreError::on("beginning an epoch"))?;
    Ok(())
}

/// Takes the head for this transaction, first of all: until it ends nobody opens the chain or goes on with it.
/// Where it is; nothing where another ledger has opened the chain since.
pub(crate) async fn hold_head(connection: &mut Connection, epoch: i64) -> Result<Option<Held>, LedgerError> {
    // By the epoch alone: the statement may wait for a commit of ours whose answer was lost, and finds the head moved.
    // Nor is the block looked up that it is at: that would be looked for as it was before the wait.
    let held: Option<HeldRow> =
        sql_query("SELECT height, tree_size, peaks FROM head WHERE epoch = $1 FOR UPDATE")
            .bind::<BigInt, _>(epoch)
            .get_result(connection)
            .await
            .optional()
            .map_err(StoreError::on("taking the head of the chain"))?;
    let Some(HeldRow { height, tree_size, peaks }) = held else { return Ok(None) };
    Ok(Some(Held { height: HEAD.unsigned(height)?, frontier: frontier(tree_size, &peaks)? }))
}

/// Whether a head is at the tip that was committed last, or after it.
///
/// # Errors
/// [`LedgerError::Moved`] where it is after it. A head before it, or at another block of its height, has forgotten
/// blocks that were announced, as after a restore: nothing may be built on it. Its epoch does not tell, for epochs are
/// counted on from the one that was restored.
pub(crate) fn not_behind(found: &Held, tip: &Tip) -> Result<(), LedgerError> {
    let (found, frontier) = (found.height, &found.frontier);
    let height = tip.header.height();
    match found.cmp(&height) {
        Ordering::Equal if *frontier == tip.frontier => Ok(()),
        Ordering::Equal => Err(HEAD.bad(format!("at another block {height} than was committed")).into()),
        Ordering::Greater => Err(LedgerError::Moved { found, height }),
        Ordering::Less => {
            Err(HEAD.bad(format!("at block {found}, after block {height} was committed")).into())
        }
    }
}

/// Whether a tip that was read is the one that was committed last, or goes on from it: by one block of our own, whose
/// answer was lost, as long as the epoch is ours; any further only another ledger goes.
///
/// # Errors
/// Where it does not: a database was put back and went on.
pub(crate) fn goes_on(found: &Tip, tip: &Tip, epoch_is_ours: bool) -> Result<(), LedgerError> {
    let held = Held { height: found.header.height(), frontier: found.frontier.clone() };
    match not_behind(&held, tip) {
        Err(LedgerError::Moved { found: height, .. })
            if epoch_is_ours && found.header.prev() != tip.header.hash() =>
        {
            let ours = tip.header.height();
            Err(HEAD.bad(format!("at block {height}, which does not follow block {ours}")).into())
        }
        Ok(()) | Err(LedgerError::Moved { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Moves the head one block on. Nothing moves where another ledger has opened the chain since, or gone on.
///
/// # Errors
/// [`LedgerError::Fenced`].
pub(crate) async fn advance_head(
    connection: &mut Connection,
    epoch: i64,
    header: &Header,
    frontier: &Frontier,
) -> Result<(), LedgerError> {
    let moved = sql_query(
        "UPDATE head SET height = $1, tree_size = $2, peaks = $3 WHERE epoch = $4 AND height = $1 - 1",
    )
    .bind::<BigInt, _>(bigint(header.height()))
    .bind::<BigInt, _>(bigint(frontier.size()))
    .bind::<Binary, _>(peaks(frontier))
    .bind::<BigInt, _>(epoch)
    .execute(connection)
    .await
    .map_err(StoreError::on("moving the head of the chain"))?;
    if moved == 1 { Ok(()) } else { Err(LedgerError::Fenced { epoch, height: header.height() }) }
}

/// The clock of the database server, in seconds since the epoch.
pub(crate) async fn read_clock(connection: &mut Connection) -> Result<i64, LedgerError> {
    let clock: Clock = sql_query("SELECT extract(epoch FROM clock_timestamp())::bigint AS seconds")
        .get_result(connection)
        .await
        .map_err(StoreError::on("reading the server's clock"))?;
    Ok(clock.seconds)
}

/// The note signed last, with the size of the tree it is of.
pub(crate) async fn find_checkpoint(
    connection: &mut Connection,
) -> Result<Option<(u64, String)>, LedgerError> {
    #[derive(QueryableByName)]
    struct Signed {
        #[diesel(sql_type = BigInt)]
        tree_size: i64,
        #[diesel(sql_type = Text)]
        note: String,
    }
    let row: Option<Signed> = sql_query("SELECT tree_size, note FROM checkpoint")
        .get_result(connection)
        .await
        .optional()
        .map_err(StoreError::on("reading the checkpoint"))?;
    row.map(|signed| Ok((Stored("checkpoint").unsigned(signed.tree_size)?, signed.note))).transpose()
}

/// Keeps a signed note. One of a smaller tree never takes the place of one of a larger.
pub(crate) async fn write_checkpoint(
    connection: &mut Connection,
    tree_size: u64,
    note: &str,
) -> Result<(), LedgerError> {
    sql_query(
        "INSERT INTO checkpoint (tree_size, note) VALUES ($1, $2) ON CONFLICT (singleton) DO UPDATE \
         SET tree_size = excluded.tree_size, note = excluded.note WHERE checkpoint.tree_size < excluded.tree_size",
    )
    .bind::<BigInt, _>(bigint(tree_size))
    .bind::<Text, _>(note)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing the checkpoint"))?;
    Ok(())
}

/// A height or place that somebody asks for. Where it is beyond every number there is nothing.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn frontier(size: i64, peaks: &[u8]) -> Result<Frontier, LedgerError> {
    let peaks = peaks.chunks(32).map(|peak| HEAD.bytes(peak.to_vec()).map(TreeHash::new));
    let peaks = peaks.collect::<Result<Vec<_>, _>>()?;
    Ok(Frontier::resume(HEAD.unsigned(size)?, peaks).map_err(|error| HEAD.bad(error))?)
}

fn peaks(frontier: &Frontier) -> Vec<u8> {
    frontier.peaks().iter().flat_map(|peak| *peak.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use piao_domain::time::Time;
    use piao_testkit::chain::TestChain;

    use super::*;

    #[test]
    fn only_what_follows_from_the_last_block_committed_is_gone_on_from() {
        let began = Time::from_unix(1_800_000_000);
        let genesis = Tip::genesis(TestChain::new(began, 1).genesis.first_block()).tip;
        let after = |tip: &Tip, seconds: i64| tip.seal(began.plus(seconds), &[]).unwrap().tip;
        let (ours, other) = (after(&genesis, 1), after(&genesis, 2));
        let (next, others) = (after(&ours, 3), after(&other, 3));
        let check = |found: &Tip, epoch_is_ours: bool, expect: Option<&str>| {
            let said = goes_on(found, &ours, epoch_is_ours).map_err(|error| format!("{error:?}"));
            match (said, expect) {
                (Ok(()), None) => {}
                (Err(said), Some(expect)) => assert!(said.contains(expect), "{said}"),
                (said, expect) => panic!("{said:?}, {expect:?}"),
            }
        };
        check(&ours, true, None);
        check(&next, true, None);
        // Another ledger has the chain: the next commit finds the epoch ended.
        check(&next, false, None);
        check(&others, false, None);
        check(&others, true, Some("does not follow"));
        check(&other, true, Some("another block"));
        check(&genesis, true, Some("after block"));
        check(&genesis, false, Some("after block"));
    }
}
