//! Problem documents (RFC 9457): every answer that is not what was asked for.
//!
//! Three kinds of no, never turned into one another: *malformed* (400, 401, 413, 422; never on the record), *refused*
//! (409, on the record, with the receipt), *fault* (503, 500; logged once, never shown).

mod checks;
mod code;
mod document;
mod foreseen;
pub mod form;
mod language;
mod reason;
mod refusals;
mod sentence;
mod texts;
mod wrong;

use std::sync::Arc;

use piao_domain::rejection::{Code, Detail, Finding};
use piao_protocol::body::BodyError;
use piao_protocol::json::{Flaw, JsonError};
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;

pub use code::ProblemCode;
pub use document::{FieldError, ProblemDocument, RuleName};
pub use foreseen::ForeseenRefusal;
pub use language::Language;
pub(crate) use reason::Place;
pub use reason::Reason;
pub use texts::Texts;
pub use wrong::Wrong;

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
    pub(crate) errors: Vec<Place>,
    pub(crate) evidence: Evidence,
    pub(crate) retry_after_seconds: Option<u32>,
    pub(crate) cause: Option<(String, Cause)>,
    /// It was counted against its address before it was answered.
    pub(crate) is_counted: bool,
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
    /// Says that it was counted against its address already.
    pub(crate) fn counted(mut self) -> Self {
        self.rest.is_counted = true;
        self
    }

    /// Whether it was.
    pub(crate) fn is_counted(&self) -> bool {
        self.rest.is_counted
    }

    /// A problem that its code explains.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        let rest = Rest {
            errors: Vec::new(),
            evidence: Evidence::Nothing,
            retry_after_seconds: None,
            cause: None,
            is_counted: false,
        };
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

    /// A member or parameter has another value than what would pass: a value, `a|b` one of these, `1..9` from and to.
    #[must_use]
    pub fn schema(pointer: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(ProblemCode::Schema).at(pointer, expected)
    }

    /// A parameter is not of its form, a regular expression from `^` to `$`.
    #[must_use]
    pub fn form(pointer: impl Into<String>, expected: &str) -> Self {
        let reason = Reason::Flaw(Flaw::Form);
        Self::new(ProblemCode::Schema).because(pointer, reason).wanted(expected)
    }

    /// A text is not the JSON that was expected.
    #[must_use]
    pub fn json(code: ProblemCode, error: &JsonError) -> Self {
        let mut problem = Self::new(code);
        let JsonError { pointer, flaw, expected, actual, place, reason: _ } = error;
        // Within what fits no type, the pointer is the place.
        let place = place.filter(|_| matches!(flaw, Flaw::Syntax | Flaw::End));
        problem.rest.errors.push(Place {
            expected: expected.as_deref().map(str::to_owned),
            actual: actual.as_deref().map(str::to_owned),
            place,
            ..Place::new(pointer.clone(), Reason::Flaw(*flaw))
        });
        problem
    }

    /// A text is no body of its type. `at` is the pointer to the body in what was sent.
    #[must_use]
    pub fn body(error: &BodyError, at: &str) -> Self {
        let schema = Self::new(ProblemCode::Schema);
        match error {
            BodyError::Member(error) => Self::json(ProblemCode::Schema, &error.clone().inside(at)),
            BodyError::UnknownType { kind } => schema.wrong("/type", Wrong::TypeUnknown).found(kind.clone()),
            BodyError::NotSealed { kind: _ } => {
                schema.wrong(format!("{at}/sealed_digest"), Wrong::SealedUnwanted)
            }
        }
    }

    /// Adds where, and what would pass.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>, expected: impl Into<String>) -> Self {
        self.wrong(pointer, Wrong::Value).wanted(expected)
    }

    /// Adds where, and what is wrong there.
    #[must_use]
    pub fn because(mut self, pointer: impl Into<String>, reason: Reason) -> Self {
        self.rest.errors.push(Place::new(pointer, reason));
        self
    }

    /// Adds where, and what this edge finds wrong there.
    #[must_use]
    pub fn wrong(self, pointer: impl Into<String>, wrong: Wrong) -> Self {
        self.because(pointer, Reason::Wrong(wrong))
    }

    /// Adds what would pass to the last error.
    #[must_use]
    pub fn wanted(mut self, expected: impl Into<String>) -> Self {
        if let Some(last) = self.rest.errors.last_mut() {
            last.expected = Some(expected.into());
        }
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
        problem.rest.errors = places(&rejection.detail, "/body");
        problem.rest.evidence = Evidence::Refused(Box::new(Refused { receipt, differs }));
        Some(problem)
    }

    /// As a refusal that was foreseen and is on no record: what `:check` says.
    #[must_use]
    pub fn foreseen(code: Code, detail: &Detail) -> Self {
        let mut problem = Self::new(ProblemCode::Refused(code));
        problem.rest.errors = places(detail, "/body");
        problem
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> ProblemCode {
        self.code
    }
}

/// The place that a refusal names; `at` is the pointer to the body in what was sent.
fn places(detail: &Detail, at: &str) -> Vec<Place> {
    let of = |finding: &Finding| {
        let Finding { pointer, check, expected, actual } = finding.clone();
        Place { expected, actual, ..Place::new(format!("{at}{pointer}"), Reason::Check(check)) }
    };
    match detail {
        Detail::Nothing | Detail::Existing(_) => Vec::new(),
        Detail::Member(finding) => vec![of(finding)],
        Detail::Rule(breach) => {
            let (rule, check) = (&breach.rule, breach.finding.check);
            let rule =
                RuleName { id: rule.id.to_string(), version: rule.version, check: check.as_str().to_owned() };
            vec![Place { rule: Some(rule), ..of(&breach.finding) }]
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
