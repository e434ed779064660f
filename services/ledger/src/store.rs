//! What the ledger keeps in PostgreSQL, by what is done with it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use piao_chain::needs::Needs;
use piao_chain::state::{State, Touched};
use piao_domain::ids::{KeyId, PartyId, TransitionId};
use piao_domain::party::{Party, RegisteredKey};
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_store::{AsyncFunc, Connection, Database, Mode, Schema, StoreError};

use crate::LedgerError;
use crate::db::block::{BlockRow, insert_block, write_tiles};
use crate::db::{account, application, block, decided, head, invoice, lock, number, order, party, rule_set};
use crate::fault;
use crate::session::{Beginning, Commit, Head, Held, LedgerSession, LedgerStore, Place, TileRow, Work};

/// The ledger's schema of a database.
#[derive(Clone, Debug)]
pub struct PgLedger {
    database: Database,
    schema: Schema,
}

impl LedgerStore for PgLedger {
    async fn read<W: Work>(&self, work: W) -> Result<W::Done, W::Fault> {
        let run = async move |connection: &mut Connection| work.run(connection).await;
        self.database.transaction_with(&self.schema, Mode::SNAPSHOT, run).await
    }

    async fn write<W: Work>(&self, work: W) -> Result<W::Done, W::Fault> {
        let run = async move |connection: &mut Connection| work.run(connection).await;
        self.database.transaction(&self.schema, run).await
    }
}

impl PgLedger {
    /// The tables of a migrated schema.
    #[must_use]
    pub const fn new(database: Database, schema: Schema) -> Self {
        Self { database, schema }
    }

    /// Reads of one moment, of what nobody but whoever reads proofs asks for.
    pub(crate) async fn snapshot<T, F>(&self, work: F) -> Result<T, LedgerError>
    where
        for<'c> F: AsyncFnOnce(&'c mut Connection) -> Result<T, LedgerError>
            + AsyncFunc<&'c mut Connection, Result<T, LedgerError>, Fut: Send>
            + Send,
    {
        self.database.transaction_with(&self.schema, Mode::SNAPSHOT, work).await
    }

    /// A transaction of what can be made again: its commit waits for no disk.
    pub(crate) async fn derive<T, F>(&self, work: F) -> Result<T, LedgerError>
    where
        for<'c> F: AsyncFnOnce(&'c mut Connection) -> Result<T, LedgerError>
            + AsyncFunc<&'c mut Connection, Result<T, LedgerError>, Fut: Send>
            + Send,
    {
        self.database.transaction_with(&self.schema, Mode::DERIVE, work).await
    }

    /// One transaction that writes all or nothing.
    pub(crate) async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        for<'c> F: AsyncFnOnce(&'c mut Connection) -> Result<T, E>
            + AsyncFunc<&'c mut Connection, Result<T, E>, Fut: Send>
            + Send,
        E: From<StoreError>,
    {
        self.database.transaction(&self.schema, work).await
    }
}

impl LedgerSession for Connection {
    async fn find_head(&mut self) -> Result<Option<Head>, LedgerError> {
        head::find_head(self).await
    }

    async fn begin(&mut self, beginning: Beginning<'_>) -> Result<(), LedgerError> {
        begin(self, beginning).await
    }

    async fn begin_epoch(&mut self) -> Result<(), LedgerError> {
        head::begin_epoch(self).await
    }

    async fn hold_head(&mut self, epoch: i64) -> Result<Option<Held>, LedgerError> {
        head::hold_head(self, epoch).await
    }

    async fn read_clock(&mut self) -> Result<i64, LedgerError> {
        head::read_clock(self).await
    }

    async fn load_rules(&mut self) -> Result<RuleBook, LedgerError> {
        rule_set::load_rules(self).await
    }

    async fn read_tiles(&mut self, places: &[(i16, i64)]) -> Result<Vec<TileRow>, LedgerError> {
        block::read_tiles(self, places).await
    }

    async fn find_decided(
        &mut self,
        transitions: &[(TransitionId, Time)],
    ) -> Result<Vec<(TransitionId, Place)>, LedgerError> {
        decided::find_decided(self, transitions).await
    }

    async fn load(&mut self, needs: &Needs, rules: RuleBook) -> Result<State, LedgerError> {
        load(self, needs, rules).await
    }

    async fn commit(&mut self, block: Commit<'_>) -> Result<(), LedgerError> {
        commit(self, block).await
    }

    async fn find_keys(
        &mut self,
        keys: &BTreeSet<(PartyId, KeyId)>,
    ) -> Result<Vec<(KeyId, PartyId, RegisteredKey)>, LedgerError> {
        party::find_keys(self, keys).await
    }

    async fn list_bodies(&mut self, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, LedgerError> {
        block::list_bodies(self, from, limit).await
    }

    async fn find_place(
        &mut self,
        id: &TransitionId,
        days: RangeInclusive<i32>,
    ) -> Result<Option<Place>, LedgerError> {
        decided::find_place(self, id, days).await
    }

    async fn find_checkpoint(&mut self) -> Result<Option<(u64, String)>, LedgerError> {
        head::find_checkpoint(self).await
    }

    async fn write_checkpoint(&mut self, tree_size: u64, note: &str) -> Result<(), LedgerError> {
        head::write_checkpoint(self, tree_size, note).await
    }
}

/// Writes block 0, the parties of the genesis file and the head.
async fn begin(connection: &mut Connection, beginning: Beginning<'_>) -> Result<(), LedgerError> {
    let Beginning { genesis, sealed, body, tiles, state } = beginning;
    let header = &sealed.tip.header;
    let entries = sealed.entries.iter().flat_map(piao_protocol::log::Entry::to_bytes).collect();
    insert_block(connection, BlockRow { header, body, entries }).await?;
    write_tiles(connection, tiles).await?;
    let keys = |(name, party): (&PartyId, &Party)| {
        party.keys.keys().map(|key| (name.clone(), *key)).collect::<Vec<_>>()
    };
    let (parties, keys) =
        (state.parties.keys().cloned().collect(), state.parties.iter().flat_map(keys).collect());
    party::write_parties(connection, state, &parties, &keys).await?;
    head::insert_head(connection, genesis, header, &sealed.tip.frontier).await
}

/// Loads what a batch needs, in a number of statements that does not depend on its size.
async fn load(connection: &mut Connection, needs: &Needs, rules: RuleBook) -> Result<State, LedgerError> {
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
async fn commit(connection: &mut Connection, commit: Commit<'_>) -> Result<(), LedgerError> {
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
