//! The one task that decides: batch in, block out, and then, and only then, acknowledgements and announcements.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use piao_chain::execute::Executor;
use piao_chain::seal::Tip;
use piao_domain::ids::TransitionId;
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use tokio::sync::{mpsc, watch};

use crate::announce::{Announcement, decompress};
use crate::clock::Clock;
use crate::commit::{Block, commit_batch};
use crate::db::head;
use crate::fault;
use crate::intake::{Answer, Cores, Taken, Taking, told};
use crate::session::{LedgerSession, LedgerStore, Work};
use crate::tiles::TileEdge;
use crate::{LedgerError, Readiness};

/// Where the chain ends as this ledger knows it, and what it keeps at hand because no other ledger can change it
/// without ending this one's epoch.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    pub(crate) tip: Tip,
    pub(crate) epoch: i64,
    pub(crate) rules: RuleBook,
    pub(crate) tiles: TileEdge,
}

pub(crate) struct Decider<S> {
    pub(crate) store: S,
    pub(crate) executor: Executor,
    pub(crate) cores: Cores,
    pub(crate) clock: Clock,
    pub(crate) position: Position,
    pub(crate) tips: watch::Sender<Tip>,
    pub(crate) ready: watch::Sender<Readiness>,
    pub(crate) stopping: watch::Receiver<bool>,
}

/// How long nothing may come before the ledger looks whether it could decide.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long to wait before a batch is tried again.
const RETRY: Duration = Duration::from_secs(1);

