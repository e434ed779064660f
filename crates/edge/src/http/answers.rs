//! What endpoints answer, for the OpenAPI documents: one description for all services.

use utoipa::openapi::{Components, RefOr, schema::Schema};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::DecidedTransition;
use crate::problem::ProblemDocument;
use crate::submit::{Recorded, SubmissionBody};

/// A receipt (protocol §4): what came of a transition, and where that stands for ever.
#[derive(ToSchema)]
#[schema(as = Receipt)]
#[expect(dead_code, reason = "only its schema is used: the receipt is the protocol's own type")]
pub struct ReceiptBody {
    /// Which transition, 64 hexadecimal digits.
    transition: String,
    /// `accepted` or `rejected`.
    outcome: String,
    /// The refusal's code.
    #[schema(required = true)]
    code: Option<String>,
    /// What the type adds; see schemas/receipt.json.
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

/// The answers to a signed transition. Only the description is used: `Edge::submit` makes them.
#[derive(IntoResponses)]
pub enum WriteAnswers {
    /// Decided and accepted, now.
    #[response(status = 201)]
    Accepted(ReceiptBody),
    /// Decided and accepted before: the same receipt again.
    #[response(status = 200)]
    Repeated(ReceiptBody),
    /// Recorded, and going to be decided; nothing is done yet. `Location` says where the receipt will be, `Retry-After`
    /// when to look.
    #[response(status = 202)]
    Recorded(Recorded),
    /// `malformed`: neither JSON nor a compact JWS.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemDocument),
    /// `unknown_party`, `unknown_key`, `bad_signature`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unsigned(ProblemDocument),
    /// `not_found`: there is no such address.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDocument),
    /// `slow_body`: send the very same transition again.
    #[response(status = 408, content_type = "application/problem+json")]
    SlowBody(ProblemDocument),
    /// Decided and refused, on the record: the code, and the receipt.
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(ProblemDocument),
    /// `too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemDocument),
    /// `media_type`.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemDocument),
    /// `schema`, a URL that names something else than the body included; `wrong_chain`, `stale`, `sealed_*`.
    #[response(status = 422, content_type = "application/problem+json")]
    Schema(ProblemDocument),
    /// `rate_limited`: send the very same transition again after `Retry-After`.
    #[response(status = 429, content_type = "application/problem+json")]
    RateLimited(ProblemDocument),
    /// `overloaded` or `unavailable`: send the very same transition again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDocument),
}

/// The answers to a question that are not what was asked for. Only the description is used.
#[derive(IntoResponses)]
pub enum ReadProblems {
    /// `unauthorized`: no valid read token.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemDocument),
    /// `forbidden`: another role's business.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDocument),
    /// `not_found`: it is not there, or not the caller's to know of.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDocument),
    /// `schema`: a parameter or member that is not of its shape.
    #[response(status = 422, content_type = "application/problem+json")]
    Schema(ProblemDocument),
    /// `rate_limited`: ask again after `Retry-After`.
    #[response(status = 429, content_type = "application/problem+json")]
    RateLimited(ProblemDocument),
    /// `behind`, `overloaded` or `unavailable`: ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDocument),
}

/// Adds what the answers above refer to, and a submission: a derived answer names its schemas and does not bring them.
pub(super) fn add_schemas(components: &mut Components) {
    let mut schemas = Vec::new();
    add::<ReceiptBody>(&mut schemas);
    add::<DecidedTransition<'_>>(&mut schemas);
    add::<Recorded>(&mut schemas);
    add::<ProblemDocument>(&mut schemas);
    add::<SubmissionBody>(&mut schemas);
    components.schemas.extend(schemas);
}

fn add<T: ToSchema + PartialSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
