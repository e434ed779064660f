//! The server of the ledger's database: what is committed, who holds the head, and for how long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use piao_domain::time::Time;
use piao_ledger::{Head, TileRow};
use piao_protocol::block::Header;
use piao_store::StoreError;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Sim;
use super::tables::{Change, StoredBlock, Tables};

/// How long a transaction may hold what it holds without asking anything.
const IDLE_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a statement may wait for a lock.
const STATEMENT_WAIT_MAX: Duration = Duration::from_secs(30);

/// A block that became durable, and under whose epoch.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The epoch of the ledger that committed it.
    pub epoch: i64,
    /// The epoch that the chain was in at that moment.
    pub current: i64,
    /// Its header.
    pub header: Header,
    /// Whether it follows the block that was the last one at that moment.
    pub follows: bool,
}

/// A database server. Clones are the same server.
#[derive(Clone)]
pub struct LedgerServer {
    sim: Sim,
    state: Arc<Mutex<Inside>>,
    released: Arc<Notify>,
}

struct Inside {
    tables: Arc<Tables>,
    /// The transaction that holds the head, and since when it has asked nothing.
    holder: Option<(u64, Instant)>,
    transactions: u64,
    /// How often the server was started: no transaction outlives it.
    starts: u64,
    log: Vec<Committed>,
    /// Seconds between the run's beginning and 1970.
    epoch_seconds: i64,
}

/// A transaction's writes, which nobody sees yet.
#[derive(Debug, Default)]
pub(super) struct Writes {
    pub(super) begun: Option<Begun>,
    pub(super) epoch: Option<i64>,
    pub(super) change: Option<Change>,
    pub(super) checkpoint: Option<(u64, String)>,
}

#[derive(Debug)]
pub(super) struct Begun {
    pub(super) head: Head,
    pub(super) block: Arc<StoredBlock>,
    pub(super) tiles: Vec<TileRow>,
    pub(super) state: piao_chain::state::State,
}

/// A transaction as the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    number: u64,
    start: u64,
}

impl LedgerServer {
    /// A server on some tables, that believes it is this time when the run begins.
    #[must_use]
    pub fn new(sim: &Sim, tables: Arc<Tables>, began: Time) -> Self {
        let inside = Inside {
            tables,
            holder: None,
            transactions: 0,
            starts: 0,
            log: Vec::new(),
            epoch_seconds: began.unix(),
        };
        Self { sim: sim.clone(), state: Arc::new(Mutex::new(inside)), released: Arc::default() }
    }

