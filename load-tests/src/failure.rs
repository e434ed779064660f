//! Why a measurement was not made.

use std::error::Error;

use thiserror::Error as ThisError;

/// What we were doing to what, and the cause below it.
#[derive(Debug, ThisError)]
#[error("{doing}")]
pub(crate) struct Failure {
    doing: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure without a cause below it.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { doing: what.into(), source: None }
    }

    /// For `map_err`: keeps the cause, adds what we were doing.
    pub(crate) fn doing<E>(doing: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let doing = doing.into();
        move |source| Self { doing, source: Some(source.into()) }
    }

    /// The failure with every cause below it, on one line.
    pub(crate) fn whole(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    }
}
