//! Opening a chain: block 0 where the database is empty, else the chain that is there, in a new epoch.

use piao_chain::seal::Tip;
use piao_chain::state::State;
use piao_protocol::checkpoint::Checkpoint;
use piao_protocol::genesis::Genesis;
use piao_store::{EmbeddedMigrations, Schema, StoreError, migrate};

use crate::LedgerError;
use crate::announce::{block_line, compress};
use crate::db::head;
use crate::decide::{Position, read_position};
use crate::fault;
use crate::kept::KeptCheckpoint;
use crate::session::{Beginning, LedgerSession, LedgerStore, Work};
use crate::tiles::TileEdge;

/// The ledger's tables.
pub const MIGRATIONS: EmbeddedMigrations = diesel_migrations::embed_migrations!("../../migrations/ledger");

/// Brings the ledger's schema up to date. With the embedded database, before the pool is opened.
///
/// # Errors
/// [`StoreError`].
pub async fn migrate_ledger(url: &str, schema: &Schema) -> Result<(), StoreError> {
    migrate(url, schema, MIGRATIONS).await
}

/// Opens the chain that the genesis file begins, and ends the epoch of every ledger that opened it before. Where it
/// ends, and what time the store says it is.
/// Where it does not go on from `seen`, the end that this process knows of it, or from the checkpoint that was kept
/// outside, it was put back and is not opened.
pub(crate) async fn open<S: LedgerStore>(
    store: &S,
    genesis: &Genesis,
    seen: Option<&Tip>,
    kept: Option<&KeptCheckpoint>,
) -> Result<(Position, i64), LedgerError> {
    // The file first: what a ledger that lives adds to both meanwhile makes the log longer, never shorter.
    let noted = match kept {
        Some(kept) => {
            // Before the epoch of a ledger ends that can go on.
            tokio::task::block_in_place(|| kept.probe().and_then(|()| kept.read(genesis)))?
        }
        None => None,
    };
    if let (Some(kept), None) = (kept, &noted) {
        let path = kept.path().display();
        tracing::warn!(%path, "no checkpoint was kept here before: a database that was put back would not be found out");
    }
    fault::point("ledger.open.before");
    let opened = store.write(Open { genesis, seen, kept: kept.zip(noted.as_ref()) }).await?;
    // A crash here: the epoch of the ledger before has ended, and the next begins another.
    fault::point("ledger.open.after");
    Ok(opened)
}

struct Open<'a> {
    genesis: &'a Genesis,
    seen: Option<&'a Tip>,
    kept: Option<(&'a KeptCheckpoint, &'a Checkpoint)>,
}

impl Work for Open<'_> {
    type Done = (Position, i64);
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        let genesis = self.genesis;
        match session.find_head().await? {
            None => begin(session, genesis).await?,
            Some(head) if head.genesis != genesis.hash() || head.chain != *genesis.chain() => {
                return Err(LedgerError::OtherChain { stored: head.chain, given: genesis.chain().clone() });
            }
            Some(_) => {}
        }
        // Where the chain does not go on from what is known of it, all of this is undone, the epoch too.
        session.begin_epoch().await?;
        let position = read_position(session).await?;
        if let Some((kept, noted)) = self.kept {
            kept.leads_to(noted, session, &position.tip.frontier).await?;
        }
        if let Some(seen) = self.seen {
            head::goes_on(&position.tip, seen, false)?;
        }
        Ok((position, session.read_clock().await?))
    }
}

/// Writes block 0 and the parties of the genesis file.
async fn begin<S: LedgerSession>(session: &mut S, genesis: &Genesis) -> Result<(), LedgerError> {
    let header = genesis.first_block();
    let body = compress(&block_line(&header, &[], &[])?)?;
    let sealed = Tip::genesis(header);
    let tiles = TileEdge::default().grow(&sealed.nodes);
    let state = State::genesis(genesis);
    let beginning = Beginning { genesis: genesis.hash(), sealed: &sealed, body, tiles, state: &state };
    session.begin(beginning).await
}
