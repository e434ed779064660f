//! A plain JSON question: an invoice, unsigned.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use piao_domain::command::{Command, Kind};
use piao_domain::content::Content;
use piao_edge::problem::{Problem, ProblemCode};
use piao_edge::submit::BODY_BYTES_MAX;
use piao_protocol::body::{self, BodyError};
use piao_protocol::json::{self, Json};
use utoipa::ToSchema;

/// Longest time that a body may take to come in.
const BODY_WAIT_MAX: Duration = Duration::from_secs(10);

/// An invoice as it is asked about: the body of an `invoice.issue`, unsigned, from which may be left out what follows
/// from the rest.
#[derive(ToSchema)]
#[schema(as = InvoiceDraft)]
#[expect(dead_code, reason = "only its schema is used: the protocol reads the body as it reads a signed one")]
pub(super) struct DraftSchema {
    /// Its number, 20 digits; where absent, the issuer's next free one.
    number: Option<String>,
    /// `special` or `plain`; `plain` where absent.
    kind: Option<String>,
    /// Who is named as buyer: `{type, id?, name?}`.
    #[schema(value_type = Object)]
    buyer: String,
    /// The public half of the one-time claim key.
    claim_key: Option<String>,
    /// Its lines. `nature`, `entered`, `amount`, `tax` and `price` may be absent; a line may carry `total` (fen, tax
    /// included), from which amount and tax then follow.
    #[schema(value_type = Vec<Object>)]
    lines: Vec<String>,
    /// Without tax, fen.
    amount: Option<i64>,
    /// The tax, fen.
    tax: Option<i64>,
    /// With tax, fen.
    total: Option<i64>,
    /// The order that it bills: `{reference, digest}`.
    #[schema(value_type = Object)]
    order: Option<String>,
    /// The digest of what will be sealed beside it.
    sealed_digest: Option<String>,
}

/// A question as it came: strict JSON, not looked into yet.
pub(super) struct DraftBody(pub(super) Json);

impl DraftBody {
    fn parse(content_type: &str, body: &[u8]) -> Result<Self, Problem> {
        if !content_type.eq_ignore_ascii_case("application/json") {
            let problem = Problem::new(ProblemCode::MediaType).at("Content-Type", "application/json");
            return Err(problem.found(content_type));
        }
        let malformed =
            |pointer: String, expected: String| Problem::new(ProblemCode::Malformed).at(pointer, expected);
        let text = std::str::from_utf8(body).map_err(|_| malformed(String::new(), "UTF-8".to_owned()))?;
        json::from_str(text).map(Self).map_err(|error| malformed(error.pointer, error.reason))
    }
}

/// Reads an invoice by the same door as a signed body.
pub(super) fn content_of(text: &str) -> Result<Box<Content>, Problem> {
    let body = body::parse(Kind::InvoiceIssue.as_str(), text).map_err(|error| match error {
        BodyError::Member { pointer, expected } => Problem::schema(pointer, expected),
        BodyError::UnknownType { .. } | BodyError::NotSealed { .. } => Problem::schema("", error.to_string()),
    })?;
    match body.into_command() {
        Command::InvoiceIssue(content) => Ok(content),
        // A body of this type is no other command.
        other => Err(Problem::schema("", other.kind().as_str())),
    }
}

impl FromRequest for DraftBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let content_type = header(CONTENT_TYPE).unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_owned();
        let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        let payload = web::Payload::from_request(request, payload).into_inner();
        async move {
            let too_large =
                || Problem::new(ProblemCode::TooLarge).at("", format!("at most {BODY_BYTES_MAX} bytes"));
            let broken = || Problem::new(ProblemCode::Malformed).at("", "a whole body");
            if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
                return Err(too_large());
            }
            let payload = payload.map_err(|_| broken())?;
            let body = tokio::time::timeout(BODY_WAIT_MAX, payload.to_bytes_limited(BODY_BYTES_MAX))
                .await
                .map_err(|_| Problem::new(ProblemCode::SlowBody))?
                .map_err(|_| too_large())?
                .map_err(|_| broken())?;
            Self::parse(&content_type, &body)
        }
        .boxed_local()
    }
}
