//! The parts of the report, each of which can be measured alone.

use clap::ValueEnum;
use serde::Serialize;

/// A part of the report. Times are those of a whole run on two cores, without the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// k256 verification alone, on all cores (1.5 min)
    Signatures,
    /// Live signing by the Rust client, on all cores, by algorithm (1 min)
    Signing,
    /// PostgreSQL alone by pgbench, one commit a transition (1.5 min)
    Postgres,
    /// A service without a ledger: one signature and one commit a request (2 min)
    Service,
    /// The ledger alone, over the broker (2 min)
    Ledger,
    /// The whole way over REST, closed loop, by clients (8 min)
    Rest,
    /// The same, open loop at half of the best of the closed loop (2 min)
    Arrivals,
    /// The same, closed loop, with keys of other algorithms (4 min)
    Keys,
    /// A day and a month of work, flat out and at half of that (25 min)
    Scenarios,
    /// Twice and five times the peak offered, and how soon that is over (8 min)
    Overload,
    /// 64 invoices, which 16 enterprises lock over and over (2 min)
    Storm,
    /// Resident memory after 1,000,000 transitions beside 10,000 (15 min)
    Memory,
    /// Speed with 10,000,000 invoices, or what has room, beside 10,000 (60 min)
    Size,
}

impl Part {
    /// The part on whose platform this one is measured: its own, or one that wants the same.
    pub(crate) const fn stage(self) -> Self {
        match self {
            Self::Arrivals | Self::Keys => Self::Rest,
            Self::Signatures
            | Self::Signing
            | Self::Postgres
            | Self::Service
            | Self::Ledger
            | Self::Rest
            | Self::Scenarios
            | Self::Overload
            | Self::Storm
            | Self::Memory
            | Self::Size => self,
        }
    }

    /// Its name, as it is chosen by.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Signatures => "signatures",
            Self::Signing => "signing",
            Self::Postgres => "postgres",
            Self::Service => "service",
            Self::Ledger => "ledger",
            Self::Rest => "rest",
            Self::Arrivals => "arrivals",
            Self::Keys => "keys",
            Self::Scenarios => "scenarios",
            Self::Overload => "overload",
            Self::Storm => "storm",
            Self::Memory => "memory",
            Self::Size => "size",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_chosen_by_its_name() {
        for part in Part::value_variants() {
            assert_eq!(Part::from_str(part.name(), false), Ok(*part));
            assert_eq!(part.stage().stage(), part.stage());
        }
    }
}
