//! How the program ends when it does not do what it was asked (exit codes of docs/operations.md).

use std::error::Error;
use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

/// Why the program did not do it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Looked at, and found wrong: exit code 1.
    Negative(String),
    /// Asked in a way that cannot be done: exit code 2.
    Usage(String),
    /// It could not be found out: exit code 3.
    Fault {
        /// What we were doing.
        doing: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Some of what was asked could not be found out, and the rest is told already: exit code 3.
    Undecided(String),
    /// The services do not let this caller: exit code 4.
    NotAllowed(String),
    /// The ledger refused, or would: exit code 5.
    Refused(String),
    /// It may be on the record or still get there: exit code 6.
    OutcomeUnknown(String),
    /// Not now; the same later: exit code 7.
    Limited(String),
}

impl Failure {
    pub(crate) fn fault(doing: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Fault { doing: doing.into(), source: source.into() }
    }

    /// Says why on stderr, causes included, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let code = match self {
            Self::Negative(_) => 1,
            Self::Usage(_) => 2,
            Self::Fault { .. } | Self::Undecided(_) => 3,
            Self::NotAllowed(_) => 4,
            Self::Refused(_) => 5,
            Self::OutcomeUnknown(_) => 6,
            Self::Limited(_) => 7,
        };
        // Where stderr is closed there is nobody to tell.
        writeln!(std::io::stderr(), "piao: {self}").ok();
        ExitCode::from(code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { doing, source } => write!(f, "{doing}: {}", chain(&**source)),
            Self::Negative(why)
            | Self::Usage(why)
            | Self::Undecided(why)
            | Self::NotAllowed(why)
            | Self::Refused(why)
            | Self::OutcomeUnknown(why)
            | Self::Limited(why) => f.write_str(why),
        }
    }
}

/// An error and its causes, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        text.push_str(&format!(": {below}"));
        cause = below.source();
    }
    text
}