    /// Nothing panics under it, and nobody waits with it in hand.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is committed.
    #[must_use]
    pub fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.inside().tables)
    }

    /// Every commit of a block so far.
    #[must_use]
    pub fn log(&self) -> Vec<Committed> {
        self.inside().log.clone()
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> Time {
        let elapsed = i64::try_from(self.sim.elapsed().as_secs()).unwrap_or(i64::MAX);
        Time::from_unix(self.inside().epoch_seconds.saturating_add(elapsed))
    }

    /// Stops and starts the server: what is not committed is gone, and every connection breaks.
    pub fn restart(&self) {
        let mut inside = self.inside();
        inside.starts += 1;
        inside.holder = None;
        drop(inside);
        self.sim.note("database", "starts again");
        self.released.notify_waiters();
    }

    /// Puts older tables in the place of what is there.
    pub fn restore(&self, older: &Arc<Tables>) {
        self.inside().tables = Arc::clone(older);
        self.restart();
    }

    pub(super) fn begin(&self) -> Ticket {
        let mut inside = self.inside();
        inside.transactions += 1;
        Ticket { number: inside.transactions, start: inside.starts }
    }

    /// Whether the transaction is still known; it has asked something just now.
    pub(super) fn touch(&self, ticket: Ticket) -> Result<(), StoreError> {
        let mut inside = self.inside();
        inside.expire();
        if inside.starts != ticket.start {
            return Err(gone("asking a server that was started again"));
        }
        match &mut inside.holder {
            Some((holder, since)) if *holder == ticket.number => {
                *since = Instant::now();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether a transaction that took the head still has it: a server ends one that is idle for too long.
    pub(super) fn still_holds(&self, ticket: Ticket) -> Result<(), StoreError> {
        let mut inside = self.inside();
        inside.expire();
        match inside.holder {
            Some((holder, _)) if holder == ticket.number && inside.starts == ticket.start => Ok(()),
            _ => Err(gone("asking in a transaction that was ended for being idle")),
        }
    }

    /// Takes the head, waiting for whoever holds it.
    pub(super) async fn hold(&self, ticket: Ticket) -> Result<(), StoreError> {
        let deadline = Instant::now() + STATEMENT_WAIT_MAX;
        loop {
            // Made before the look: whoever lets go after it wakes us.
            let released = self.released.notified();
            let until = {
                let mut inside = self.inside();
                inside.expire();
                if inside.starts != ticket.start {
                    return Err(gone("waiting in a server that was started again"));
                }
                match inside.holder {
                    Some((holder, since)) if holder != ticket.number => since + IDLE_WAIT_MAX,
                    _ => {
                        inside.holder = Some((ticket.number, Instant::now()));
                        return Ok(());
                    }
                }
            };
            if Instant::now() >= deadline {
                return Err(database_error(
                    "taking the head",
                    DatabaseErrorKind::Unknown,
                    "canceling statement due to statement timeout",
                ));
            }
            tokio::select! {
                biased;
                () = released => {}
                () = tokio::time::sleep_until(until.min(deadline)) => {}
            }
        }
    }

    /// Ends a transaction; what it wrote is gone.
    pub(super) fn end(&self, ticket: Ticket) {
        let mut inside = self.inside();
        if inside.holder.is_some_and(|(holder, _)| holder == ticket.number) && inside.starts == ticket.start {
            inside.holder = None;
            drop(inside);
            self.released.notify_waiters();
        }
    }

    /// Makes a transaction's writes durable, if the server still knows of it.
    pub(super) fn commit(&self, ticket: Ticket, writes: Writes) -> bool {
        let mut inside = self.inside();
        inside.expire();
        let needs_head = writes.begun.is_some() || writes.epoch.is_some() || writes.change.is_some();
        let holds = inside.holder.is_some_and(|(holder, _)| holder == ticket.number);
        if inside.starts != ticket.start || (needs_head && !holds) {
            return false;
        }
        if let Some(change) = &writes.change {
            let current = inside.tables.head.as_ref().map_or(0, |head| head.epoch);
            let header = change.head.header.clone();
            self.sim.note("database", format_args!("block {} in epoch {}", header.height(), change.epoch));
            let follows = inside.tables.blocks.last().is_some_and(|last| last.hash == header.prev());
            let committed = Committed { epoch: change.epoch, current, header, follows };
            inside.log.push(committed);
        }
        write(Arc::make_mut(&mut inside.tables), writes);
        drop(inside);
        self.end(ticket);
        true
    }
}

fn write(tables: &mut Tables, writes: Writes) {
    let Writes { begun, epoch, change, checkpoint } = writes;
    if let Some(Begun { head, block, tiles, state }) = begun {
        tables.begin(head, block, tiles, state);
    }
    if let (Some(epoch), Some(head)) = (epoch, &mut tables.head) {
        head.epoch = epoch;
    }
    if let Some(mut change) = change {
        if let Some(head) = &tables.head {
            change.head.genesis = head.genesis;
        }
        tables.apply(change);
    }
    if let Some((size, note)) = checkpoint {
        let kept = tables.checkpoint.as_ref();
        if kept.is_none_or(|(kept, _)| *kept < size) {
            tables.checkpoint = Some((size, note));
        }
    }
}

impl Inside {
    /// Ends the transaction that holds the head and has asked nothing for too long.
    fn expire(&mut self) {
        if self.holder.is_some_and(|(_, since)| since.elapsed() >= IDLE_WAIT_MAX) {
            self.holder = None;
        }
    }
}

/// The connection is gone.
pub(super) fn gone(doing: &str) -> StoreError {
    database_error(doing, DatabaseErrorKind::ClosedConnection, "connection closed")
}

/// A unique index says no.
pub(super) fn conflict(doing: &str, constraint: &'static str) -> StoreError {
    let violation = Violation { constraint };
    StoreError::on(doing)(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new(violation)))
}

fn database_error(doing: &str, kind: DatabaseErrorKind, message: &str) -> StoreError {
    StoreError::on(doing)(QueryError::DatabaseError(kind, Box::new(message.to_owned())))
}

#[derive(Debug)]
struct Violation {
    constraint: &'static str,
}

impl diesel::result::DatabaseErrorInformation for Violation {
    fn message(&self) -> &str {
        "duplicate key value violates unique constraint"
    }

    fn details(&self) -> Option<&str> {
        None
    }

    fn hint(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        None
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        Some(self.constraint)
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}
