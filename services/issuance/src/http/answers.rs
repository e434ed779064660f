//! What every write answers, for the OpenAPI document.

use piao_edge::problem::ProblemDocument;
use piao_edge::submit::Recorded;
use utoipa::{IntoResponses, ToSchema};

/// A receipt (protocol §4): what came of a transition, and where that stands for ever.
#[derive(ToSchema)]
#[schema(as = Receipt)]
#[expect(dead_code, reason = "only its schema is used: the receipt is the protocol's own type")]
pub(super) struct ReceiptBody {
    /// Which transition, 64 hexadecimal digits.
    transition: String,
    /// `accepted` or `rejected`.
    outcome: String,
    /// The refusal's code.
    code: Option<String>,
    /// What the type adds.
    #[schema(value_type = Object)]
    detail: String,
    /// The block's height.
    height: u64,
    /// The entry's index in the log.
    index: u64,
    /// The block's hash, 64 hexadecimal digits.
    block: String,
    /// Block time, UTC seconds.
    time: i64,
}

/// The answers to a signed transition.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used: `Edge::submit` makes the answers")]
pub(super) enum WriteAnswers {
    /// Decided and accepted, now.
    #[response(status = 201)]
    Accepted(#[to_schema] ReceiptBody),
    /// Decided and accepted before: the same receipt again.
    #[response(status = 200)]
    Repeated(#[to_schema] ReceiptBody),
    /// Recorded, and going to be decided; nothing is done yet. `Location` says where the receipt will be, `Retry-After`
    /// when to look.
    #[response(status = 202)]
    Recorded(#[to_schema] Recorded),
    /// `malformed`: neither JSON nor a compact JWS.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(#[to_schema] ProblemDocument),
    /// `unknown_party`, `unknown_key`, `bad_signature`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unsigned(#[to_schema] ProblemDocument),
    /// Decided and refused, on the record: the code, and the receipt.
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(#[to_schema] ProblemDocument),
    /// `too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] ProblemDocument),
    /// `media_type`.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(#[to_schema] ProblemDocument),
    /// `schema`, a URL that names something else than the body included; `wrong_chain`, `stale`, `sealed_*`.
    #[response(status = 422, content_type = "application/problem+json")]
    Schema(#[to_schema] ProblemDocument),
    /// `overloaded` or `unavailable`: send the very same transition again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] ProblemDocument),
}

/// The answers to a question that are not what was asked for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum ReadProblems {
    /// `unauthorized`: no valid read token.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] ProblemDocument),
    /// `forbidden`: another role's business.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] ProblemDocument),
    /// `not_found`: it is not there, or not the caller's to know of.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] ProblemDocument),
    /// `schema`: a parameter or member that is not of its shape.
    #[response(status = 422, content_type = "application/problem+json")]
    Schema(#[to_schema] ProblemDocument),
    /// `behind` or `unavailable`: ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] ProblemDocument),
}
