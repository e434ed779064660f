//! A process on its machine: it takes steps, and may die or stop between any two of them.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::Sim;

/// One life of a process. Everything that it asks of the world outside it asks in its name; what a process does between
/// two such steps nobody outside can tell apart from doing nothing. Clones are the same life.
#[derive(Clone)]
pub struct Machine {
    sim: Sim,
    name: Arc<str>,
    life: Arc<Life>,
}

struct Life {
    dead: AtomicBool,
    stopped: AtomicBool,
    /// Rings when it is woken or dies. Whoever waited first goes on first: a `watch` would wake them in an order of its
    /// own, another each time.
    changed: Notify,
    steps: AtomicU64,
    /// The step at which it dies; never where it is 0.
    dies_at: AtomicU64,
}

impl Machine {
    /// A process that has just started.
    #[must_use]
    pub fn start(sim: &Sim, name: &str) -> Self {
        let life = Life {
            dead: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            changed: Notify::new(),
            steps: AtomicU64::new(0),
            dies_at: AtomicU64::new(0),
        };
        sim.note(name, "starts");
        Self { sim: sim.clone(), name: name.into(), life: Arc::new(life) }
    }

    /// The run.
    #[must_use]
    pub const fn sim(&self) -> &Sim {
        &self.sim
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes a step towards the world. Never returns in a process that is dead; waits in one that is stopped.
    pub async fn step(&self, what: &'static str) {
        self.begin(what).await;
        self.sim.take_time().await;
        self.alive().await;
    }

    /// As [`Machine::step`], for one that takes no time.
    pub async fn begin(&self, what: &'static str) {
        self.alive().await;
        let step = self.life.steps.fetch_add(1, Ordering::Relaxed) + 1;
        if step == self.life.dies_at.load(Ordering::Relaxed) {
            self.sim.note(&self.name, format_args!("dies at {what}"));
            self.kill();
            self.alive().await;
        }
        self.sim.note(&self.name, what);
    }

    /// Returns while the process lives and runs.
    pub async fn alive(&self) {
        self.until(|life| !life.stopped.load(Ordering::Relaxed)).await;
        if self.is_dead() {
            pending::<()>().await;
        }
    }

    /// Whether it is dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.life.dead.load(Ordering::Relaxed)
    }

    /// Whether it is stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.life.stopped.load(Ordering::Relaxed)
    }

    /// Kills it.
    pub fn kill(&self) {
        self.life.dead.store(true, Ordering::Relaxed);
        self.life.stopped.store(false, Ordering::Relaxed);
        self.life.changed.notify_waiters();
    }

    /// Kills it after so many more of its steps.
    pub fn kill_after(&self, steps: u64) {
        self.life.dies_at.store(self.life.steps.load(Ordering::Relaxed) + steps.max(1), Ordering::Relaxed);
    }

    /// Stops it before its next step, as SIGSTOP does.
    pub fn stop(&self) {
        self.sim.note(&self.name, "is stopped");
        self.life.stopped.store(true, Ordering::Relaxed);
    }

    /// Lets it go on.
    pub fn wake(&self) {
        self.sim.note(&self.name, "is woken");
        self.life.stopped.store(false, Ordering::Relaxed);
        self.life.changed.notify_waiters();
    }

    /// Returns when it is dead.
    pub async fn death(&self) {
        self.until(|life| life.dead.load(Ordering::Relaxed)).await;
    }

    async fn until(&self, is_so: impl Fn(&Life) -> bool) {
        loop {
            // Made before the look: what changes after it rings.
            let changed = self.life.changed.notified();
            if is_so(&self.life) {
                return;
            }
            changed.await;
        }
    }
}