impl<S: LedgerStore> Decider<S> {
    /// Decides batches until the intake ends. A fault that passes is waited out with the batch in hand, unless the
    /// ledger is told to stop; that, and any other fault, ends the task, with nothing acknowledged.
    pub(crate) async fn run(
        mut self,
        mut takings: mpsc::Receiver<Taking>,
        answers: mpsc::Sender<Answer>,
        announcements: mpsc::Sender<Announcement>,
    ) -> Result<(), LedgerError> {
        // A ledger that died between a commit and its announcement left a block that nobody was told of.
        self.announce_tip(&announcements).await;
        loop {
            // Where nothing comes, readiness still has to be true: a clock that was set, a database that went away.
            let taking = match tokio::time::timeout(LOOK_EVERY, takings.recv()).await {
                Ok(Some(taking)) => taking,
                Ok(None) => return Ok(()),
                Err(_) => {
                    self.look().await?;
                    continue;
                }
            };
            let Taking { transitions, messages, .. } = taking;
            if !self.decide(&transitions, &announcements).await? {
                return Ok(());
            }
            // A crash before this line: the block is there and the messages come again; every transition in them is
            // found decided, and no second block is made of it.
            if answers.send(Answer(messages)).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Says whether a batch would be decided now, and ends where another ledger has opened the chain.
    async fn look(&self) -> Result<(), LedgerError> {
        let found = self.store.read(EpochAndClock);
        let epoch = self.position.epoch;
        let readiness = match found.await {
            Ok((found, _)) if found != Some(epoch) => {
                let height = self.position.tip.header.height() + 1;
                return Err(self.stop(LedgerError::Fenced { epoch, height }));
            }
            Ok((_, server)) => match self.clock.checked(server) {
                Ok(_) => Readiness::Sealing,
                Err(error) => Readiness::Waiting(error.to_string()),
            },
            Err(error) if error.is_passing() => Readiness::Waiting(error.to_string()),
            Err(error) => return Err(self.stop(error)),
        };
        if let Readiness::Waiting(reason) = &readiness {
            tracing::warn!(reason, "no block could be made now");
        }
        self.ready.send_replace(readiness);
        Ok(())
    }

    /// Whether the batch is decided; not where the ledger was told to stop while it could not be.
    async fn decide(
        &mut self,
        batch: &[Taken],
        announcements: &mpsc::Sender<Announcement>,
    ) -> Result<bool, LedgerError> {
        loop {
            match self.commit(batch).await {
                Ok(None) => {
                    self.ready.send_replace(Readiness::Sealing);
                    return Ok(true);
                }
                Ok(Some(block)) => {
                    self.position = block.position;
                    self.ready.send_replace(Readiness::Sealing);
                    self.tips.send_replace(self.position.tip.clone());
                    // A crash here, or a lost announcement: followers miss the height and ask for it.
                    announce(announcements, block.announcement);
                    return Ok(true);
                }
                Err(error) if error.is_passing() => {
                    tracing::error!(error = &error as &dyn std::error::Error, "no block; trying again");
                    self.ready.send_replace(Readiness::Waiting(error.to_string()));
                    // The commit may have gone through although we were not told. What is true is in the head.
                    match self.reopen(announcements).await {
                        Ok(true) => {}
                        // A block that went through is announced by the next start.
                        Ok(false) => return Ok(false),
                        Err(error) => return Err(self.stop(error)),
                    }
                }
                Err(error) => return Err(self.stop(error)),
            }
        }
    }

    fn stop(&self, error: LedgerError) -> LedgerError {
        self.ready.send_replace(Readiness::Stopped(error.to_string()));
        error
    }

    /// One transaction from taking the head to moving it.
    async fn commit(&self, batch: &[Taken]) -> Result<Option<Block>, LedgerError> {
        let Self { executor, cores, clock, position, .. } = self;
        let block = self.store.write(Decide { executor, cores: *cores, clock, position, batch }).await?;
        fault::point("ledger.commit.after");
        Ok(block)
    }

    /// Waits a while after a fault, then reads the head anew, within the same epoch, until that can be done, and tells
    /// of a block that turns out to be there. `false` where the ledger is told to stop before.
    async fn reopen(&mut self, announcements: &mpsc::Sender<Announcement>) -> Result<bool, LedgerError> {
        let epoch = self.position.epoch;
        let height = self.position.tip.header.height();
        loop {
            if tokio::time::timeout(RETRY, told(&mut self.stopping)).await.is_ok() {
                return Ok(false);
            }
            match self.store.read(ReadPosition).await {
                // Another ledger has opened the chain: the next commit says so and ends this one.
                Ok(position) => {
                    head::goes_on(&position.tip, &self.position.tip, position.epoch == epoch)?;
                    self.position = Position { epoch, ..position };
                    break;
                }
                Err(error) if error.is_passing() => {
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot read the head");
                    self.ready.send_replace(Readiness::Waiting(error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        if self.position.tip.header.height() > height {
            self.tips.send_replace(self.position.tip.clone());
            self.announce_tip(announcements).await;
        }
        Ok(true)
    }

    /// Announces the last block, perhaps once more. It is a hint: without it followers ask for themselves.
    async fn announce_tip(&self, announcements: &mpsc::Sender<Announcement>) {
        let height = self.position.tip.header.height();
        if height == 0 {
            return;
        }
        match self.store.read(ListBodies { from: height, limit: 1 }).await {
            Ok(bodies) => {
                let lines = bodies.iter().filter_map(|body| String::from_utf8(decompress(body).ok()?).ok());
                for line in lines {
                    announce(announcements, Announcement { height, line });
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(height, error, "the last block was not announced again");
            }
        }
    }
}

/// A batch on its way into a block; nothing where all of it is decided already.
struct Decide<'a> {
    executor: &'a Executor,
    cores: Cores,
    clock: &'a Clock,
    position: &'a Position,
    batch: &'a [Taken],
}

impl Work for Decide<'_> {
    type Done = Option<Block>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Option<Block>, LedgerError> {
        let Self { executor, cores, clock, position, batch } = self;
        // First, so that whatever follows sees one end of the chain, and a ledger whose epoch has ended reads nothing
        // that it might take for a fault. One that stops here holds the next up until the server ends its idle
        // transaction, which the pool bounds.
        hold_head(session, position).await?;
        fault::point("ledger.commit.begun");
        let fresh = undecided(session, batch).await?;
        if fresh.is_empty() {
            return Ok(None);
        }
        let own = clock.checked(session.read_clock().await?)?;
        let now = Time::from_unix(own).max(position.tip.header.time());
        commit_batch(session, executor, cores, position, &fresh, now).await.map(Some)
    }
}

/// The epoch of the head, where there is one, and the time of the store.
struct EpochAndClock;

impl Work for EpochAndClock {
    type Done = (Option<i64>, i64);
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Self::Done, LedgerError> {
        let head = session.find_head().await?;
        Ok((head.map(|head| head.epoch), session.read_clock().await?))
    }
}

struct ReadPosition;

impl Work for ReadPosition {
    type Done = Position;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Position, LedgerError> {
        read_position(session).await
    }
}

/// Compressed bodies of blocks from a height on.
pub(crate) struct ListBodies {
    pub(crate) from: u64,
    pub(crate) limit: u32,
}

impl Work for ListBodies {
    type Done = Vec<Vec<u8>>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Vec<Vec<u8>>, LedgerError> {
        session.list_bodies(self.from, self.limit).await
    }
}

/// Takes the head for this transaction, first of all.
///
/// # Errors
/// [`LedgerError::Fenced`] where another ledger has opened the chain since. [`LedgerError::Moved`] where a commit of
/// our own came through after it was given up.
pub(crate) async fn hold_head<S: LedgerSession>(
    session: &mut S,
    position: &Position,
) -> Result<(), LedgerError> {
    let (epoch, tip) = (position.epoch, &position.tip);
    match session.hold_head(epoch).await? {
        Some(found) => head::not_behind(&found, tip),
        None => Err(LedgerError::Fenced { epoch, height: tip.header.height() + 1 }),
    }
}

/// Hands an announcement on, or drops it where many wait already: a broker that takes none, short of memory perhaps,
/// must not keep the ledger from deciding what the broker still delivers. Followers ask for what they miss.
fn announce(announcements: &mpsc::Sender<Announcement>, announcement: Announcement) {
    let height = announcement.height;
    if announcements.try_send(announcement).is_err() {
        tracing::warn!(
            height,
            "a block is not announced: the broker does not take what was announced before"
        );
    }
}

/// Where the stored chain ends.
pub(crate) async fn read_position<S: LedgerSession>(session: &mut S) -> Result<Position, LedgerError> {
    let Some(head) = session.find_head().await? else {
        return Err(crate::db::Stored("head").bad("no head where a chain was opened").into());
    };
    let tiles = TileEdge::load(session, head.frontier.size()).await?;
    let rules = session.load_rules().await?;
    let tip = Tip { header: head.header, frontier: head.frontier };
    Ok(Position { tip, epoch: head.epoch, rules, tiles })
}

/// What of a batch is not decided yet, each id once, in the order received.
pub(crate) async fn undecided<'a, S: LedgerSession>(
    session: &mut S,
    batch: &'a [Taken],
) -> Result<Vec<&'a Taken>, LedgerError> {
    let keys = batch
        .iter()
        .map(|taken| (taken.transition.id, taken.transition.issued_at))
        .collect::<BTreeMap<TransitionId, Time>>();
    let keys = keys.into_iter().collect::<Vec<_>>();
    let decided = session.find_decided(&keys).await?;
    let mut seen = decided.into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>();
    Ok(batch.iter().filter(|taken| seen.insert(taken.transition.id)).collect())
}
