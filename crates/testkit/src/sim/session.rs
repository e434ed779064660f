//! The ledger's store over the simulated server.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use piao_chain::needs::Needs;
use piao_chain::state::State;
use piao_domain::ids::{KeyId, PartyId, TransitionId};
use piao_domain::party::RegisteredKey;
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_ledger::{
    Beginning, Commit, Head, Held, LedgerError, LedgerSession, LedgerStore, Place, TileRow, Work,
};
use piao_store::StoreError;
use tokio::time::Instant;

use super::bugs::{Bug, Bugs};
use super::server::{Begun, Ticket, Writes, conflict, gone};
use super::tables::{Change, StoredBlock, Tables, Taken, day};
use super::{LedgerServer, Machine};

/// So long before it writes has a ledger read that reads one block ahead ([`Bug::ReadCheckWrite`]).
const AHEAD_MAX: Duration = Duration::from_millis(100);

/// When a machine loaded a state last, and what was there then.
type Seen = Arc<Mutex<Option<(Instant, Arc<Tables>)>>>;

/// A machine's way to a database server.
#[derive(Clone)]
pub struct SimLedger {
    server: LedgerServer,
    machine: Machine,
    bugs: Bugs,
    /// The head that this machine opened or wrote last.
    wrote: Arc<Mutex<Option<Held>>>,
    seen: Seen,
}

/// A transaction of it.
pub struct SimSession {
    server: LedgerServer,
    machine: Machine,
    bugs: Bugs,
    wrote: Arc<Mutex<Option<Held>>>,
    seen: Seen,
    ticket: Ticket,
    holds: bool,
    /// What a read of one moment sees.
    snapshot: Option<Arc<Tables>>,
    writes: Writes,
    /// COMMIT is on its way: whether it gets there is no longer the machine's affair.
    committing: bool,
}

impl SimLedger {
    /// The way of a machine to a server.
    #[must_use]
    pub fn new(server: LedgerServer, machine: Machine) -> Self {
        Self { server, machine, bugs: Bugs::default(), wrote: Arc::default(), seen: Arc::default() }
    }

    /// The same, used wrongly.
    #[must_use]
    pub fn with(self, bugs: Bugs) -> Self {
        Self { bugs, ..self }
    }

    async fn begin(&self, what: &'static str) -> SimSession {
        self.machine.step(what).await;
        SimSession {
            server: self.server.clone(),
            machine: self.machine.clone(),
            bugs: self.bugs,
            wrote: Arc::clone(&self.wrote),
            seen: Arc::clone(&self.seen),
            ticket: self.server.begin(),
            holds: false,
            snapshot: None,
            writes: Writes::default(),
            committing: false,
        }
    }
}

impl LedgerStore for SimLedger {
    async fn read<W: Work>(&self, work: W) -> Result<W::Done, W::Fault> {
        let mut session = self.begin("begin to read").await;
        session.snapshot = Some(self.server.tables());
        work.run(&mut session).await
    }

    async fn write<W: Work>(&self, work: W) -> Result<W::Done, W::Fault> {
        let mut session = self.begin("begin to write").await;
        let done = work.run(&mut session).await?;
        session.end().await?;
        Ok(done)
    }
}

impl Drop for SimSession {
    fn drop(&mut self) {
        // The machine died, or gave up. COMMIT may have been on its way.
        if self.committing && self.machine.sim().below(2) == 0 {
            self.machine.sim().inject("died while committing, and committed");
            self.server.commit(self.ticket, std::mem::take(&mut self.writes));
        }
        self.server.end(self.ticket);
    }
}

impl SimSession {
    /// One statement: it may be lost on the way, and its answer, too.
    async fn statement(&mut self, what: &'static str) -> Result<(), LedgerError> {
        self.machine.step(what).await;
        self.known()?;
        if self.machine.sim().happens(|weather| weather.cut, "a connection breaks at a statement") {
            self.server.end(self.ticket);
            return Err(gone(what).into());
        }
        Ok(())
    }

    fn known(&self) -> Result<(), StoreError> {
        if self.holds {
            self.server.still_holds(self.ticket)?
        }
        self.server.touch(self.ticket)
    }

    fn tables(&self) -> Arc<Tables> {
        self.snapshot.clone().unwrap_or_else(|| self.server.tables())
    }

    fn head(&self) -> Option<Head> {
        let begun = self.writes.begun.as_ref().map(|begun| begun.head.clone());
        let head = begun.or_else(|| self.tables().head.clone());
        head.map(|head| Head { epoch: self.writes.epoch.unwrap_or(head.epoch), ..head })
    }

