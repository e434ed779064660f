//! What a run is to be: how long, from which seed, which kinds of faults.

use std::time::Duration;

/// A kind of fault, as `--kinds` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Services and ledgers are killed, stopped, killed at two of their crash points, taken over.
    Service,
    /// PostgreSQL is killed or stopped.
    Postgres,
    /// RabbitMQ is killed or stopped.
    Broker,
    /// A machine no longer reaches another, or is no longer reached by it.
    Partition,
    /// The clock of one process steps.
    Clock,
    /// PostgreSQL's disk is full, or fails, or that of the ledgers' own file.
    Disk,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Service, Self::Postgres, Self::Broker, Self::Partition, Self::Clock, Self::Disk];

    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Postgres => "postgres",
            Self::Broker => "broker",
            Self::Partition => "partition",
            Self::Clock => "clock",
            Self::Disk => "disk",
        }
    }

    /// What it can only do in a network, or to mounts, of its own.
    pub(crate) const fn needs_confinement(self) -> bool {
        match self {
            Self::Partition | Self::Disk => true,
            Self::Service | Self::Postgres | Self::Broker | Self::Clock => false,
        }
    }
}

/// What a run is to be.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    /// How long faults go on.
    pub(crate) lasting: Duration,
    pub(crate) kinds: Vec<Kind>,
}

/// A sample, for whoever runs this test alone; the test command asks for more.
const SECONDS: u64 = 45;
const KINDS: &str = "service,postgres,broker,partition";

impl Settings {
    /// What the environment says, and a sample where it says nothing.
    pub(crate) fn of_environment() -> Self {
        let given = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str, otherwise: u64| {
            let text = given(name);
            text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text:?}")))
        };
        Self {
            seed: number("PIAO_TORTURE_SEED", 1),
            lasting: Duration::from_secs(number("PIAO_TORTURE_SECONDS", SECONDS)),
            kinds: kinds(&given("PIAO_TORTURE_KINDS").unwrap_or_else(|| KINDS.to_owned())),
        }
    }

    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The kinds, as `--kinds` takes them.
    pub(crate) fn kinds_named(&self) -> String {
        self.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(",")
    }
}

fn kinds(text: &str) -> Vec<Kind> {
    let kind = |name: &str| {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == name.trim());
        found.unwrap_or_else(|| panic!("there is no kind of fault {name:?}"))
    };
    text.split(',').map(kind).collect()
}
