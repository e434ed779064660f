//! The parts of the report, each of which can be measured alone.

use clap::ValueEnum;
use serde::Serialize;

/// A part of the report. Times are those of a whole run on two cores, without the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// k256 verification alone, on all cores (1.5 min)
    Signatures,
    /// Live signing by the Rust client, on all cores, a row an algorithm (1 min)
    Signing,
    /// PostgreSQL alone by pgbench, one commit a transition (1.5 min)
    Postgres,
    /// What a team would build otherwise: HTTP, one signature and one commit a request, no ledger (2 min)
    Service,
    /// The ledger alone, over the broker (2 min)
    Ledger,
    /// The whole way over REST, closed loop, by clients (8 min)
    Rest,
    /// The whole way over REST, open loop at 70 % of the best of the closed loop (2 min)
    Arrivals,
    /// The whole way over REST with keys of other algorithms (4 min)
    Keys,
    /// Twice and five times the peak offered, and how long it takes to be as before (8 min)
    Overload,
    /// 64 invoices locked over and over by the 16 enterprises to which they were presented (2 min)
    Storm,
    /// Resident memory after 1,000,000 transitions beside that after 10,000 (15 min)
    Memory,
    /// The same work with 10,000,000 invoices in the database as with 10,000; 3,000,000 where the disk has no room for
    /// more (60 min)
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
