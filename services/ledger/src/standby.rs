//! A ledger that leads says so, and a standby takes the chain where nobody says so any more.
//!
//! Nothing here keeps anything safe: a standby that is wrong ends an epoch, and the ledger of that epoch commits nothing
//! any more (ADR 0023). It may not judge by the wall clock, nor count a silence that it did not see itself.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use piao_bus::Bus;
use piao_chain::seal::Tip;
use piao_store::Connection;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::db::sign_of_life::{self, SignOfLife};
use crate::db::{Stored, head};
use crate::intake::told;
use crate::session::Head;
use crate::{Ledger, LedgerConfig, LedgerError, PgLedger, Readiness, Stopper, is_of_this_chain};

/// How often the ledger that leads gives a sign of life.
const BEAT_EVERY: Duration = Duration::from_millis(500);

/// How often a standby looks for it.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long a standby sees none before it takes the chain: six beats missed, and with all that takes less than 5 s.
const SILENCE_MAX: Duration = Duration::from_secs(3);

/// A look that comes later than this after the one before leaves a gap, in which nothing was seen.
const GAP_MAX: Duration = Duration::from_secs(1);

/// How long a sign of life may take to be given; the next one comes soon.
const BEAT_WAIT_MAX: Duration = Duration::from_secs(2);

/// A ledger that leads only while no other does, for as long as its process lives.
pub struct Standby {
    config: LedgerConfig,
    store: PgLedger,
    stop: Arc<watch::Sender<bool>>,
    ready: watch::Sender<Readiness>,
}

/// The last sign of life that changed, and when it was seen first and last.
struct Seen {
    life: SignOfLife,
    since: Instant,
    looked: Instant,
}

impl Seen {
    /// What is known after one more look.
    fn look(before: Option<Self>, life: SignOfLife, now: Instant) -> Self {
        match before {
            Some(before) if before.life.is_same(life) && now.duration_since(before.looked) <= GAP_MAX => {
                Self { looked: now, ..before }
            }
            Some(_) | None => Self { life, since: now, looked: now },
        }
    }

    /// Whether nobody leads: it was said, or nothing else was seen for too long.
    fn is_silent(&self) -> bool {
        self.life.beats == 0 || self.looked.duration_since(self.since) >= SILENCE_MAX
    }
}

impl Standby {
    /// Nothing happens before it runs.
    ///
    /// # Errors
    /// [`LedgerError::ForeignLogKey`], [`LedgerError::Kept`]: better now than when it is needed.
    pub fn new(config: LedgerConfig) -> Result<Self, LedgerError> {
        is_of_this_chain(&config.genesis, &config.log_key)?;
        if let Some(kept) = &config.kept {
            tokio::task::block_in_place(|| kept.probe().and_then(|()| kept.read(&config.genesis)))?;
        }
        let store = PgLedger::new(config.database.clone(), config.schema.clone());
        let ready =
            watch::Sender::new(Readiness::Waiting("nothing is known of other ledgers yet".to_owned()));
        Ok(Self { config, store, stop: Arc::new(watch::Sender::new(false)), ready })
    }

