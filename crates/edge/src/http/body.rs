//! Bodies of requests: whole, bounded in size and in time.

use std::time::Duration;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, StreamExt};
use piao_protocol::json;

use crate::problem::{Problem, ProblemCode, Wrong};

/// The largest HTTP body with a transition, in bytes (protocol §1).
pub const BODY_BYTES_MAX: usize = 96 * 1024;

/// Longest time that a body may take to come in.
const BODY_WAIT_MAX: Duration = Duration::from_secs(10);

/// Longest wait for a body that nobody will look at.
const SKIPPED_WAIT_MAX: Duration = Duration::from_secs(1);

/// Reads a request's body with a parser, which is given the content type, without parameters, and the bytes.
///
/// # Errors
/// `too_large`, `slow_body`, `malformed`, and what the parser refuses.
pub(crate) fn extract<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    parse: fn(&str, &[u8]) -> Result<T, Problem>,
) -> LocalBoxFuture<'static, Result<T, Problem>> {
    let body = read_body(request, payload);
    async move {
        let (content_type, body) = body.await?;
        parse(&content_type, &body)
    }
    .boxed_local()
}

fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<(String, Bytes), Problem>> + 'static {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_owned();
    let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let payload = web::Payload::from_request(request, payload).into_inner();
    async move {
        let too_large = || {
            Problem::new(ProblemCode::TooLarge).wrong("", Wrong::Size).wanted(format!("..{BODY_BYTES_MAX}"))
        };
        let broken = || Problem::new(ProblemCode::Malformed).wrong("", Wrong::BodyWhole);
        if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
            return Err(too_large());
        }
        let payload = payload.map_err(|_| broken())?;
        let body = tokio::time::timeout(BODY_WAIT_MAX, payload.to_bytes_limited(BODY_BYTES_MAX))
            .await
            .map_err(|_| Problem::new(ProblemCode::SlowBody))?
            .map_err(|_| too_large())?
            .map_err(|_| broken())?;
        Ok((content_type, body))
    }
}

/// Takes the body off the connection of somebody who is turned away before it was looked at, where it is there or about
/// to be. A connection on which something was left unread must be closed (RFC 9112 §9.3), and a crowd that comes again
/// over new connections costs a full server more than the crowd's bodies do.
pub(super) async fn skip_body(request: &mut ServiceRequest) {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if !announced.is_some_and(|bytes| (1..=BODY_BYTES_MAX).contains(&bytes)) {
        return;
    }
    let mut payload = request.take_payload();
    let skipped = async { while let Some(Ok(_)) = payload.next().await {} };
    // What does not come in time stays unread, and the connection ends.
    tokio::time::timeout(SKIPPED_WAIT_MAX, skipped).await.ok();
}

/// A plain question: strict JSON (no member twice, no number that is not exact), not looked into yet.
#[derive(Clone, Debug)]
pub struct PlainJson(String);

impl PlainJson {
    /// The JSON text, as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    fn parse(content_type: &str, body: &[u8]) -> Result<Self, Problem> {
        if !content_type.eq_ignore_ascii_case("application/json") {
            let problem = Problem::new(ProblemCode::MediaType).at("Content-Type", "application/json");
            return Err(problem.found(content_type));
        }
        let text = std::str::from_utf8(body)
            .map_err(|_| Problem::new(ProblemCode::Malformed).wrong("", Wrong::BodyUtf8))?;
        json::check(text).map_err(|error| Problem::json(ProblemCode::Malformed, &error))?;
        Ok(Self(text.to_owned()))
    }
}

impl FromRequest for PlainJson {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request, payload, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, body: &[u8], expect: Result<(), ProblemCode>) {
        let read = PlainJson::parse(content_type, body);
        assert_eq!(read.map(|_| ()).map_err(|problem| problem.code()), expect, "{content_type} {body:?}");
    }

    #[test]
    fn questions_are_read_strictly() {
        let json = "application/json";
        check(json, br#"{"amount":1}"#, Ok(()));
        check("text/plain", br#"{"amount":1}"#, Err(ProblemCode::MediaType));
        check("", br#"{"amount":1}"#, Err(ProblemCode::MediaType));
        check(json, b"", Err(ProblemCode::Malformed));
        check(json, b"\xff", Err(ProblemCode::Malformed));
        check(json, br#"{"amount":1,"amount":2}"#, Err(ProblemCode::Malformed));
        check(json, br#"{"amount":1.5}"#, Err(ProblemCode::Malformed));
    }
}
