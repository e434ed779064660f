//! A ledger that leads says so, and a standby takes the chain where nobody says so any more.
//!
//! Nothing here keeps anything safe: a standby that is wrong ends an epoch, and the ledger of that epoch commits nothing
//! any more (ADR 0023). It may not judge by the wall clock, nor count a silence that it did not see itself.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use piao_bus::Bus;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::db::sign_of_life::{self, SignOfLife};
use crate::intake::told;
use crate::{Ledger, LedgerConfig, LedgerError, PgLedger, Readiness, Stopper};

/// How often the ledger that leads gives a sign of life.
const BEAT_EVERY: Duration = Duration::from_millis(500);

/// How often a standby looks for it.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long a standby sees none before it takes the chain: six beats missed, and with all that takes less than 5 s.
const SILENCE_MAX: Duration = Duration::from_secs(3);

/// A ledger that leads only while no other does, for as long as its process lives.
pub struct Standby {
    config: LedgerConfig,
    store: PgLedger,
    stop: Arc<watch::Sender<bool>>,
    ready: watch::Sender<Readiness>,
}

/// What was seen of the ledger that leads, and since when nothing else was.
#[derive(Debug, Default)]
struct Seen(Option<(i64, i64, Instant)>);

impl Seen {
    /// Whether nobody leads: it was said, or was silent for too long in all that was seen up to now.
    fn is_silent(&mut self, life: SignOfLife, now: Instant) -> bool {
        let SignOfLife { epoch, beats, server: _ } = life;
        match self.0 {
            Some((seen_epoch, seen_beats, since)) if (seen_epoch, seen_beats) == (epoch, beats) => {
                beats == 0 || now.duration_since(since) >= SILENCE_MAX
            }
            Some(_) | None => {
                self.0 = Some((epoch, beats, now));
                beats == 0
            }
        }
    }

    /// Nothing was seen for a while: whatever was silent meanwhile may have had the same reason.
    fn forget(&mut self) {
        self.0 = None;
    }
}

impl Standby {
    /// Nothing happens before it runs.
    #[must_use]
    pub fn new(config: LedgerConfig) -> Self {
        let store = PgLedger::new(config.database.clone(), config.schema.clone());
        let ready =
            watch::Sender::new(Readiness::Waiting("nothing is known of other ledgers yet".to_owned()));
        Self { config, store, stop: Arc::new(watch::Sender::new(false)), ready }
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
    pub async fn run(self) -> Result<(), LedgerError> {
        let mut stopping = self.stop.subscribe();
        loop {
            tokio::select! {
                biased;
                () = told(&mut stopping) => return Ok(()),
                silent = self.silence() => silent.map_err(|error| self.stopped(error))?,
            }
            match self.lead(&mut stopping).await {
                Err(LedgerError::Fenced { epoch, height }) => {
                    tracing::warn!(epoch, height, "another ledger leads; this one stands by");
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the chain was not taken");
                }
                ended => return ended.map_err(|error| self.stopped(error)),
            }
        }
    }

    /// Returns when nobody leads and this ledger could.
    async fn silence(&self) -> Result<(), LedgerError> {
        let mut seen = Seen::default();
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            let life = match self.store.transaction(async |session| sign_of_life::find(session).await).await {
                Ok(life) => life,
                Err(error) if error.is_passing() => {
                    self.waits(&error);
                    seen.forget();
                    continue;
                }
                Err(error) => return Err(error),
            };
            // One whose clock is wrong would take the chain and not seal, and one without a bus would hear of nothing.
            let able = self.config.clock.near(life.server);
            if let Err(error) = able.and_then(|()| Ok(self.config.bus.check()?)) {
                self.waits(&error);
                seen.forget();
                continue;
            }
            self.ready.send_replace(Readiness::StandingBy);
            if seen.is_silent(life, Instant::now()) {
                self.end_holders().await;
                return Ok(());
            }
        }
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

    /// Takes the chain and leads until told to stop, or until it must not go on.
    async fn lead(&self, stopping: &mut watch::Receiver<bool>) -> Result<(), LedgerError> {
        let ledger = Ledger::start(self.config.clone()).await?;
        tracing::warn!("nobody led: this ledger has taken the chain");
        let (stopper, mut ready) = (ledger.stopper(), ledger.readiness());
        self.ready.send_replace(Readiness::Sealing);
        let mut running = pin!(ledger.run());
        let mut is_told = false;
        loop {
            tokio::select! {
                ended = &mut running => return ended,
                Ok(()) = ready.changed() => {
                    self.ready.send_replace(ready.borrow_and_update().clone());
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

    /// Gives one. `false` where another leads: the ledger finds that out by itself, before it commits anything.
    pub(crate) async fn beat(&self) -> bool {
        let epoch = self.epoch;
        match self.store.derive(async |session| sign_of_life::beat(session, epoch).await).await {
            Ok(leads) => leads,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no sign of life could be given");
                true
            }
        }
    }

    /// A crash before this, or a failure: whoever is next waits until the silence is long enough.
    async fn give_up(&self) {
        let epoch = self.epoch;
        if let Err(error) =
            self.store.derive(async |session| sign_of_life::give_up(session, epoch).await).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "nobody was told that this ledger leads no more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn life(epoch: i64, beats: i64) -> SignOfLife {
        SignOfLife { epoch, beats, server: 0 }
    }

    /// What a standby sees at milliseconds, and whether it takes the chain at the last.
    #[test]
    fn a_silence_is_as_long_as_it_was_seen() {
        let rows: [(&str, &[(u64, Option<SignOfLife>)], bool); 9] = [
            ("nothing yet", &[(0, Some(life(4, 7)))], false),
            ("the same for too short", &[(0, Some(life(4, 7))), (2_999, Some(life(4, 7)))], false),
            ("the same for long enough", &[(0, Some(life(4, 7))), (3_000, Some(life(4, 7)))], true),
            (
                "it beats",
                &[(0, Some(life(4, 7))), (2_900, Some(life(4, 8))), (3_500, Some(life(4, 8)))],
                false,
            ),
            (
                "another leads",
                &[(0, Some(life(4, 7))), (2_900, Some(life(5, 8))), (3_500, Some(life(5, 8)))],
                false,
            ),
            ("it gave up", &[(0, Some(life(4, 7))), (250, Some(life(4, 0)))], true),
            ("nobody ever led", &[(0, Some(life(0, 0)))], true),
            ("nothing was seen", &[(0, Some(life(4, 7))), (1_000, None), (3_500, Some(life(4, 7)))], false),
            (
                "nothing was seen, and then silence",
                &[(0, Some(life(4, 7))), (1_000, None), (3_500, Some(life(4, 7))), (6_500, Some(life(4, 7)))],
                true,
            ),
        ];
        for (name, looks, expect) in rows {
            let began = Instant::now();
            let mut seen = Seen::default();
            let mut silent = false;
            for (at, life) in looks {
                match life {
                    Some(life) => silent = seen.is_silent(*life, began + Duration::from_millis(*at)),
                    None => seen.forget(),
                }
            }
            assert_eq!(silent, expect, "{name}");
        }
    }
}