    /// What tells it to stop, whether it leads or not.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stop))
    }

    /// What it is doing.
    #[must_use]
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.ready.subscribe()
    }

    /// Watches, leads, and watches again where another ledger has taken the chain, until it is told to stop.
    ///
    /// # Errors
    /// Why it cannot go on; another ledger that leads is no reason.
    pub async fn run(mut self) -> Result<(), LedgerError> {
        let mut stopping = self.stop.subscribe();
        // The sign of life at which the chain could not be taken; while it stays the last one, nobody leads.
        let mut in_vain = None;
        loop {
            let silent = tokio::select! {
                biased;
                () = told(&mut stopping) => return Ok(()),
                silent = self.silence(in_vain) => silent,
            };
            let life = silent.map_err(|error| self.stopped(error))?;
            match self.take(life, &mut stopping).await {
                Err(LedgerError::Fenced { epoch, height }) => {
                    tracing::warn!(epoch, height, "another ledger leads; this one stands by");
                    in_vain = None;
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the chain was not taken");
                    self.waits(&error);
                    in_vain = Some(SignOfLife { beats: life.beats + 1, ..life });
                }
                Ok(Ended::Stopped) => return Ok(()),
                Ok(Ended::Claimed) => {}
                Err(error) => return Err(self.stopped(error)),
            }
        }
    }

    /// Returns with the last sign of life when nobody leads and this ledger could. Meanwhile it learns how far the chain
    /// goes, so that one that was put back is found out.
    async fn silence(&mut self, in_vain: Option<SignOfLife>) -> Result<SignOfLife, LedgerError> {
        let mut seen = None;
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            let looked = async |session: &mut Connection| {
                Ok((sign_of_life::find(session).await?, head::find_head(session).await?))
            };
            let (life, head) = match self.store.snapshot(looked).await {
                Ok(looked) => looked,
                Err(error) if error.is_passing() => {
                    self.waits(&error);
                    seen = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.learn(head)?;
            // One whose clock is wrong would take the chain and not seal, and one without a bus would hear of nothing.
            let able = self.config.clock.near(life.server);
            if let Err(error) = able.and_then(|()| Ok(self.config.bus.check()?)) {
                self.waits(&error);
                seen = None;
                continue;
            }
            if !in_vain.is_some_and(|in_vain| in_vain.is_same(life)) {
                self.ready.send_replace(Readiness::StandingBy);
            }
            let now = Seen::look(seen, life, Instant::now());
            if now.is_silent() {
                self.end_holders().await;
                return Ok(life);
            }
            seen = Some(now);
        }
    }

    /// Keeps the end of the chain, where it goes on from what was seen before.
    ///
    /// # Errors
    /// Where it does not: a database was put back, and nothing may be built on it.
    fn learn(&mut self, head: Option<Head>) -> Result<(), LedgerError> {
        let found = head.map(|head| Tip { header: head.header, frontier: head.frontier });
        match (&self.config.seen, found) {
            (Some(seen), Some(found)) => {
                head::goes_on(&found, seen, false)?;
                self.config.seen = Some(found);
            }
            (Some(seen), None) => {
                let height = seen.header.height();
                return Err(Stored("head").bad(format!("no head, after block {height} was there")).into());
            }
            (None, found) => self.config.seen = found,
        }
        Ok(())
    }

    /// A ledger that was stopped inside a transaction holds the head until the server ends that one, longer than anybody
    /// should wait. Where it cannot be ended by us, that is waited for.
    async fn end_holders(&self) {
        match self.store.transaction(async |session| sign_of_life::end_holders(session).await).await {
            Ok(0) => {}
            Ok(sessions) => tracing::warn!(sessions, "sessions of a ledger that is silent were ended"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "sessions of a ledger that is silent were not ended");
            }
        }
    }

    /// Takes the chain, if nobody else has meanwhile, and leads until told to stop, or until it must not go on.
    async fn take(
        &mut self,
        life: SignOfLife,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<Ended, LedgerError> {
        let opened = async {
            if !self.store.transaction(async |session| sign_of_life::claim(session, life).await).await? {
                return Ok(None);
            }
            Ledger::start(self.config.clone()).await.map(Some)
        };
        let opened = tokio::select! {
            biased;
            // What was not committed is undone; what was is an epoch that nobody uses.
            () = told(stopping) => return Ok(Ended::Stopped),
            opened = opened => opened?,
        };
        let Some(ledger) = opened else { return Ok(Ended::Claimed) };
        let (epoch, tips) = (ledger.epoch, ledger.tips());
        tracing::warn!(epoch, "nobody led: this ledger has taken the chain");
        let led = self.lead(ledger, stopping).await;
        self.config.seen = Some(tips.borrow().clone());
        led.map(|()| Ended::Stopped)
    }

    /// Leads until it ends.
    async fn lead(&self, ledger: Ledger, stopping: &mut watch::Receiver<bool>) -> Result<(), LedgerError> {
        let (stopper, mut ready) = (ledger.stopper(), ledger.readiness());
        self.ready.send_replace(Readiness::Sealing);
        let mut running = pin!(ledger.run());
        let mut is_told = false;
        loop {
            tokio::select! {
                ended = &mut running => return ended,
                Ok(()) = ready.changed() => {
                    let now = ready.borrow_and_update().clone();
                    // Why it stopped is told by how it ended.
                    if !matches!(now, Readiness::Stopped(_)) {
                        self.ready.send_replace(now);
                    }
                }
                () = told(stopping), if !is_told => {
                    stopper.stop();
                    is_told = true;
                }
            }
        }
    }

    fn waits(&self, error: &LedgerError) {
        let changed = self.ready.send_if_modified(|ready| {
            let waiting = Readiness::Waiting(error.to_string());
            let changed = *ready != waiting;
            *ready = waiting;
            changed
        });
        if changed {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "this ledger could not lead now");
        }
    }

    fn stopped(&self, error: LedgerError) -> LedgerError {
        self.ready.send_replace(Readiness::Stopped(error.to_string()));
        error
    }
}

