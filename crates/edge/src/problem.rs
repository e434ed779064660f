//! Problem documents (RFC 9457): every answer that is not what was asked for.
//!
//! Three kinds of no, never turned into one another: *malformed* (400, 401, 413, 422; never on the record), *refused*
//! (409, on the record, with the receipt), *fault* (503, 500; logged once, never shown).

mod code;
mod document;
mod foreseen;
mod language;
mod refusals;
mod texts;

use std::sync::Arc;

use piao_domain::rejection::{Code, Detail, Finding};
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;

pub use code::ProblemCode;
pub use document::{FieldError, ProblemDocument, RuleName};
pub use foreseen::ForeseenRefusal;
pub use language::Language;
pub use texts::Texts;

/// The cause of a fault: for the log, never for the answer.
pub type Cause = Arc<dyn std::error::Error + Send + Sync + 'static>;

/// An answer that is not what was asked for. Becomes a document in the caller's language on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) code: ProblemCode,
    pub(crate) rest: Box<Rest>,
}

/// What goes with the code; boxed, so that a result that holds a problem stays small.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) errors: Vec<FieldError>,
    pub(crate) evidence: Evidence,
    pub(crate) retry_after_seconds: Option<u32>,
    pub(crate) cause: Option<(String, Cause)>,
}

/// What a problem of a certain kind shows beside its errors.
#[derive(Clone, Debug)]
pub(crate) enum Evidence {
    Nothing,
    /// A sealed-digest mismatch: what we hashed, so that the sender finds the first difference.
    Sealed {
        canonical: String,
        digest: String,
        first_difference: Option<usize>,
    },
    /// A signature mismatch: SHA-256 of the signing input that we received.
    Signature {
        signing_input_sha256: String,
    },
    /// A refusal, on the record.
    Refused(Box<Refused>),
}

/// A refusal and, where the same party did the same before, in what that differs.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) receipt: Receipt,
    pub(crate) differs: Option<Vec<String>>,
}

impl Problem {
    /// A problem that its code explains.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        let rest =
            Rest { errors: Vec::new(), evidence: Evidence::Nothing, retry_after_seconds: None, cause: None };
        Self { code, rest: Box::new(rest) }
    }

    /// There is nothing here for this caller: it is not there, or not theirs to know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound)
    }

    /// Only other roles may ask this, and everybody may know that it can be asked.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(ProblemCode::Forbidden)
    }

    /// A member or parameter is not of its shape.
    #[must_use]
    pub fn schema(pointer: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(ProblemCode::Schema).at(pointer, expected)
    }

    /// Adds where, and what would pass.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, expected: impl Into<String>) -> Self {
        self.rest.errors.push(FieldError::new(self.code.as_str(), pointer.into(), expected.into()));
        self
    }

    /// Adds what was there to the last error.
    #[must_use]
    pub fn found(mut self, actual: impl Into<String>) -> Self {
        if let Some(last) = self.rest.errors.last_mut() {
            last.actual = Some(actual.into());
        }
        self
    }

    /// Says when to come again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.rest.retry_after_seconds = Some(seconds);
        self
    }

    /// A fault that will pass: 503. `doing` says what we were doing to what.
    #[must_use]
    pub fn unavailable(
        doing: impl Into<String>,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        let mut problem = Self::new(ProblemCode::Unavailable).retry_after(1);
        problem.rest.cause = Some((doing.into(), Arc::new(cause)));
        problem
    }

    /// A fault of ours that will not pass by itself: 500.
    #[must_use]
    pub fn internal(doing: impl Into<String>, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let mut problem = Self::new(ProblemCode::Internal);
        problem.rest.cause = Some((doing.into(), Arc::new(cause)));
        problem
    }

    /// A refusal, with its receipt. `None` where the receipt says accepted.
    #[must_use]
    pub fn refused(receipt: Receipt, differs: Option<Vec<String>>) -> Option<Self> {
        let Outcome::Rejected(rejection) = &receipt.outcome else { return None };
        let code = ProblemCode::Refused(rejection.code);
        let mut problem = Self::new(code);
        problem.rest.errors = errors_of(rejection.code, &rejection.detail);
        problem.rest.evidence = Evidence::Refused(Box::new(Refused { receipt, differs }));
        Some(problem)
    }

    /// As a refusal that was foreseen and is on no record: what `:check` says.
    #[must_use]
    pub fn foreseen(code: Code, detail: &Detail) -> Self {
        let mut problem = Self::new(ProblemCode::Refused(code));
        problem.rest.errors = errors_of(code, detail);
        problem
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> ProblemCode {
        self.code
    }
}

fn errors_of(code: Code, detail: &Detail) -> Vec<FieldError> {
    let of = |finding: &Finding| {
        let mut error =
            FieldError::new(code.as_str(), format!("/body{}", finding.pointer), finding.expected.clone());
        error.actual = Some(finding.actual.clone());
        error
    };
    match detail {
        Detail::Nothing | Detail::Existing(_) => Vec::new(),
        Detail::Member(finding) => vec![of(finding)],
        Detail::Rule(breach) => {
            let mut error = of(&breach.finding);
            error.rule = Some(RuleName {
                id: breach.rule.id.to_string(),
                version: breach.rule.version,
                check: breach.check.to_owned(),
            });
            vec![error]
        }
    }
}

impl From<StoreError> for Problem {
    /// Every error of the store is a fault here; a caller who expects a conflict looks before.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. }
            | StoreError::Serialization { .. }
            | StoreError::OutcomeUnknown { .. }
            | StoreError::Aborted { .. } => Self::unavailable("asking the database", error),
            StoreError::Conflict { .. }
            | StoreError::Data { .. }
            | StoreError::Migration { .. }
            | StoreError::Embedded { .. }
            | StoreError::Config { .. } => Self::internal("asking the database", error),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Problem {}