    async fn end(mut self) -> Result<(), StoreError> {
        self.machine.step("commit").await;
        self.known()?;
        let sim = self.machine.sim().clone();
        let unknown = || StoreError::OutcomeUnknown { doing: "committing".to_owned(), source: "cut".into() };
        if sim.happens(|weather| weather.torn, "a connection breaks at COMMIT") {
            match sim.below(3) {
                0 => sim.inject("before it"),
                1 => {
                    sim.inject("after it");
                    self.server.commit(self.ticket, std::mem::take(&mut self.writes));
                }
                _ => {
                    sim.inject("while it is on its way");
                    self.arrive_late();
                }
            }
            sim.take_time().await;
            return Err(unknown());
        }
        // From here on whether it is committed does not hang on the machine.
        self.committing = true;
        sim.take_time().await;
        self.committing = false;
        let committed = self.server.commit(self.ticket, std::mem::take(&mut self.writes));
        self.machine.step("is told of the commit").await;
        if committed { Ok(()) } else { Err(unknown()) }
    }

    /// The server goes on with a COMMIT whose connection broke.
    fn arrive_late(&mut self) {
        let (server, writes) = (self.server.clone(), std::mem::take(&mut self.writes));
        let sim = self.machine.sim().clone();
        let late = std::time::Duration::from_millis(1 + sim.below(4_000));
        // Its transaction is its own now: what drops this session must not end it.
        let ticket = std::mem::replace(&mut self.ticket, self.server.begin());
        self.holds = false;
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            sim.note("database", "a COMMIT that was given up arrives");
            server.commit(ticket, writes);
        });
    }

    async fn hold(&mut self) -> Result<(), StoreError> {
        self.server.hold(self.ticket).await?;
        self.holds = true;
        Ok(())
    }
}

impl LedgerSession for SimSession {
    async fn find_head(&mut self) -> Result<Option<Head>, LedgerError> {
        self.statement("find head").await?;
        Ok(self.head())
    }

    async fn begin(&mut self, beginning: Beginning<'_>) -> Result<(), LedgerError> {
        self.statement("begin the chain").await?;
        // Whoever inserts the same row waits for the other.
        self.hold().await?;
        if self.server.tables().head.is_some() {
            return Err(conflict("inserting a block", "block_pkey").into());
        }
        let Beginning { genesis, sealed, body, tiles, state } = beginning;
        let header = sealed.tip.header.clone();
        let head = Head {
            chain: header.chain().clone(),
            genesis,
            header: header.clone(),
            frontier: sealed.tip.frontier.clone(),
            epoch: 0,
        };
        let block = Arc::new(StoredBlock { hash: header.hash(), header, body });
        self.writes.begun = Some(Begun { head, block, tiles, state: state.clone() });
        Ok(())
    }

    async fn begin_epoch(&mut self) -> Result<(), LedgerError> {
        self.statement("begin an epoch").await?;
        self.hold().await?;
        let Some(head) = self.head() else { return Ok(()) };
        let wrote = Held { height: head.header.height(), frontier: head.frontier };
        *self.wrote.lock().unwrap_or_else(PoisonError::into_inner) = Some(wrote);
        self.writes.epoch = Some(head.epoch + 1);
        Ok(())
    }

    async fn hold_head(&mut self, epoch: i64) -> Result<Option<Held>, LedgerError> {
        self.statement("hold the head").await?;
        let is_ours = |head: &Head| head.epoch == epoch;
        // A row that does not fit is not waited for; one that did may not fit any more when it is had.
        if !self.head().as_ref().is_some_and(is_ours) && !self.bugs.has(Bug::NoFencing) {
            return Ok(None);
        }
        self.hold().await?;
        let held = |head: Head| Held { height: head.header.height(), frontier: head.frontier };
        if self.bugs.has(Bug::NoFencing) {
            return Ok(self.head().map(held));
        }
        if self.bugs.has(Bug::NoHeadCheck) && self.head().as_ref().is_some_and(is_ours) {
            return Ok(self.wrote.lock().unwrap_or_else(PoisonError::into_inner).clone());
        }
        let mut held = self.head().filter(is_ours).map(held);
        if self.bugs.has(Bug::HeightAlone)
            && let (Some(held), Some(wrote)) =
                (&mut held, &*self.wrote.lock().unwrap_or_else(PoisonError::into_inner))
            && held.height == wrote.height
        {
            held.frontier = wrote.frontier.clone();
        }
        if held.is_none() {
            self.holds = false;
            self.server.end(self.ticket);
        }
        Ok(held)
    }

