//! A service's database: a server of its own, and a machine's way to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::NewKey;
use piao_domain::time::Time;
use piao_edge::follow::{Applied, Block, FollowStore, KeyRecord};
use piao_edge::keys::KeyStore;
use piao_edge::submit::{Due, Entry, JournalStore, Journalled, TransitionKey};
use piao_protocol::block::Header;
use piao_protocol::genesis::Genesis;
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;

use super::bugs::{Bug, Bugs};
use super::edge_tables::EdgeTables;
use super::server::gone;
use super::{Machine, Sim};

/// A database server of services. Clones are the same server.
#[derive(Clone)]
pub struct EdgeServer {
    sim: Sim,
    genesis: Arc<Genesis>,
    state: Arc<Mutex<Inside>>,
}

struct Inside {
    tables: Arc<EdgeTables>,
    starts: u64,
    /// How many rows of the journal have a number.
    numbered: u64,
    /// What was there before each commit that did not wait for the disk, since the last one that did.
    derived: Vec<Arc<EdgeTables>>,
}

/// A machine's way to a service's database.
#[derive(Clone)]
pub struct EdgeStore {
    server: EdgeServer,
    machine: Machine,
    bugs: Bugs,
}

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durable {
    Disk,
    Derived,
}

impl EdgeServer {
    /// A server on some tables.
    #[must_use]
    pub fn new(sim: &Sim, genesis: Arc<Genesis>, tables: Arc<EdgeTables>) -> Self {
        let inside = Inside { tables, starts: 0, numbered: 0, derived: Vec::new() };
        Self { sim: sim.clone(), genesis, state: Arc::new(Mutex::new(inside)) }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is committed.
    #[must_use]
    pub fn tables(&self) -> Arc<EdgeTables> {
        Arc::clone(&self.inside().tables)
    }

    /// Changes what is committed behind everybody's back.
    pub fn damage(&self, change: impl FnOnce(&mut EdgeTables)) {
        change(Arc::make_mut(&mut self.inside().tables));
    }

    /// Kills and starts the server: connections break, and commits that had not waited for the disk may be gone, from
    /// one of them on.
    pub fn restart(&self) {
        let mut inside = self.inside();
        inside.starts += 1;
        let lost = self.sim.below(inside.derived.len() as u64 + 1);
        let derived = std::mem::take(&mut inside.derived);
        if let Some(before) = derived.into_iter().rev().take(lost as usize).last() {
            self.sim.inject("a service's database forgets blocks");
            inside.tables = before;
        }
    }

    /// Somebody builds the read model anew, beside the services that use it.
    pub fn rebuild(&self) {
        let cleared = self.run(Durable::Disk, |tables| {
            tables.clear();
            Ok(())
        });
        debug_assert!(cleared.is_ok(), "nothing to fail");
    }

    /// Runs a transaction at once.
    fn run<T>(
        &self,
        durable: Durable,
        work: impl FnOnce(&mut EdgeTables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut inside = self.inside();
        match durable {
            Durable::Disk => inside.derived.clear(),
            Durable::Derived => {
                let before = Arc::clone(&inside.tables);
                inside.derived.push(before);
            }
        }
        work(Arc::make_mut(&mut inside.tables))
    }

    fn start(&self) -> u64 {
        self.inside().starts
    }

    /// Numbers for so many rows, as a sequence gives them: before the rows are durable. The first of them.
    fn number(&self, rows: usize) -> u64 {
        let mut inside = self.inside();
        inside.numbered += rows as u64;
        inside.numbered - rows as u64 + 1
    }
}

impl EdgeStore {
    /// The way of a machine to a server.
    #[must_use]
    pub const fn new(server: EdgeServer, machine: Machine, bugs: Bugs) -> Self {
        Self { server, machine, bugs }
    }

    async fn read<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&EdgeTables) -> T,
    ) -> Result<T, StoreError> {
        let start = self.server.start();
        self.machine.step(what).await;
        if self.server.start() != start
            || self.server.sim.happens(|weather| weather.cut, "a connection breaks at a statement")
        {
            return Err(gone(what));
        }
        Ok(work(&self.server.tables()))
    }

