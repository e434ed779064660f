//! What goes wrong next, drawn from a seed alone: the same seed draws the same faults in the same order, whatever the
//! machine makes of them.

use std::time::Duration;

use piao_testkit::points::{EDGE, LEDGER, Point, When};
use piao_testkit::sim::Seeded;

use super::machines::Way;
use super::platform::SERVICES;
use super::settings::Kind;

/// One fault, with all that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// These are killed at once, and started again at once.
    Kill(Vec<&'static str>),
    /// The ledger and a service are started again to die each at one of its crash points.
    Pair {
        service: &'static str,
        edge: String,
        ledger: String,
    },
    /// Stopped, and woken after a while.
    Stop {
        name: &'static str,
        meanwhile: Meanwhile,
    },
    /// The ledger is stopped, another takes over, and the first is woken.
    TakeOver,
    /// The ledger dies, or is stopped and woken later, and one that stands by leads.
    HandOver {
        stopped: bool,
    },
    KillPostgres,
    StopPostgres {
        meanwhile: Meanwhile,
    },
    KillBroker,
    StopBroker {
        meanwhile: Meanwhile,
    },
    /// Some packets between two machines are lost.
    Cut {
        of: &'static str,
        from: &'static str,
        way: Way,
        meanwhile: Meanwhile,
    },
    /// A process sees a later or earlier time for a while.
    Step {
        name: &'static str,
        later: i64,
        lasting: Duration,
    },
    /// PostgreSQL's disk is full.
    Fill {
        lasting: Duration,
    },
    /// It fails.
    Fail {
        lasting: Duration,
    },
    /// The disk of the ledgers' own file is full.
    FillLedgers {
        until: Until,
    },
    /// It fails.
    FailLedgers {
        until: Until,
    },
}

/// For how long the ledger can keep nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// So briefly that it goes on by itself.
    Passed(Duration),
    /// Until it has ended for it.
    Ended,
}

/// How long something lasts, and which services are killed one after the other while it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meanwhile {
    pub(crate) lasting: Duration,
    pub(crate) killed: Vec<&'static str>,
}

/// How often each kind is drawn, where all are wanted.
const WEIGHTS: [(Kind, u64); 6] = [
    (Kind::Service, 11),
    (Kind::Postgres, 4),
    (Kind::Broker, 2),
    (Kind::Partition, 4),
    (Kind::Clock, 2),
    (Kind::Disk, 2),
];
/// Services that clients send to all the while.
const BUSY: [&str; 3] = ["issuance", "claims", "reimbursement"];
/// Beyond it a ledger whose clock differs from its database's does not seal.
const CLOCK_STEPS: [i64; 6] = [-3_000, -90, -30, 30, 90, 3_000];

/// Where faults come from.
pub(crate) struct Faults {
    chance: Seeded,
    /// The next of all pairs of crash points: each run begins where the one of the seed before it may have got to.
    pair: usize,
}

/// About as many pairs as five minutes come by.
const PAIRS_A_RUN: u64 = 12;

impl Faults {
    /// Those of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let pair = usize::try_from(seed.wrapping_mul(PAIRS_A_RUN) % 1_000_000).unwrap();
        Self { chance: Seeded::new(seed), pair }
    }

    /// The next fault among some kinds.
    pub(crate) fn draw(&mut self, kinds: &[Kind]) -> Fault {
        let chance = &mut self.chance;
        let wanted = WEIGHTS.iter().filter(|(kind, _)| kinds.contains(kind)).collect::<Vec<_>>();
        let mut place = chance.below(wanted.iter().map(|(_, weight)| weight).sum());
        let kind = wanted.iter().find(|(_, weight)| {
            let here = place < *weight;
            place = place.saturating_sub(*weight);
            here
        });
        match kind.expect("a kind of fault").0 {
            Kind::Service => self.service(),
            Kind::Postgres if chance.below(4) == 0 => {
                Fault::StopPostgres { meanwhile: meanwhile(chance, 15) }
            }
            Kind::Postgres => Fault::KillPostgres,
            Kind::Broker if chance.below(4) == 0 => Fault::StopBroker { meanwhile: meanwhile(chance, 15) },
            Kind::Broker => Fault::KillBroker,
            Kind::Partition => partition(chance),
            Kind::Clock => Fault::Step {
                name: chance.pick::<&str>(&["ledger", "issuance", "reimbursement"]),
                later: *chance.pick(&CLOCK_STEPS),
                lasting: seconds(chance, 2, 8),
            },
            Kind::Disk => disk(chance),
        }
    }

    fn service(&mut self) -> Fault {
        let chance = &mut self.chance;
        match chance.below(10) {
            0..=5 => {
                let chosen = SERVICES.into_iter().filter(|_| chance.below(2) == 0).map(|(name, ..)| name);
                let chosen = chosen.collect::<Vec<_>>();
                Fault::Kill(if chosen.is_empty() { vec!["ledger"] } else { chosen })
            }
            6 | 7 => self.pair(),
            8 => Fault::Stop { name: any(chance), meanwhile: meanwhile(chance, 12) },
            _ => match chance.below(3) {
                0 => Fault::TakeOver,
                by => Fault::HandOver { stopped: by == 1 },
            },
        }
    }

    /// Two points that a process comes by in its daily work, one pair after the other; at the n-th time, so that it is
    /// somewhere in that work.
    fn pair(&mut self) -> Fault {
        let of = |all: &[Point], daily: &[When]| {
            all.iter().filter(|point| daily.contains(&point.when)).map(|point| point.name).collect::<Vec<_>>()
        };
        let edges = of(&EDGE, &[When::Taking, When::Following]);
        let ledgers = of(&LEDGER, &[When::Deciding, When::Signing]);
        let (edge, ledger) =
            (edges[self.pair % edges.len()], ledgers[self.pair / edges.len() % ledgers.len()]);
        self.pair += 1;
        let chance = &mut self.chance;
        let (edge, ledger) =
            (format!("{edge}:{}", 1 + chance.below(12)), format!("{ledger}:{}", 1 + chance.below(6)));
        Fault::Pair { service: chance.pick::<&str>(&BUSY), edge, ledger }
    }
}