    async fn read_clock(&mut self) -> Result<i64, LedgerError> {
        self.statement("read the clock").await?;
        Ok(self.server.now().unix())
    }

    async fn load_rules(&mut self) -> Result<RuleBook, LedgerError> {
        self.statement("load the rules").await?;
        Ok(self.tables().state.rules.clone())
    }

    async fn read_tiles(&mut self, places: &[(i16, i64)]) -> Result<Vec<TileRow>, LedgerError> {
        self.statement("read tiles").await?;
        let mut tables = self.tables();
        if let Some(begun) = &self.writes.begun {
            let rows = begun.tiles.iter().map(|row| ((row.level, row.tile), row.hashes.clone()));
            Arc::make_mut(&mut tables).tiles.extend(rows);
        }
        Ok(tables.read_tiles(places))
    }

    async fn find_decided(
        &mut self,
        transitions: &[(TransitionId, Time)],
    ) -> Result<Vec<(TransitionId, Place)>, LedgerError> {
        self.statement("find decided").await?;
        if self.bugs.has(Bug::NoDedupe) {
            return Ok(Vec::new());
        }
        let tables = self.tables();
        let place = |(id, at): &(TransitionId, Time)| Some((*id, *tables.decided.get(&(day(*at), *id))?));
        Ok(transitions.iter().filter_map(place).collect())
    }

    async fn load(&mut self, needs: &Needs, rules: RuleBook) -> Result<State, LedgerError> {
        self.statement("load the state").await?;
        let tables = self.tables();
        let mut state = tables.load(needs, rules);
        if self.bugs.has(Bug::ReadCheckWrite) {
            let (now, mut seen) = (Instant::now(), self.seen.lock().unwrap_or_else(PoisonError::into_inner));
            let ahead = seen.replace((now, tables)).filter(|(read, _)| now - *read <= AHEAD_MAX);
            for (number, invoice) in &mut state.invoices {
                let before = ahead.as_ref().and_then(|(_, seen)| seen.state.invoices.get(number));
                if let Some(before) = before {
                    invoice.reimbursement = before.reimbursement.clone();
                }
            }
        }
        Ok(state)
    }

    async fn commit(&mut self, commit: Commit<'_>) -> Result<(), LedgerError> {
        self.statement("write a block").await?;
        let (epoch, height) = (commit.epoch, commit.sealed.tip.header.height());
        let change = Change::of(commit);
        self.hold().await?;
        let tables = self.server.tables();
        let without = [Bug::NoDedupe, Bug::NoHeadCheck, Bug::ReadCheckWrite];
        if !without.into_iter().any(|bug| self.bugs.has(bug)) {
            tables.check(&change).map_err(|Taken(index)| conflict("writing a block", index))?;
        }
        self.statement("move the head").await?;
        let fenced = |head: &Head| head.epoch != epoch && !self.bugs.has(Bug::NoFencing);
        let moved = |head: &Head| head.header.height() + 1 != height && !self.bugs.has(Bug::NoHeadCheck);
        if self.head().is_none_or(|head| fenced(&head) || moved(&head)) {
            return Err(LedgerError::Fenced { epoch, height });
        }
        let wrote = Held { height, frontier: change.head.frontier.clone() };
        *self.wrote.lock().unwrap_or_else(PoisonError::into_inner) = Some(wrote);
        self.writes.change = Some(change);
        Ok(())
    }

    async fn find_keys(
        &mut self,
        keys: &BTreeSet<(PartyId, KeyId)>,
    ) -> Result<Vec<(KeyId, PartyId, RegisteredKey)>, LedgerError> {
        self.statement("find keys").await?;
        Ok(self.tables().find_keys(keys))
    }

    async fn list_bodies(&mut self, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, LedgerError> {
        self.statement("list bodies").await?;
        Ok(self.tables().list_bodies(from, limit))
    }

    async fn find_place(
        &mut self,
        id: &TransitionId,
        days: RangeInclusive<i32>,
    ) -> Result<Option<Place>, LedgerError> {
        self.statement("find a place").await?;
        Ok(self.tables().find_place(id, days))
    }

    async fn find_checkpoint(&mut self) -> Result<Option<(u64, String)>, LedgerError> {
        self.statement("find the checkpoint").await?;
        Ok(self.tables().checkpoint.clone())
    }

    async fn write_checkpoint(&mut self, tree_size: u64, note: &str) -> Result<(), LedgerError> {
        self.statement("write the checkpoint").await?;
        self.writes.checkpoint = Some((tree_size, note.to_owned()));
        Ok(())
    }
}
