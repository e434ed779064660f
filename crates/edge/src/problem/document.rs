//! A problem as JSON.

use actix_web::http::header::{CONTENT_LANGUAGE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use piao_protocol::receipt::Receipt;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Evidence, Language, Problem, Refused};

/// `application/problem+json` (RFC 9457) with what a program needs to go on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Names the kind of problem: `urn:piao:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// One sentence for people, in the language asked for.
    title: &'static str,
    /// The HTTP status again.
    status: u16,
    /// What to do next, for people.
    detail: &'static str,
    /// Stable, for programs.
    code: &'static str,
    /// Whether the very same request may do better later.
    retryable: bool,
    /// Names this request in our logs: 32 hexadecimal digits.
    trace_id: String,
    /// Where the request is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What stands on the record, where the ledger refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    receipt: Option<Receipt>,
    /// JSON pointers to the members in which the earlier transition of the same party differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<Vec<String>>,
    /// The canonical JSON of the sealed data that we hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical: Option<String>,
    /// The digest that we got, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The offset of the first byte that differs from the canonical form, in the sealed data as it was sent; absent
    /// where it was sent canonical.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_difference: Option<usize>,
    /// SHA-256 of the signing input that we received, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_input_sha256: Option<String>,
}

/// One place where a request is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into what was sent, or `?name` for a parameter, or a header's name.
    pub pointer: String,
    /// What is wrong there, as a name of a closed list: a check of the ledger's, or what an edge finds by itself.
    pub code: String,
    /// For people, in the language asked for: what is wrong, what would pass, what to do next.
    pub detail: String,
    /// The rule set that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleName>,
    /// What would pass, where that is a value: `106`; `1..` from, `..9` up to, `1..9` from and to, all included;
    /// `a|b` one of these; a regular expression from `^` to `$`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The value that was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

/// A check of a version of a rule set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleName {
    /// The rule set.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// The check that refused: a limit of the set, and after a dot in what way.
    pub check: String,
}

impl ProblemDocument {
    /// The document of a problem. What the cause of a fault is, it does not say.
    #[must_use]
    pub fn new(problem: &Problem, language: Language, trace_id: String) -> Self {
        let texts = problem.code.texts(language);
        let mut document = Self {
            kind: format!("urn:piao:problem:{}", problem.code.as_str()),
            title: texts.title,
            status: problem.code.status().as_u16(),
            detail: texts.next,
            code: problem.code.as_str(),
            retryable: problem.code.retryable(),
            trace_id,
            errors: problem.rest.errors.iter().map(|place| place.tell(language)).collect(),
            receipt: None,
            differs: None,
            canonical: None,
            digest: None,
            first_difference: None,
            signing_input_sha256: None,
        };
        match problem.rest.evidence.clone() {
            Evidence::Nothing => {}
            Evidence::Sealed { canonical, digest, first_difference } => {
                document.canonical = Some(canonical);
                document.digest = Some(digest);
                document.first_difference = first_difference;
            }
            Evidence::Signature { signing_input_sha256 } => {
                document.signing_input_sha256 = Some(signing_input_sha256);
            }
            Evidence::Refused(refused) => {
                let Refused { receipt, differs } = *refused;
                document.receipt = Some(receipt);
                document.differs = differs;
            }
        }
        document
    }
}

impl Problem {
    /// The answer in one language.
    #[must_use]
    pub fn respond(&self, language: Language, trace_id: String) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        response.content_type("application/problem+json");
        response.insert_header((CONTENT_LANGUAGE, language.tag()));
        if let Some(seconds) = self.rest.retry_after_seconds {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        let document = ProblemDocument::new(self, language, trace_id);
        response.body(serde_json::to_vec(&document).unwrap_or_default())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.code.status()
    }

    /// Replaced on the way out by the document in the caller's language; see `http::front`.
    fn error_response(&self) -> HttpResponse {
        self.respond(Language::default(), String::new())
    }
}