fn partition(chance: &mut Seeded) -> Fault {
    let from = *chance.pick(&["postgres", "postgres", "rabbitmq", "rabbitmq", "ledger"]);
    let mut of = any(chance);
    if of == from {
        of = "reimbursement";
    }
    let way = *chance.pick(&[Way::Out, Way::In, Way::Both, Way::Both]);
    Fault::Cut { of, from, way, meanwhile: meanwhile(chance, 25) }
}

/// Both disks go wrong in both ways equally often.
fn disk(chance: &mut Seeded) -> Fault {
    let (which, lasting) = (chance.below(4), seconds(chance, 0, 6));
    // One that ends takes most of a minute.
    let until = if chance.below(3) == 0 { Until::Ended } else { Until::Passed(lasting) };
    match which {
        0 => Fault::Fill { lasting },
        1 => Fault::Fail { lasting },
        2 => Fault::FillLedgers { until },
        _ => Fault::FailLedgers { until },
    }
}

fn any(chance: &mut Seeded) -> &'static str {
    chance.pick(&SERVICES).0
}

/// One kill in three seconds, on average.
fn meanwhile(chance: &mut Seeded, most: u64) -> Meanwhile {
    let lasting = seconds(chance, 1, most);
    let killed = (0..lasting.as_secs()).filter(|_| chance.below(3) == 0).collect::<Vec<_>>();
    Meanwhile { lasting, killed: killed.into_iter().map(|_| any(chance)).collect() }
}

/// From `least` on, and mostly not much longer.
fn seconds(chance: &mut Seeded, least: u64, most: u64) -> Duration {
    let bound = 1_000 * (most - least);
    let shorter = chance.below(bound).min(chance.below(bound));
    Duration::from_millis(1_000 * least + shorter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_draws_the_same_and_every_kind_is_drawn() {
        let drawn = |seed| {
            let mut faults = Faults::of(seed);
            (0..2_000).map(|_| faults.draw(&Kind::ALL)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let faults = drawn(1);
        let has = |matches: fn(&Fault) -> bool| faults.iter().any(matches);
        assert!(has(|fault| matches!(fault, Fault::Kill(names) if names.len() > 1)));
        assert!(has(|fault| matches!(fault, Fault::Pair { .. })));
        assert!(has(|fault| matches!(fault, Fault::Stop { .. })));
        assert!(has(|fault| matches!(fault, Fault::TakeOver)));
        assert!(has(|fault| matches!(fault, Fault::HandOver { stopped: true })));
        assert!(has(|fault| matches!(fault, Fault::HandOver { stopped: false })));
        assert!(has(|fault| matches!(fault, Fault::KillPostgres)));
        assert!(has(|fault| matches!(fault, Fault::StopPostgres { .. })));
        assert!(has(|fault| matches!(fault, Fault::KillBroker)));
        assert!(has(|fault| matches!(fault, Fault::StopBroker { .. })));
        assert!(has(|fault| matches!(fault, Fault::Cut { meanwhile, .. } if !meanwhile.killed.is_empty())));
        assert!(has(|fault| matches!(fault, Fault::Step { .. })));
        assert!(has(|fault| matches!(fault, Fault::Fill { .. })));
        assert!(has(|fault| matches!(fault, Fault::Fail { .. })));
        assert!(has(|fault| matches!(fault, Fault::FillLedgers { until: Until::Passed(_) })));
        assert!(has(|fault| matches!(fault, Fault::FillLedgers { until: Until::Ended })));
        assert!(has(|fault| matches!(fault, Fault::FailLedgers { until: Until::Passed(_) })));
        assert!(has(|fault| matches!(fault, Fault::FailLedgers { until: Until::Ended })));
        assert!(!has(|fault| matches!(fault, Fault::Cut { of, from, .. } if of == from)));
    }

    #[test]
    fn only_wanted_kinds_are_drawn() {
        let mut faults = Faults::of(3);
        let only = |_| matches!(faults.draw(&[Kind::Broker]), Fault::KillBroker | Fault::StopBroker { .. });
        assert!((0..50).all(only));
    }

    #[test]
    fn runs_one_after_the_other_come_by_every_pair_of_points() {
        let of_run = |seed| {
            let mut faults = Faults::of(seed);
            (0..PAIRS_A_RUN).map(|_| faults.pair()).collect::<Vec<_>>()
        };
        let name = |point: &str| point.split(':').next().unwrap().to_owned();
        let pairs = (1..=15).flat_map(of_run).filter_map(|fault| match fault {
            Fault::Pair { edge, ledger, .. } => Some((name(&edge), name(&ledger))),
            _ => None,
        });
        let pairs = pairs.collect::<std::collections::BTreeSet<_>>();
        let daily =
            |all: &[Point], daily: &[When]| all.iter().filter(|one| daily.contains(&one.when)).count();
        let edges = daily(&EDGE, &[When::Taking, When::Following]);
        assert_eq!(pairs.len(), edges * daily(&LEDGER, &[When::Deciding, When::Signing]));
    }
}
