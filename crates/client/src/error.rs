//! What can go wrong between a client and a service.

use piao_domain::ids::TransitionId;
use piao_protocol::body::BodyError;
use piao_protocol::checkpoint::CheckpointError;
use piao_protocol::json::JsonError;
use piao_protocol::jws::JwsError;
use piao_protocol::sealed::SealedMismatch;
use thiserror::Error;

use crate::problem::Problem;
use crate::sign::Signed;
use crate::submit::Decision;

/// Why there is no answer of the kind that was asked for.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The HTTP client could not be built.
    #[error("building the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// The client acts as nobody, and this must be signed.
    #[error("no identity to sign with")]
    NoIdentity,
    /// A body that is none of its type.
    #[error("the body is not well formed")]
    Body(#[from] BodyError),
    /// JSON that the protocol does not carry.
    #[error("the JSON cannot be signed")]
    Json(#[from] JsonError),
    /// What was to be sent is no transition.
    #[error("not a transition")]
    Transition(#[from] JwsError),
    /// Sealed data without its digest in the body, or the other way round.
    #[error("sealed data and sealed_digest go together")]
    SealedMissing,
    /// `sealed_digest` is of other data.
    #[error("sealed_digest is of other data")]
    Sealed(#[from] SealedMismatch),
    /// No answer came, or not the whole of it.
    #[error("{doing}")]
    Transport {
        /// What we were doing to what.
        doing: String,
        /// Why it failed.
        source: reqwest::Error,
    },
    /// The service said no, and why.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The ledger refused, on the record.
    #[error("refused: {}", .0.code())]
    Refused(Box<Decision>),
    /// An answer that nobody who speaks this interface gives.
    #[error("{doing}: unexpected answer with status {status}: {excerpt:?}")]
    UnexpectedAnswer {
        /// What we were doing to what.
        doing: String,
        /// The HTTP status.
        status: u16,
        /// How the answer begins.
        excerpt: String,
    },
    /// What the services serve as their log's checkpoint is none.
    #[error("the log's checkpoint cannot be read")]
    Checkpoint(#[from] CheckpointError),
    /// A receipt of another transition than the one that was sent.
    #[error("asked for the receipt of {asked}, got that of {got}")]
    OtherReceipt {
        /// What was sent.
        asked: TransitionId,
        /// What the receipt is of.
        got: TransitionId,
    },
    /// The transition may be on the record, or may still get there. Send the same one again; never sign a new one.
    #[error("the outcome of {} is unknown", .0.signed.id())]
    OutcomeUnknown(Box<OutcomeUnknown>),
}

/// What is needed to go on after [`ClientError::OutcomeUnknown`].
#[derive(Debug)]
pub struct OutcomeUnknown {
    /// The transition, to be sent again as it is.
    pub signed: Signed,
    /// What stood in the way last; nothing where the service had only not decided yet.
    pub last: Option<ClientError>,
}

impl ClientError {
    /// The problem document, where the service gave one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Refused(decision) => decision.explanation.as_deref(),
            Self::OutcomeUnknown(unknown) => unknown.last.as_ref().and_then(Self::problem),
            Self::Setup(_)
            | Self::NoIdentity
            | Self::Body(_)
            | Self::Json(_)
            | Self::Transition(_)
            | Self::SealedMissing
            | Self::Sealed(_)
            | Self::Transport { .. }
            | Self::UnexpectedAnswer { .. }
            | Self::Checkpoint(_)
            | Self::OtherReceipt { .. } => None,
        }
    }

    /// Whether the very same request may do better later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !source.is_builder(),
            Self::Problem(problem) => problem.retryable || passing(problem.status),
            Self::UnexpectedAnswer { status, .. } => passing(*status),
            Self::OutcomeUnknown(_) => true,
            Self::Setup(_)
            | Self::NoIdentity
            | Self::Body(_)
            | Self::Json(_)
            | Self::Transition(_)
            | Self::SealedMissing
            | Self::Sealed(_)
            | Self::Refused(_)
            | Self::Checkpoint(_)
            | Self::OtherReceipt { .. } => false,
        }
    }

    /// Whether the service does not know the signer or its key. That passes by itself only where what it knows lags
    /// behind the ledger; else somebody has to register it.
    #[must_use]
    pub fn unknown_signer(&self) -> bool {
        self.problem().is_some_and(|problem| matches!(problem.code.as_str(), "unknown_party" | "unknown_key"))
    }

    /// Whether a transition that was answered so may be on the record, or may still get there. What never reached a
    /// service, and what was turned away before it was written down, is neither.
    #[must_use]
    pub fn may_be_recorded(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !source.is_connect() && !source.is_builder(),
            Self::Problem(problem) => problem.status >= 500,
            // An answer of something in between: who knows how far the request came.
            Self::UnexpectedAnswer { status, .. } => *status != 429,
            Self::OtherReceipt { .. } | Self::OutcomeUnknown(_) | Self::Refused(_) => true,
            Self::Setup(_)
            | Self::NoIdentity
            | Self::Body(_)
            | Self::Json(_)
            | Self::Transition(_)
            | Self::SealedMissing
            | Self::Sealed(_)
            | Self::Checkpoint(_) => false,
        }
    }
}

/// Statuses that something on the way may give for a while (RFC 9110 §15.5.9 and §15.6, RFC 6585 §4).
const fn passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}
