//! How the program ends when it does not do what it was asked (exit codes of docs/operations.md).

use std::error::Error;
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
        let (text, code) = match self {
            Self::Negative(why) => (why.clone(), 1),
            Self::Usage(why) => (why.clone(), 2),
            Self::Fault { doing, source } => (format!("{doing}: {}", chain(&**source)), 3),
            Self::Undecided(why) => (why.clone(), 3),
            Self::NotAllowed(why) => (why.clone(), 4),
            Self::Refused(why) => (why.clone(), 5),
            Self::OutcomeUnknown(why) => (why.clone(), 6),
            Self::Limited(why) => (why.clone(), 7),
        };
        // Where stderr is closed there is nobody to tell.
        writeln!(std::io::stderr(), "piao: {text}").ok();
        ExitCode::from(code)
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
