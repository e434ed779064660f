//! The loop that keeps a read model up with the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use piao_bus::{BlockHint, BlockSubscriber, Bus, BusError, ServiceName};
use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_protocol::block::Header;
use piao_protocol::genesis::Genesis;
use piao_store::StoreError;
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{
    Applied, Block, BlockDecoder, DecodeError, FollowStore, Horizon, LedgerError, LedgerReader, LinkError,
    Place, place,
};
use crate::fault;
use crate::keys::KeyRing;
use crate::metrics::ServiceMetrics;
use crate::submit::Waiters;

/// After so long without an announcement of the ledger it is asked.
const SILENCE_MAX: Duration = Duration::from_secs(2);
/// Pause after a fault that will pass.
const PAUSE: Duration = Duration::from_millis(500);
/// Blocks asked for at once.
pub(crate) const FETCH_BLOCKS_MAX: u32 = 64;
/// So often refused announcements are spoken of.
const REFUSED_TOLD_EVERY: Duration = Duration::from_secs(60);

/// Why a service stopped following. It never repairs by guessing.
#[derive(Debug, Error)]
pub enum FollowError {
    /// The ledger gave a block that is none.
    #[error("the ledger gave a block that cannot be read")]
    Decode(#[source] Arc<DecodeError>),
    /// The ledger's history is not the one that was followed so far.
    #[error("the ledger's blocks do not link to what was applied")]
    Link(#[from] LinkError),
    /// The read model breaks its own rules, or the database refused a block.
    #[error("a block could not be applied")]
    Store(#[source] StoreError),
    /// The bus was closed while the service ran.
    #[error("the bus gives no announcements")]
    Bus(#[source] BusError),
    /// A rebuild could not read the ledger.
    #[error("the ledger could not be read")]
    Ledger(#[source] LedgerError),
    /// A rebuild while the service runs.
    #[error("the cursor was moved by another copy of the service: stop it first")]
    NotAlone,
}

/// Everything that following needs.
pub(crate) struct Runner {
    pub(crate) name: ServiceName,
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) store: Arc<dyn FollowStore>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) ledger: Arc<dyn LedgerReader>,
    pub(crate) decoder: Arc<BlockDecoder>,
    pub(crate) waiters: Waiters,
    pub(crate) keys: KeyRing,
    pub(crate) height: watch::Sender<Option<u64>>,
    pub(crate) horizon: Arc<Horizon>,
    pub(crate) metrics: ServiceMetrics,
    /// Blocks asked for at once: fewer where so many did not come in time.
    pub(crate) blocks_max: AtomicU32,
}

/// Remembers when refused announcements were last spoken of: a flood of them must not fill a disk. All are counted.
#[derive(Default)]
struct Refused(Option<Instant>);

impl Refused {
    fn is_to_be_told(&mut self) -> bool {
        let told = self.0.is_some_and(|told| told.elapsed() < REFUSED_TOLD_EVERY);
        if !told {
            self.0 = Some(Instant::now());
        }
        !told
    }
}

impl Runner {
    /// Follows until told to stop.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), FollowError> {
        let mut subscriber = self.bus.blocks(self.name.clone()).await.map_err(FollowError::Bus)?;
        tokio::select! {
            biased;
            outcome = self.follow(&mut subscriber) => outcome,
            // Between two awaits of a transaction: it is rolled back, as in a crash.
            _ = stop.wait_for(|stop| *stop) => Ok(()),
        }
    }

    async fn follow(&self, subscriber: &mut BlockSubscriber) -> Result<(), FollowError> {
        let mut position = self.position().await?;
        self.fetch(&mut position).await?;
        let (mut heard, mut asked) = (Instant::now(), Instant::now());
        let mut refused = Refused::default();
        loop {
            // Where the ledger was away when we started, announcements alone would keep us up with it, and for as long
            // as they come nobody would have said that there is no more: we would not be ready until it falls silent.
            let since = if self.horizon.is_reached() { heard } else { asked };
            let due = tokio::time::sleep_until(since + SILENCE_MAX);
            // Only a block that the ledger signed ends a silence, and the end of it comes before whatever else is
            // announced: whoever floods the broker could else make us deaf.
            let hint = tokio::select! {
                biased;
                () = due => None,
                hint = subscriber.recv() => Some(hint.ok_or(FollowError::Bus(BusError::Closed))?),
            };
            let moved = match hint {
                Some(hint) => self.hint(&mut position, &hint, &mut refused).await?,
                None => {
                    self.look_back(&mut position).await?;
                    self.fetch(&mut position).await?;
                    asked = Instant::now();
                    true
                }
            };
            if moved {
                heard = Instant::now();
            }
        }
    }

    /// Follows a cursor that was moved back: somebody rebuilds the read model beside us.
    async fn look_back(&self, position: &mut Option<Header>) -> Result<(), FollowError> {
        let height = |header: &Option<Header>| header.as_ref().map(Header::height);
        match self.store.position().await {
            Ok(at) if height(&at) < height(position) => {
                self.height.send_replace(height(&at));
                *position = at;
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => self.pass(error),
        }
    }

    /// Where the read model is, asked until the database says.
    async fn position(&self) -> Result<Option<Header>, FollowError> {
        loop {
            match self.store.position().await {
                Ok(position) => {
                    self.height.send_replace(position.as_ref().map(Header::height));
                    return Ok(position);
                }
                Err(error) => self.pass(error)?,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Applies an announcement if it is the next block, else asks the ledger. `false` where we are no further then: it
    /// said nothing new, or nothing that the ledger said.
    async fn hint(
        &self,
        position: &mut Option<Header>,
        hint: &BlockHint,
        refused: &mut Refused,
    ) -> Result<bool, FollowError> {
        let next = position.as_ref().map_or(0, |applied| applied.height() + 1);
        // What is known was announced late or twice, or is not looked at, whoever announced it.
        if hint.height < next {
            return Ok(false);
        }
        let block = match self.decoder.announcement(&hint.body).await {
            Ok(block) if block.height() >= next => block,
            Ok(_) => return Ok(false),
            Err(error) => {
                self.metrics.announcement_refused();
                if refused.is_to_be_told() {
                    let (service, height) = (self.name.as_str(), hint.height);
                    let error = &*error as &dyn std::error::Error;
                    tracing::warn!(service, height, error, "announcements are refused");
                }
                return Ok(false);
            }
        };
        // A log that signs for two chains says nothing of this one by the other.
        if block.header().chain() != self.genesis.chain() {
            return Ok(false);
        }
        self.metrics.followed(next.saturating_sub(1), block.height() + 1 - next);
        self.horizon.heard(block.height());
        let is_next = matches!(self.place(position.as_ref(), &block), Ok(Place::Next));
        if !(is_next && self.apply(position, &block).await?) {
            // A gap, or a ledger that signed two histories: what it gives when asked decides.
            self.fetch(position).await?;
        }
        Ok(position.as_ref().is_some_and(|applied| applied.height() >= next))
    }

    /// Asks the ledger for blocks until it has no more.
    async fn fetch(&self, position: &mut Option<Header>) -> Result<(), FollowError> {
        loop {
            let blocks_max = self.blocks_max.load(Ordering::Relaxed);
            let next = position.as_ref().map_or(0, |applied| applied.height() + 1);
            let lines = match self.ledger.blocks(next, blocks_max).await {
                Ok(lines) => lines,
                Err(error) => {
                    // On a slow link so many do not come in time, and half of them may the next time. Until then
                    // whatever is announced is applied.
                    if error.too_much {
                        self.blocks_max.store((blocks_max / 2).max(1), Ordering::Relaxed);
                    }
                    let (service, error) = (self.name.as_str(), &error as &dyn std::error::Error);
                    tracing::warn!(
                        service,
                        blocks_max,
                        error,
                        "the ledger did not give blocks, it is asked again"
                    );
                    return Ok(());
                }
            };
            self.blocks_max.store((blocks_max + 1).min(FETCH_BLOCKS_MAX), Ordering::Relaxed);
            // Only an empty answer says that there is no more: of large blocks the ledger gives fewer than were asked for.
            if lines.is_empty() {
                self.horizon.reached(next.saturating_sub(1));
                return Ok(());
            }
            self.horizon.heard(next + lines.len() as u64 - 1);
            if self.apply_all(position, &lines).await? {
                // Nothing fitted: do not spin on a ledger that gives the same again.
                let after = position.as_ref().map_or(0, |applied| applied.height() + 1);
                if after <= next {
                    return Ok(());
                }
            }
        }
    }

    /// Applies lines as far as they follow. `false` where one was not applied that should be: ask again.
    async fn apply_all(&self, position: &mut Option<Header>, lines: &[Bytes]) -> Result<bool, FollowError> {
        for line in lines {
            let block = self.decoder.line(line).await.map_err(FollowError::Decode)?;
            match self.place(position.as_ref(), &block)? {
                Place::Known => {}
                // The ledger left some out, or the cursor was moved back: ask again from where we are.
                Place::Gap { from: _ } => break,
                Place::Next => {
                    if !self.apply(position, &block).await? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn place(&self, position: Option<&Header>, block: &Block) -> Result<Place, LinkError> {
        place(self.genesis.chain(), self.genesis.hash(), position, block.header())
    }

    /// Applies the next block. `false` where it is not there afterwards, and following goes on from the new position.
    async fn apply(&self, position: &mut Option<Header>, block: &Block) -> Result<bool, FollowError> {
        fault::point("edge.follow.taken");
        let at = match self.store.apply(block).await {
            Ok(Applied::Here) => Some(block.header().clone()),
            Ok(Applied::Elsewhere(at)) => at,
            Err(error) => {
                self.pass(error)?;
                self.position().await?
            }
        };
        // Another copy of this service may have applied it, or a commit whose outcome was unknown: what it wrote is
        // there for our waiters, too. The copy may be further on; here block follows block.
        fault::point("edge.follow.after");
        let there = at.as_ref().is_some_and(|at| at.height() >= block.height());
        if there {
            *position = Some(block.header().clone());
            self.tell(block);
        } else {
            self.height.send_replace(at.as_ref().map(Header::height));
            *position = at;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(there)
    }

    /// After the commit: whoever waits for a receipt, a key or a height.
    fn tell(&self, block: &Block) {
        // New keys were never held, and no other command changes one.
        // The genesis file's keys come with block 0.
        let mut appeared = block.height() == 0;
        for (entry, _) in block.accepted() {
            appeared |= entry.command().brings_key();
            if let Command::KeyRevoke { key } = entry.command() {
                self.keys.forget(|party, kid| party == entry.signer() && kid == key);
            }
            if let Command::KeyReset { enterprise, key: _, reason: _ } = entry.command() {
                let reset = PartyId::Enterprise(*enterprise);
                self.keys.forget(|party, _| *party == reset);
            }
        }
        if appeared {
            self.keys.appear();
        }
        self.height.send_replace(Some(block.height()));
        self.waiters.wake(block.entries().iter().map(super::Decided::receipt));
        block.entries().iter().for_each(|entry| self.metrics.outcome(&entry.receipt().outcome));
        self.metrics.followed(block.height(), 0);
    }

    /// Lets a fault pass that will; any other stops the service.
    fn pass(&self, error: StoreError) -> Result<(), FollowError> {
        match error {
            StoreError::Unavailable { .. }
            | StoreError::Serialization { .. }
            | StoreError::OutcomeUnknown { .. } => {
                tracing::warn!(
                    service = self.name.as_str(),
                    error = &error as &dyn std::error::Error,
                    "following pauses"
                );
                Ok(())
            }
            StoreError::Conflict { .. }
            | StoreError::Data { .. }
            | StoreError::Aborted { .. }
            | StoreError::Migration { .. }
            | StoreError::Embedded { .. }
            | StoreError::Config { .. } => Err(FollowError::Store(error)),
        }
    }
}