/// How an attempt to lead ended.
enum Ended {
    /// It was told to stop.
    Stopped,
    /// Another took the chain, or lives after all.
    Claimed,
}

/// The signs of life of a ledger that leads.
pub(crate) struct Life {
    pub(crate) store: PgLedger,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) epoch: i64,
    pub(crate) ready: watch::Receiver<Readiness>,
}

impl Life {
    /// Gives them while the ledger can decide, and says so when it has ended in order. A ledger that cannot decide is
    /// silent, so that one that can takes over.
    pub(crate) async fn run(mut self) {
        let mut every = interval(BEAT_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut leads = true;
        while leads {
            tokio::select! {
                changed = self.ready.changed() => {
                    if changed.is_err() {
                        return self.give_up().await;
                    }
                }
                _ = every.tick() => {
                    let able = *self.ready.borrow() == Readiness::Sealing && self.bus.check().is_ok();
                    leads = !able || self.beat().await;
                }
            }
        }
    }

    /// Gives one. `false` where another leads: the ledger finds that out by itself, before it commits anything. A crash
    /// before or after: nothing rests on it.
    async fn beat(&self) -> bool {
        let epoch = self.epoch;
        let beat = self.store.derive(async |session| sign_of_life::beat(session, epoch).await);
        match timeout(BEAT_WAIT_MAX, beat).await {
            Ok(Ok(leads)) => leads,
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no sign of life could be given");
                true
            }
            Err(_) => true,
        }
    }

    /// A crash before this, or a failure: whoever is next waits until the silence is long enough.
    async fn give_up(&self) {
        let epoch = self.epoch;
        let given_up = self.store.derive(async |session| sign_of_life::give_up(session, epoch).await);
        if !matches!(timeout(BEAT_WAIT_MAX, given_up).await, Ok(Ok(()))) {
            tracing::warn!("nobody was told that this ledger leads no more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn life(epoch: i64, beats: i64) -> SignOfLife {
        SignOfLife { epoch, beats, server: 0 }
    }

    /// From when to when a standby looks, in milliseconds, and what it sees.
    type Stretch = (u64, u64, Option<SignOfLife>);

    /// Stretches of milliseconds in which a standby looks and what it sees, and whether it takes the chain after them.
    #[test]
    fn a_silence_is_as_long_as_it_was_seen() {
        let (lives, beats, other, gave_up) = (life(4, 7), life(4, 8), life(5, 8), life(4, 0));
        let rows: [(&str, &[Stretch], bool); 10] = [
            ("nothing yet", &[(0, 0, Some(lives))], false),
            ("the same for too short", &[(0, 2_750, Some(lives))], false),
            ("the same for long enough", &[(0, 3_000, Some(lives))], true),
            ("it beats", &[(0, 2_750, Some(lives)), (3_000, 5_750, Some(beats))], false),
            ("another leads", &[(0, 2_750, Some(lives)), (3_000, 5_750, Some(other))], false),
            ("it gave up", &[(0, 0, Some(lives)), (250, 250, Some(gave_up))], true),
            ("nobody ever led", &[(0, 0, Some(life(0, 0)))], true),
            (
                "a look failed",
                &[(0, 1_000, Some(lives)), (1_250, 1_250, None), (1_500, 4_250, Some(lives))],
                false,
            ),
            ("a look came late", &[(0, 1_000, Some(lives)), (2_250, 5_000, Some(lives))], false),
            ("after a late look", &[(0, 1_000, Some(lives)), (2_250, 5_250, Some(lives))], true),
        ];
        for (name, stretches, expect) in rows {
            let began = Instant::now();
            let mut seen = None;
            for (from, to, life) in stretches {
                for at in (*from..=*to).step_by(250) {
                    seen = life.map(|life| Seen::look(seen.take(), life, began + Duration::from_millis(at)));
                }
            }
            assert_eq!(seen.is_some_and(|seen| seen.is_silent()), expect, "{name}");
        }
    }
}