    /// One transaction. It may be cut before its COMMIT, at it, or after it, and its machine may die anywhere.
    async fn write<T, W>(&self, what: &'static str, durable: Durable, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut EdgeTables) -> Result<T, StoreError> + Send + 'static,
    {
        let (server, sim) = (&self.server, &self.server.sim);
        let start = server.start();
        self.machine.step(what).await;
        if server.start() != start || sim.happens(|weather| weather.cut, "a connection breaks at a statement")
        {
            return Err(gone(what));
        }
        let unknown = || StoreError::OutcomeUnknown { doing: what.to_owned(), source: "cut".into() };
        if sim.happens(|weather| weather.torn, "a connection breaks at COMMIT") {
            match sim.below(3) {
                0 => sim.inject("before it"),
                1 => {
                    sim.inject("after it");
                    server.run(durable, work)?;
                }
                _ => {
                    sim.inject("while it is on its way");
                    let late = std::time::Duration::from_millis(1 + sim.below(4_000));
                    let server = server.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(late).await;
                        if server.start() == start {
                            server.run(durable, work).ok();
                        }
                    });
                }
            }
            sim.take_time().await;
            return Err(unknown());
        }
        // Dying before this, the machine has committed nothing; after it, nobody is told.
        self.machine.begin("commit").await;
        if server.start() != start {
            return Err(unknown());
        }
        let done = server.run(durable, work);
        self.machine.step("is told of the commit").await;
        done
    }
}

impl JournalStore for EdgeStore {
    fn write<'a>(
        &'a self,
        batch: &'a [Entry],
        publish_at: Time,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, StoreError>> {
        let (batch, first) = (batch.to_vec(), self.server.number(batch.len()));
        let write = move |tables: &mut EdgeTables| Ok(tables.write(&batch, first, publish_at));
        self.write("journal", Durable::Disk, write).boxed()
    }

    fn find(&self, key: TransitionKey) -> BoxFuture<'_, Result<Option<Journalled>, StoreError>> {
        self.read("find a submission", move |tables| tables.find(key)).boxed()
    }

    fn take_due(
        &self,
        now: Time,
        pause_seconds: u32,
        rows_max: u32,
    ) -> BoxFuture<'_, Result<Vec<Due>, StoreError>> {
        let rows_max = if self.bugs.has(Bug::PublishedOnce) { 0 } else { rows_max };
        let by_cursor = self.bugs.has(Bug::CursorOutbox);
        let take = move |tables: &mut EdgeTables| {
            Ok(if by_cursor {
                tables.take_by_cursor(now, pause_seconds, rows_max)
            } else {
                tables.take_due(now, pause_seconds, rows_max)
            })
        };
        self.write("take due", Durable::Disk, take).boxed()
    }

    fn make_all_due(&self, now: Time) -> BoxFuture<'_, Result<(), StoreError>> {
        let make = move |tables: &mut EdgeTables| {
            tables.make_all_due(now);
            Ok(())
        };
        self.write("make all due", Durable::Disk, make).boxed()
    }

    fn count_open(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.read("count open", EdgeTables::count_open).boxed()
    }
}

impl FollowStore for EdgeStore {
    fn position(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.read("read the cursor", |tables| tables.cursor().cloned()).boxed()
    }

    fn apply<'a>(&'a self, block: &'a Block) -> BoxFuture<'a, Result<Applied, StoreError>> {
        let (block, genesis) = (block.clone(), Arc::clone(&self.server.genesis));
        let apply = move |tables: &mut EdgeTables| {
            if !tables.is_next(&block) {
                return Ok(Applied::Elsewhere(tables.cursor().cloned()));
            }
            if block.height() == 0 {
                let content = genesis.content();
                for founder in content.bureaus.iter().chain(&content.nodes) {
                    let key = NewKey { id: founder.key.id(), public: *founder.key.key() };
                    tables.join(&founder.party, key);
                }
            }
            tables.apply(&block)?;
            Ok(Applied::Here)
        };
        self.write("apply a block", Durable::Derived, apply).boxed()
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        let clear = |tables: &mut EdgeTables| {
            tables.clear();
            Ok(())
        };
        self.write("clear", Durable::Disk, clear).boxed()
    }
}

impl KeyStore for EdgeStore {
    fn find<'a>(
        &'a self,
        party: &'a PartyId,
        kid: KeyId,
    ) -> BoxFuture<'a, Result<Option<KeyRecord>, StoreError>> {
        async move {
            super::client::fall_in().await;
            self.read("find a key", |tables| tables.key(party, kid)).await
        }
        .boxed()
    }

    fn party_exists<'a>(&'a self, party: &'a PartyId) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.read("find a party", move |tables| tables.has_party(party)).boxed()
    }
}
