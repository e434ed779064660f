//! From a file to an issued invoice.

mod compare;

use piao_client::{Draft, Sources};
use piao_domain::command::Kind;
use piao_domain::ids::PartyId;
use piao_domain::number::InvoiceNumber;
use piao_protocol::body;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::digest::SealedDigest;
use piao_protocol::encoding::base64url;
use piao_protocol::json::{self, Json, Name};
use piao_protocol::sealed::Sealed;
use serde_json::Value;

use super::super::connect::Session;
use super::super::kept::{Kept, read_text};
use super::super::told;
use super::IssueArgs;
use crate::exit::Failure;
use crate::output::Kind::{Id, List as Texts, Money, Rows, Text};
use crate::output::{Column, View, col, plain, record};

const FINDINGS: &[Column] =
    &[col("", "check", Text), col("", "refusal.code", Text), col("", "refusal.title", Text)];

/// What `:prepare` makes of a draft.
const PREPARED: View = &[
    col("passes", "passes", Text),
    col("number", "body.number", Text),
    col("amount", "body.amount", Money),
    col("tax", "body.tax", Money),
    col("total", "body.total", Money),
    col("filled in", "filled", Texts),
    col("findings", "findings", Rows(FINDINGS)),
    col("chain", "chain", Id),
    col("party", "party", Text),
];

/// An invoice on its way: what is known of it before it is signed.
struct Writing {
    seller: PartyId,
    body: Json,
    sealed: Option<Json>,
    claim: Option<ClaimSecret>,
}

/// `piao invoice issue`
///
/// # Errors
/// [`Failure`].
pub(super) async fn run(args: IssueArgs) -> Result<(), Failure> {
    let text = read_text(&args.file)?;
    let session = args.send.server.connect().await?;
    let writing = Writing::read(&text, &session, &args)?;
    let (number, writing) = if args.check {
        return check(&session, &writing).await;
    } else {
        writing.finish(&session, args.anyway).await?
    };
    let draft = Draft::new(writing.seller, writing.body, writing.sealed);
    let signed =
        session.client.sign_invoice(&draft, &number, None).map_err(|error| session.failure(error))?;
    args.send.send(&session, Kept { signed, claim: writing.claim }).await.map(drop)
}

async fn check(session: &Session, writing: &Writing) -> Result<(), Failure> {
    let prepared = writing.prepare(session).await?;
    record(session.output, PREPARED, &prepared)?;
    match prepared.get("refusal").filter(|refusal| !refusal.is_null()) {
        None => Ok(()),
        Some(refusal) => Err(Failure::Negative(told::foreseen(refusal, session.language))),
    }
}

impl Writing {
    fn read(text: &str, session: &Session, args: &IssueArgs) -> Result<Self, Failure> {
        let signer = session.identity()?.party().clone();
        let wrong = |error: json::JsonError| Failure::Usage(format!("{}: {error}", args.file.display()));
        let file: Json = json::from_str(text.trim()).map_err(wrong)?;
        let (seller, mut body, sealed) = match member(&file, "body") {
            Some(body) => {
                let draft = Draft::parse(text.trim()).map_err(wrong)?;
                (draft.seller, body.clone(), draft.sealed)
            }
            None => (signer.clone(), file, None),
        };
        if seller != signer {
            return Err(Failure::Usage(format!(
                "the invoice is {seller}'s to issue, and the key is {signer}'s"
            )));
        }
        if let Some(number) = &args.number {
            put(&mut body, "number", Json::Text(number.to_string()));
        }
        let wanted = args.claim_key || Draft::new(seller.clone(), body.clone(), None).needs_claim_key();
        let claim = (wanted && member(&body, "claim_key").is_none()).then(|| {
            let sources = Sources::system();
            ClaimSecret::generate(&mut |bytes| sources.fill(bytes))
        });
        if let Some(secret) = &claim {
            put(&mut body, "claim_key", Json::Text(base64url::encode(secret.key().as_bytes())));
        }
        Ok(Self { seller, body, sealed, claim })
    }

    /// The number and the whole body: as they are where nothing is missing, else as the service fills them in.
    async fn finish(mut self, session: &Session, anyway: bool) -> Result<(InvoiceNumber, Self), Failure> {
        let number = match member(&self.body, "number") {
            Some(Json::Text(number)) => InvoiceNumber::parse(number).ok(),
            Some(Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Array(_) | Json::Object(_)) | None => {
                None
            }
        };
        let complete = body::parse(Kind::InvoiceIssue.as_str(), &self.body.canonical()).is_ok();
        if let Some(number) = number.filter(|_| complete) {
            return Ok((number, self));
        }
        let prepared = self.prepare(session).await?;
        let refusal = prepared.get("refusal").filter(|refusal| !refusal.is_null());
        let body = prepared.get("body").filter(|body| !body.is_null());
        let (Some(body), true) = (body, refusal.is_none() || anyway) else {
            let refusal = refusal.unwrap_or(&Value::Null);
            let unsigned = session.language.pick("没有签名，也没有发送。", "Nothing was signed or sent.");
            return Err(Failure::Refused(format!(
                "{}\n  {unsigned}",
                told::foreseen(refusal, session.language)
            )));
        };
        let unreadable = |error: json::JsonError| Failure::fault("reading what :prepare filled in", error);
        let filled: Json = json::from_str(&body.to_string()).map_err(unreadable)?;
        // A service may fill in what is missing; what is signed is otherwise what was written down. That it is not is
        // something looked at and found wrong, hence exit code 1.
        if let Some(pointer) = compare::first_difference(&self.body, &filled) {
            return Err(Failure::Negative(format!(
                "{}: {}\n  {}",
                session.language.pick("服务改动了草稿", ":prepare changed the draft, at"),
                plain(&pointer),
                session.language.pick("没有签名，也没有发送。", "Nothing was signed or sent.")
            )));
        }
        self.body = filled;
        // Signing seals anew, under a salt of its own.
        take(&mut self.body, "sealed_digest");
        let number =
            body.get("number").and_then(Value::as_str).and_then(|text| InvoiceNumber::parse(text).ok());
        let number = number.ok_or_else(|| Failure::Undecided(":prepare gave no number".to_owned()))?;
        Ok((number, self))
    }

    async fn prepare(&self, session: &Session) -> Result<Value, Failure> {
        let mut draft = self.body.clone();
        if let Some(digest) = self.sealed_digest() {
            put(&mut draft, "sealed_digest", Json::Text(digest.to_string()));
        }
        let draft: Value = serde_json::from_str(&draft.canonical())
            .map_err(|error| Failure::fault("writing a draft", error))?;
        session.client.prepare_invoice(&draft).await.map_err(|error| session.failure(error))
    }

    /// A digest of what will be sealed: which one, does not matter before it is signed.
    fn sealed_digest(&self) -> Option<SealedDigest> {
        let sources = Sources::system();
        let sealed = Sealed::generate(self.sealed.clone()?, &mut |bytes| sources.fill(bytes))?;
        Some(sealed.digest())
    }
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    match json {
        Json::Object(members) => members.get(&Name::new(name.to_owned())),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Array(_) => None,
    }
}

fn put(json: &mut Json, name: &str, value: Json) {
    if let Json::Object(members) = json {
        members.insert(Name::new(name.to_owned()), value);
    }
}

fn take(json: &mut Json, name: &str) {
    if let Json::Object(members) = json {
        members.remove(&Name::new(name.to_owned()));
    }
}
