//! An invoice that is written but for what is new each time it is issued.

use std::sync::Arc;

use piao_domain::command::{Command, Kind};
use piao_domain::ids::PartyId;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Date;
use piao_protocol::body::{self, Body};
use piao_protocol::claim::ClaimKey;
use piao_protocol::encoding::base64url;
use piao_protocol::json::{self, Flaw, Json, JsonError, Name};

use crate::error::ClientError;

/// An invoice as a file of `examples/invoices/` holds it: `{seller, about, until?, body, sealed?}`, where `body` is that
/// of an `invoice.issue` without `number`, `claim_key` and `sealed_digest`.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Who issues it.
    pub seller: PartyId,
    /// Where its facts come from, one sentence.
    pub about: Arc<str>,
    /// The last day on which the law has it so, where the law names one.
    pub until: Option<Date>,
    body: Json,
    /// What is sealed beside it, an object.
    pub sealed: Option<Json>,
}

impl Draft {
    /// Reads a file. Members that it does not know are passed over; the body is looked at when it is issued.
    ///
    /// # Errors
    /// [`JsonError`] for what is no such file.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let file: Json = json::from_str(text)?;
        let seller = PartyId::parse(text_of(&file, "seller")?)
            .map_err(|malformed| wrong("/seller", &malformed.to_string()))?;
        let about = member(&file, "about").map_or(Ok(""), |_| text_of(&file, "about"))?.into();
        let body = member(&file, "body").ok_or_else(|| wrong("/body", "the body of an invoice.issue"))?;
        let until = member(&file, "until").map(|_| text_of(&file, "until")).transpose()?;
        let until = until.map(Date::parse).transpose();
        let until = until.map_err(|malformed| wrong("/until", &malformed.to_string()))?;
        Ok(Self { seller, about, until, body: body.clone(), sealed: member(&file, "sealed").cloned() })
    }

    /// Takes a body of one's own making.
    #[must_use]
    pub fn new(seller: PartyId, body: Json, sealed: Option<Json>) -> Self {
        Self { seller, about: "".into(), until: None, body, sealed }
    }

    /// The body to sign. A buyer without a USCC makes the claim key necessary. What is sealed is sealed on signing.
    ///
    /// # Errors
    /// [`ClientError::Body`] where the whole is no body of an `invoice.issue`.
    pub fn command(
        &self,
        number: &InvoiceNumber,
        claim_key: Option<&ClaimKey>,
    ) -> Result<Command, ClientError> {
        self.body(number, claim_key).map(Body::into_command)
    }

    /// Whether nobody but the holder of a claim key can take the invoice: its buyer has no USCC.
    #[must_use]
    pub fn needs_claim_key(&self) -> bool {
        let buyer = member(&self.body, "buyer").and_then(|buyer| member(buyer, "type"));
        buyer != Some(&Json::Text("enterprise".to_owned()))
    }

    fn body(&self, number: &InvoiceNumber, claim_key: Option<&ClaimKey>) -> Result<Body, ClientError> {
        let mut whole = self.body.clone();
        if let Json::Object(members) = &mut whole {
            let mut put =
                |name: &str, value: String| members.insert(Name::new(name.to_owned()), Json::Text(value));
            put("number", number.to_string());
            if let Some(key) = claim_key {
                put("claim_key", base64url::encode(key.as_bytes()));
            }
        }
        Ok(body::parse(Kind::InvoiceIssue.as_str(), &whole.canonical())?)
    }
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    match json {
        Json::Object(members) => members.get(&Name::new(name.to_owned())),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Array(_) => None,
    }
}

fn text_of<'a>(json: &'a Json, name: &str) -> Result<&'a str, JsonError> {
    match member(json, name) {
        Some(Json::Text(text)) => Ok(text),
        Some(Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Array(_) | Json::Object(_)) | None => {
            Err(wrong(&format!("/{name}"), "must be a text"))
        }
    }
}

fn wrong(pointer: &str, reason: &str) -> JsonError {
    JsonError::new(pointer, Flaw::Type, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../examples/invoices/07-metro-fare-to-a-person.json");

    #[test]
    fn what_is_no_draft_is_refused_at_its_place() {
        let check = |text: &str, expect: &str| {
            assert_eq!(Draft::parse(text).expect_err(text).pointer, expect, "{text}");
        };
        check("", "");
        check("[]", "/seller");
        check("{}", "/seller");
        check(r#"{"seller":1}"#, "/seller");
        check(r#"{"seller":"uscc:1"}"#, "/seller");
        check(r#"{"seller":"bureau:a"}"#, "/body");
        check(r#"{"seller":"bureau:a","about":1,"body":{}}"#, "/about");
        check(r#"{"seller":"bureau:a","until":"2027-13-31","body":{}}"#, "/until");
        check(r#"{"seller":"bureau:a","until":2027,"body":{}}"#, "/until");
        check(r#"{"seller":"bureau:a","body":{"a":1.5}}"#, "/body/a");
        for end in (0..GOOD.trim_end().len()).filter(|end| GOOD.is_char_boundary(*end)) {
            assert!(Draft::parse(&GOOD[..end]).is_err(), "the first {end} bytes");
        }
    }

    #[test]
    fn a_body_that_is_none_is_found_when_it_is_issued() {
        let number = InvoiceNumber::parse("26950000000000000001").unwrap();
        for (from, to) in
            [("\"kind\"", "\"sort\""), ("\"plain\"", "1"), ("\"lines\"", "\"number\": \"1\", \"rows\"")]
        {
            let draft = Draft::parse(&GOOD.replace(from, to)).unwrap();
            assert!(matches!(draft.command(&number, None), Err(ClientError::Body(_))), "{to}");
        }
        let draft = Draft::parse(r#"{"seller":"bureau:a","body":7}"#).unwrap();
        assert!(matches!(draft.command(&number, None), Err(ClientError::Body(_))));
    }

    #[test]
    fn only_a_buyer_with_a_uscc_does_without_a_claim_key() {
        let check = |buyer: &str, expect: bool| {
            let body = json::from_str(&format!(r#"{{"buyer":{buyer}}}"#)).unwrap();
            let seller = PartyId::parse("uscc:91440300708461136T").unwrap();
            assert_eq!(Draft::new(seller, body, None).needs_claim_key(), expect, "{buyer}");
        };
        check(r#"{"type":"enterprise"}"#, false);
        check(r#"{"type":"taxpayer_15"}"#, true);
        check(r#"{"type":"person"}"#, true);
        check(r#"{"type":"none"}"#, true);
        check("7", true);
    }
}
