//! Where everything that differs between two seeds comes from.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Trace;

/// Numbers that follow from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// The numbers of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    /// The next.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; 0 below 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.draw() % bound }
    }

    /// One of some.
    pub const fn pick<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len() as u64) as usize]
    }
}

/// How often what goes wrong, in so many of a thousand times that it could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// A step takes up to 50 ms.
    pub slow: u32,
    /// A step takes up to 3 s: a disk, a link, a machine that swaps.
    pub stuck: u32,
    /// A connection to a database breaks at a statement.
    pub cut: u32,
    /// It breaks at COMMIT: before it, after it, or while it is on its way.
    pub torn: u32,
    /// A publish fails, and nothing was kept.
    pub refused: u32,
    /// A publish fails, and the message was kept.
    pub unconfirmed: u32,
    /// A publish is confirmed, and the message is lost.
    pub lost: u32,
    /// A publish finds no queue: nothing is kept, and whoever is confirmed next on the same line is told of the return.
    pub unroutable: u32,
    /// A message is kept twice.
    pub doubled: u32,
    /// A message is delivered late, after others that were published after it.
    pub late: u32,
    /// An acknowledgement does not go through, and whoever acknowledged is told.
    pub unacked: u32,
    /// Nor is anybody told.
    pub ack_lost: u32,
    /// An announcement is lost, doubled or late.
    pub deaf: u32,
    /// The ledger does not answer a follower.
    pub away: u32,
}

impl Weather {
    /// Nothing goes wrong, and nothing takes any time.
    pub const CALM: Self = Self {
        slow: 0,
        stuck: 0,
        cut: 0,
        torn: 0,
        refused: 0,
        unconfirmed: 0,
        lost: 0,
        unroutable: 0,
        doubled: 0,
        late: 0,
        unacked: 0,
        ack_lost: 0,
        deaf: 0,
        away: 0,
    };
}

/// What a whole run shares. Clones are the same run.
#[derive(Clone)]
pub struct Sim(Arc<Inner>);

struct Inner {
    random: Mutex<Seeded>,
    trace: Mutex<Trace>,
    weather: Mutex<Weather>,
    injected: Mutex<BTreeMap<&'static str, u64>>,
    violations: Mutex<Vec<String>>,
    began: Instant,
}

/// Nothing panics under these locks, and there is one thread.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sim {
    /// A run of a seed, in calm weather, on the present runtime.
    #[must_use]
    pub fn new(seed: u64, trace: Trace) -> Self {
        Self(Arc::new(Inner {
            random: Mutex::new(Seeded::new(seed)),
            trace: Mutex::new(trace),
            weather: Mutex::new(Weather::CALM),
            injected: Mutex::default(),
            violations: Mutex::default(),
            began: Instant::now(),
        }))
    }

    /// A number below a bound.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        lock(&self.0.random).below(bound)
    }

    /// Whether something happens this time that happens so many times of a thousand; counted where it does.
    #[must_use]
    pub fn happens(&self, of: impl Fn(&Weather) -> u32, what: &'static str) -> bool {
        let of_thousand = of(&lock(&self.0.weather));
        if of_thousand == 0 || self.below(1000) >= u64::from(of_thousand) {
            return false;
        }
        self.inject(what);
        true
    }

    /// Counts something that went wrong.
    pub fn inject(&self, what: &'static str) {
        *lock(&self.0.injected).entry(what).or_default() += 1;
        self.note("fault", what);
    }

    /// What went wrong so far, and how often.
    #[must_use]
    pub fn injected(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.0.injected).clone()
    }

    /// Sets the weather.
    pub fn set_weather(&self, weather: Weather) {
        *lock(&self.0.weather) = weather;
    }

    /// The weather.
    #[must_use]
    pub fn weather(&self) -> Weather {
        *lock(&self.0.weather)
    }

    /// How long it runs already.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// Writes an event down.
    pub fn note(&self, who: &str, what: impl std::fmt::Display) {
        lock(&self.0.trace).note(self.elapsed(), who, what);
    }

    /// Writes down that something happened that must not.
    pub fn violated(&self, what: String) {
        self.note("violation", &what);
        lock(&self.0.violations).push(what);
    }

    /// What happened that must not.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        lock(&self.0.violations).clone()
    }

    /// The trace so far.
    #[must_use]
    pub fn trace(&self) -> Trace {
        lock(&self.0.trace).clone()
    }

    /// By how many milliseconds one of two messages may overtake the other: none in calm weather.
    #[must_use]
    pub fn jitter(&self) -> u64 {
        if self.weather() == Weather::CALM { 0 } else { 3 }
    }

    /// Takes as long as a step takes in this weather.
    pub async fn take_time(&self) {
        let Weather { slow, stuck, .. } = self.weather();
        if slow == 0 && stuck == 0 {
            return;
        }
        let drawn = self.below(1000);
        let longest = if drawn < u64::from(stuck) {
            self.inject("a step takes seconds");
            3_000
        } else if drawn < u64::from(slow + stuck) {
            50
        } else if drawn < 600 {
            return;
        } else {
            4
        };
        let taken = 1 + self.below(longest);
        tokio::time::sleep(Duration::from_millis(taken)).await;
    }
}
