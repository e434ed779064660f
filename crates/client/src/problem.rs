//! Problem documents (RFC 9457): what a service says when the answer is not what was asked for.

use std::fmt;
use std::time::Duration;

use piao_protocol::receipt::Receipt;
use serde::Deserialize;

/// An `application/problem+json` document. Members that a later version adds are passed over.
#[derive(Clone, Debug, Deserialize)]
pub struct Problem {
    /// Names the kind of problem.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// One sentence for people.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do next, for people.
    #[serde(default)]
    pub detail: String,
    /// Stable, for programs: a refusal code, or a code of the edge.
    pub code: String,
    /// Whether the very same request may do better later.
    #[serde(default)]
    pub retryable: bool,
    /// Names the request in the service's logs.
    #[serde(default)]
    pub trace_id: String,
    /// Where the request is wrong.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// What stands on the record, where the ledger refused.
    #[serde(default)]
    pub receipt: Option<Receipt>,
    /// JSON pointers to the members in which the earlier transition of the same party differs.
    #[serde(default)]
    pub differs: Option<Vec<String>>,
    /// On `sealed_mismatch`: the canonical JSON that the service hashed.
    #[serde(default)]
    pub canonical: Option<String>,
    /// On `sealed_mismatch`: the digest that the service got, 64 hexadecimal digits.
    #[serde(default)]
    pub digest: Option<String>,
    /// On `sealed_mismatch`: offset of the first byte that differs from the canonical form.
    #[serde(default)]
    pub first_difference: Option<usize>,
    /// On `bad_signature`: SHA-256 of the signing input received, 64 hexadecimal digits.
    #[serde(default)]
    pub signing_input_sha256: Option<String>,
    /// When to come again, by the answer's `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// One place where a request is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into what was sent, `?name` for a parameter, or a header's name.
    pub pointer: String,
    /// What is wrong there, as a name of a closed list.
    pub code: String,
    /// For people: what is wrong, what would pass, what to do next.
    #[serde(default)]
    pub detail: Option<String>,
    /// The rule set that refused.
    #[serde(default)]
    pub rule: Option<RuleName>,
    /// What would pass, where that is a value; `..` and `|` as the service documents them.
    #[serde(default)]
    pub expected: Option<String>,
    /// The value that was there.
    #[serde(default)]
    pub actual: Option<String>,
}

/// A check of a version of a rule set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RuleName {
    /// The rule set.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// The limit or check in it.
    pub check: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.title)?;
        for error in &self.errors {
            write!(f, "; {:?}", error.pointer)?;
            if let Some(detail) = &error.detail {
                write!(f, ": {detail}")?;
                continue;
            }
            if let Some(expected) = &error.expected {
                write!(f, " expected {expected}")?;
            }
            if let Some(actual) = &error.actual {
                write!(f, ", was {actual}")?;
            }
        }
        Ok(())
    }
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_may_have_less_and_more_than_ours() {
        let least: Problem = serde_json::from_str(r#"{"status":404,"code":"not_found"}"#).unwrap();
        assert_eq!((least.kind.as_str(), least.retryable), ("about:blank", false));
        let most = r#"{"type":"urn:piao:problem:schema","title":"t","status":422,"detail":"d","code":"schema",
            "retryable":false,"trace_id":"ab","later":[1],"errors":[{"pointer":"/tax","code":"schema",
            "expected":"1","actual":"2","rule":{"id":"r","version":1,"check":"rates"}}]}"#;
        let most: Problem = serde_json::from_str(most).unwrap();
        assert_eq!(most.to_string(), r#"schema (422): t; "/tax" expected 1, was 2"#);
        let told = r#"{"status":422,"code":"schema","title":"t","errors":[
            {"pointer":"/tax","code":"line.tax","detail":"The tax is 1.","expected":"1","actual":"2"}]}"#;
        let told: Problem = serde_json::from_str(told).unwrap();
        assert_eq!(told.to_string(), r#"schema (422): t; "/tax": The tax is 1."#);
        assert_eq!(most.errors[0].rule.as_ref().map(|rule| rule.check.as_str()), Some("rates"));
    }

    #[test]
    fn what_has_no_code_is_no_problem_document() {
        for text in ["", "{}", "[]", "null", "<html>", r#"{"status":"404","code":"x"}"#, r#"{"status":404}"#]
        {
            assert!(serde_json::from_str::<Problem>(text).is_err(), "{text:?}");
        }
    }
}
