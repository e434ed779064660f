//! What a client posts: `{"transition": "<compact JWS>", "sealed": {…}?}`, or the bare JWS as `application/jose`.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use piao_protocol::json;
use piao_protocol::sealed::Sealed;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::http::extract;
use crate::problem::{Problem, ProblemCode, Wrong};

/// The largest HTTP body with a `batch`, in bytes.
pub const BATCH_BODY_BYTES_MAX: usize = 512 * 1024;

/// The JSON form of a submission, for the OpenAPI document.
#[derive(ToSchema)]
#[schema(as = Submission)]
pub struct SubmissionBody {
    /// The signed transition, a compact JWS (RFC 7515 §7.1) of at most 64 KiB.
    pub transition: String,
    /// What the body's `sealed_digest` is of: `{"salt":"<32 bytes, base64url>","data":{…}}`.
    pub sealed: Option<serde_json::Value>,
}

/// What a client posted, taken apart but not looked into. Its `Debug` shows nothing that is sealed.
#[derive(Clone)]
pub struct Submission {
    pub(super) transition: Arc<str>,
    pub(super) sealed: Option<SealedInput>,
}

/// Sealed data as it came.
#[derive(Clone)]
pub(super) struct SealedInput {
    pub(super) sealed: Sealed,
    /// The text of `data` as it was sent.
    pub(super) data_text: Box<str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    transition: String,
    #[serde(default, borrow)]
    sealed: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SealedMembers<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Submission {
    /// A bare JWS, nothing sealed.
    #[must_use]
    pub fn bare(transition: impl Into<Arc<str>>) -> Self {
        Self { transition: transition.into(), sealed: None }
    }

    /// Whether something sealed is beside it.
    #[must_use]
    pub const fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// Reads a body by its content type (without parameters).
    ///
    /// # Errors
    /// `media_type`, `malformed`, `schema`.
    pub fn parse(content_type: &str, body: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Problem::new(ProblemCode::Malformed).wrong("", Wrong::BodyUtf8))?;
        if content_type.eq_ignore_ascii_case("application/jose") {
            return Ok(Self::bare(text));
        }
        if !content_type.eq_ignore_ascii_case("application/json") {
            let expected = "application/json|application/jose";
            return Err(Problem::new(ProblemCode::MediaType)
                .at("Content-Type", expected)
                .found(content_type));
        }
        parse_json(text)
    }
}

fn parse_json(text: &str) -> Result<Submission, Problem> {
    json::check(text).map_err(|error| Problem::json(ProblemCode::Malformed, &error))?;
    let members: Members<'_> =
        json::from_str(text).map_err(|error| Problem::json(ProblemCode::Schema, &error))?;
    let sealed = members.sealed.map(|raw| sealed_input(raw.get())).transpose()?;
    Ok(Submission { transition: members.transition.into(), sealed })
}

fn sealed_input(raw: &str) -> Result<SealedInput, Problem> {
    // The reason may quote what was sealed: only the place is told.
    let shape = |pointer: &str| {
        Problem::new(ProblemCode::Schema).wrong(format!("/sealed{pointer}"), Wrong::SealedShape)
    };
    let sealed: Sealed = json::from_str(raw).map_err(|error| shape(&error.pointer))?;
    let members: SealedMembers<'_> = serde_json::from_str(raw).map_err(|_| shape("/data"))?;
    Ok(SealedInput { sealed, data_text: members.data.get().into() })
}

impl FromRequest for Submission {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request, payload, Self::parse)
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({} bytes, sealed: {})", self.transition.len(), self.sealed.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn check(content_type: &str, body: &str, expect: Result<(&str, bool), (ProblemCode, &str)>) {
        let got = Submission::parse(content_type, body.as_bytes());
        let got =
            got.as_ref().map(|read| (read.transition.as_ref(), read.sealed.is_some())).map_err(|problem| {
                (problem.code, problem.rest.errors.first().map_or("", |error| error.pointer.as_str()))
            });
        assert_eq!(got, expect, "{content_type} {body}");
    }

    #[test]
    fn bodies_are_read_strictly() {
        let json = "application/json";
        check("application/jose", "a.b.c", Ok(("a.b.c", false)));
        check(json, r#"{"transition":"a.b.c"}"#, Ok(("a.b.c", false)));
        let sealed = format!(r#"{{"sealed":{{"salt":"{SALT}","data":{{}}}},"transition":"a"}}"#);
        check(json, &sealed, Ok(("a", true)));
        check("text/plain", "a.b.c", Err((ProblemCode::MediaType, "Content-Type")));
        check("", "a.b.c", Err((ProblemCode::MediaType, "Content-Type")));
        check(json, "", Err((ProblemCode::Malformed, "")));
        check(json, r#"{"transition":"a""#, Err((ProblemCode::Malformed, "")));
        check(json, r#"{"transition":1.5}"#, Err((ProblemCode::Malformed, "/transition")));
        check(json, r#"{"transition":"a","transition":"b"}"#, Err((ProblemCode::Malformed, "/transition")));
        check(json, r#"{"transition":1}"#, Err((ProblemCode::Schema, "/transition")));
        check(json, r#"{"transition":"a","extra":1}"#, Err((ProblemCode::Schema, "/extra")));
        check(json, "{}", Err((ProblemCode::Schema, "")));
        check(json, r#"["a"]"#, Err((ProblemCode::Schema, "")));
        check(
            json,
            r#"{"transition":"a","sealed":{"salt":"AA","data":{}}}"#,
            Err((ProblemCode::Schema, "/sealed/salt")),
        );
        let list = format!(r#"{{"transition":"a","sealed":{{"salt":"{SALT}","data":[]}}}}"#);
        check(json, &list, Err((ProblemCode::Schema, "/sealed/data")));
    }

    #[test]
    fn debug_shows_nothing_sealed() {
        let body =
            format!(r#"{{"sealed":{{"salt":"{SALT}","data":{{"remark":"secret"}}}},"transition":"a"}}"#);
        let read = Submission::parse("application/json", body.as_bytes()).unwrap();
        assert_eq!(format!("{read:?}"), "Submission(1 bytes, sealed: true)");
    }
}
