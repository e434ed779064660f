//! How much a caller may take, as flags and variables (ADR 0014).

use std::num::NonZeroUsize;

use clap::Args;
use piao_edge::http::{Limits, Rate};

/// Limits, each PER_SECOND/BURST. What is not said is as `docs/operations.md` has it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// What an address may send that cannot be attributed, PER_SECOND/BURST
    #[arg(long, env = "PIAO_LIMIT_FAILURES", value_parser = Rate::parse)]
    limit_failures: Option<Rate>,
    /// What an address may ask of log and documents, PER_SECOND/BURST
    #[arg(long, env = "PIAO_LIMIT_PUBLIC", value_parser = Rate::parse)]
    limit_public: Option<Rate>,
    /// What a party may read, PER_SECOND/BURST
    #[arg(long, env = "PIAO_LIMIT_READS", value_parser = Rate::parse)]
    limit_reads: Option<Rate>,
    /// What a party may submit, PER_SECOND/BURST
    #[arg(long, env = "PIAO_LIMIT_WRITES", value_parser = Rate::parse)]
    limit_writes: Option<Rate>,
    /// What the persons of an address may submit together, PER_SECOND/BURST
    #[arg(long, env = "PIAO_LIMIT_PERSONS", value_parser = Rate::parse)]
    limit_persons: Option<Rate>,
    /// How many persons may enrol from an address, PER_SECOND/BURST
    #[arg(long, env = "PIAO_LIMIT_ENROLMENTS", value_parser = Rate::parse)]
    limit_enrolments: Option<Rate>,
    /// Requests that are answered at one time
    #[arg(long, env = "PIAO_LIMIT_IN_FLIGHT")]
    limit_in_flight: Option<usize>,
    /// Connections that are open at one time, as far as open files allow
    #[arg(long, env = "PIAO_LIMIT_CONNECTIONS")]
    limit_connections: Option<NonZeroUsize>,
    /// The last entry of X-Forwarded-For is the caller's address: a proxy of ours wrote it
    #[arg(long, env = "PIAO_BEHIND_PROXY")]
    behind_proxy: bool,
}

impl LimitArgs {
    /// What was said, and the defaults for the rest.
    pub(crate) fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            public: self.limit_public.unwrap_or(default.public),
            failures: self.limit_failures.unwrap_or(default.failures),
            reads: self.limit_reads.unwrap_or(default.reads),
            writes: self.limit_writes.unwrap_or(default.writes),
            persons: self.limit_persons.unwrap_or(default.persons),
            enrolments: self.limit_enrolments.unwrap_or(default.enrolments),
            requests_in_flight_max: self.limit_in_flight.unwrap_or(default.requests_in_flight_max),
            connections_max: self.limit_connections.map_or(default.connections_max, NonZeroUsize::get),
            behind_proxy: self.behind_proxy,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        limits: LimitArgs,
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        let check = |flags: &[&str], expect: Limits| {
            let flags =
                Flags::try_parse_from(std::iter::once(&"piao").chain(flags)).map_err(|e| e.to_string());
            assert_eq!(flags.map(|flags| flags.limits.limits()), Ok(expect));
        };
        let default = Limits::default();
        check(&[], default);
        let writes = Rate::parse("5/10").unwrap();
        check(&["--limit-writes", "5/10"], Limits { writes, ..default });
        check(&["--limit-enrolments", "5/10"], Limits { enrolments: writes, ..default });
        check(&["--limit-persons", "5/10"], Limits { persons: writes, ..default });
        check(&["--limit-connections", "7"], Limits { connections_max: 7, ..default });
        check(&["--behind-proxy"], Limits { behind_proxy: true, ..default });
        check(&["--limit-in-flight", "7"], Limits { requests_in_flight_max: 7, ..default });
        assert!(Flags::try_parse_from(["piao", "--limit-reads", "0/1"]).is_err());
    }
}
