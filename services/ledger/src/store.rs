//! What the ledger keeps in PostgreSQL, by what is done with it.

use piao_chain::needs::Needs;
use piao_chain::seal::Sealed;
use piao_chain::state::{State, Touched};
use piao_domain::ids::TransitionId;
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_store::{AsyncFunc, Connection, Database, Mode, Schema, StoreError};

use crate::LedgerError;
use crate::db::block::{BlockRow, TileRow, insert_block, write_tiles};
use crate::db::{account, application, decided, head, invoice, lock, number, order, party, rule_set};
use crate::fault;

/// The ledger's schema of a database.
#[derive(Clone, Debug)]
pub(crate) struct LedgerStore {
    database: Database,
    schema: Schema,
}

/// A block and all that it changed, to be written at once.
pub(crate) struct Commit<'a> {
    pub(crate) epoch: i64,
    pub(crate) sealed: &'a Sealed,
    pub(crate) body: Vec<u8>,
    pub(crate) tiles: Vec<TileRow>,
    pub(crate) transitions: &'a [(TransitionId, Time)],
    pub(crate) state: &'a State,
    pub(crate) touched: &'a Touched,
}

impl LedgerStore {
    pub(crate) const fn new(database: Database, schema: Schema) -> Self {
        Self { database, schema }
    }

    /// Reads of one moment.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, LedgerError>
    where
        for<'c> F: AsyncFnOnce(&'c mut Connection) -> Result<T, LedgerError>
            + AsyncFunc<&'c mut Connection, Result<T, LedgerError>, Fut: Send>
            + Send,
    {
        self.database.transaction_with(&self.schema, Mode::SNAPSHOT, work).await
    }

    /// One transaction that writes all or nothing.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        for<'c> F: AsyncFnOnce(&'c mut Connection) -> Result<T, E>
            + AsyncFunc<&'c mut Connection, Result<T, E>, Fut: Send>
            + Send,
        E: From<StoreError>,
    {
        self.database.transaction(&self.schema, work).await
    }
}

/// Loads what a batch needs, in a number of statements that does not depend on its size.
pub(crate) async fn load(
    connection: &mut Connection,
    needs: &Needs,
    rules: RuleBook,
) -> Result<State, LedgerError> {
    let mut state = State { rules, ..State::default() };
    party::load_parties(connection, &mut state, &needs.parties, &needs.keys).await?;
    application::load_applications(connection, &mut state, &needs.applications).await?;
    account::load_accounts(connection, &mut state, &needs.accounts).await?;
    number::load_segments(connection, &mut state, &needs.numbers).await?;
    if needs.tops {
        number::load_tops(connection, &mut state).await?;
    }
    order::load_orders(connection, &mut state, &needs.orders).await?;
    invoice::load_invoices(connection, &mut state, &needs.invoices).await?;
    lock::load_locks(connection, &mut state, &needs.locks, &needs.claim_refs).await?;
    Ok(state)
}

/// Writes a block, its log, what it decided and the state after it. The head moves last, and only for the ledger
/// that opened the chain last: everything else falls with it.
pub(crate) async fn commit(connection: &mut Connection, commit: Commit<'_>) -> Result<(), LedgerError> {
    let Commit { epoch, sealed, body, tiles, transitions, state, touched } = commit;
    let header = &sealed.tip.header;
    let entries = sealed.entries.iter().flat_map(piao_protocol::log::Entry::to_bytes).collect();
    insert_block(connection, BlockRow { header, body, entries }).await?;
    decided::insert_decided(connection, header.height(), transitions).await?;
    write_state(connection, transitions, state, touched).await?;
    write_tiles(connection, tiles).await?;
    head::advance_head(connection, epoch, header, &sealed.tip.frontier).await?;
    // A crash from here to the answer to COMMIT: the block is there as a whole or not at all.
    fault::point("ledger.commit.before");
    Ok(())
}

async fn write_state(
    connection: &mut Connection,
    transitions: &[(TransitionId, Time)],
    state: &State,
    touched: &Touched,
) -> Result<(), LedgerError> {
    party::write_parties(connection, state, &touched.parties, &touched.keys).await?;
    rule_set::write_rules(connection, &state.rules, &touched.rules).await?;
    application::write_applications(connection, state, &touched.applications).await?;
    account::write_accounts(connection, state, &touched.accounts).await?;
    number::write_segments(connection, state, &touched.segments).await?;
    order::write_orders(connection, state, &touched.orders).await?;
    invoice::insert_invoices(connection, state, &touched.issued).await?;
    invoice::update_invoices(connection, state, touched.invoices.difference(&touched.issued)).await?;
    // A lock is named by the transition that made it.
    let made = transitions.iter().map(|(id, _)| *id).collect();
    lock::write_locks(connection, state, &touched.locks, &made).await
}
