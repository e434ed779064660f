//! Why a command of this tool stopped, and what the person at the keyboard can do next.

use std::fmt;

/// Every failure says what was being done, what went wrong, and the next step.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The person, or the machine that runs us, asked us to stop.
    Interrupted,
    /// Something the work needs is not on this machine.
    Missing {
        what: String,
        /// What to install or to set, as a sentence.
        next: String,
    },
    /// A command that we started did not succeed.
    Command {
        /// What the command was for.
        doing: String,
        /// How it ended, with the end of its output where we hold it.
        outcome: String,
        next: String,
    },
    /// A file or a process could not be handled.
    Io { doing: String, source: std::io::Error },
    /// A check of ours found something wrong; the findings are printed already.
    Check { what: String, next: String },
    /// The command line is wrong.
    Usage(String),
}

impl Failure {
    /// For `map_err`: keeps the cause, adds what we were doing.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// The process exit code: 2 for usage, 130 as shells report an interrupt, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Interrupted => 130,
            Self::Missing { .. } | Self::Command { .. } | Self::Io { .. } | Self::Check { .. } => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => write!(out, "interrupted; everything started here was stopped"),
            Self::Missing { what, next } => write!(out, "{what} is missing\n  next: {next}"),
            Self::Command { doing, outcome, next } => write!(out, "{doing}: {outcome}\n  next: {next}"),
            Self::Io { doing, source } => write!(out, "{doing}: {source}"),
            Self::Check { what, next } => write!(out, "{what}\n  next: {next}"),
            Self::Usage(what) => write!(out, "{what}\n\n{}", crate::USAGE),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Interrupted
            | Self::Missing { .. }
            | Self::Command { .. }
            | Self::Check { .. }
            | Self::Usage(_) => None,
        }
    }
}
