//! Opening a chain: block 0 where the database is empty, else the chain that is there, in a new epoch.

use piao_chain::seal::Tip;
use piao_chain::state::State;
use piao_domain::ids::PartyId;
use piao_domain::party::Party;
use piao_protocol::genesis::Genesis;
use piao_store::{Connection, EmbeddedMigrations, Schema, StoreError, migrate};

use crate::LedgerError;
use crate::announce::{block_line, compress};
use crate::db::block::{BlockRow, insert_block, write_tiles};
use crate::db::{head, party};
use crate::decide::{Position, read_position};
use crate::fault;
use crate::store::LedgerStore;
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

/// Opens the chain that the genesis file begins, and ends the epoch of every ledger that opened it before.
pub(crate) async fn open(store: &LedgerStore, genesis: &Genesis) -> Result<Position, LedgerError> {
    fault::point("ledger.open.before");
    let position = store
        .write(async |connection| {
            match head::find_head(connection).await? {
                None => begin(connection, genesis).await?,
                Some(head) if head.genesis != genesis.hash() || head.chain != *genesis.chain() => {
                    return Err(LedgerError::OtherChain {
                        stored: head.chain,
                        given: genesis.chain().clone(),
                    });
                }
                Some(_) => {}
            }
            head::begin_epoch(connection).await?;
            read_position(connection).await
        })
        .await?;
    // A crash here: the epoch of the ledger before has ended, and the next begins another.
    fault::point("ledger.open.after");
    Ok(position)
}

/// Writes block 0 and the parties of the genesis file.
async fn begin(connection: &mut Connection, genesis: &Genesis) -> Result<(), LedgerError> {
    let header = genesis.first_block();
    let sealed = Tip::genesis(header.clone());
    let line = block_line(&header, &[], &[])?;
    let entries = sealed.entries.iter().flat_map(piao_protocol::log::Entry::to_bytes).collect();
    let row = BlockRow { header: &header, body: compress(&line)?, entries };
    insert_block(connection, row).await?;
    write_tiles(connection, TileEdge::default().grow(&sealed.nodes)).await?;
    let state = State::genesis(genesis);
    let keys = |(name, party): (&PartyId, &Party)| {
        party.keys.keys().map(|key| (name.clone(), *key)).collect::<Vec<_>>()
    };
    let (parties, keys) =
        (state.parties.keys().cloned().collect(), state.parties.iter().flat_map(keys).collect());
    party::write_parties(connection, &state, &parties, &keys).await?;
    head::insert_head(connection, genesis.hash(), &header, &sealed.tip.frontier).await
}
