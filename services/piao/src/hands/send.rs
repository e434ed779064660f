//! Signing, keeping, sending, and telling what came of it. What is sent again is always the very same transition.

use std::path::{Path, PathBuf};

use clap::Args;
use piao_client::{ClientError, Decision, HandOverQr, OutcomeUnknown, PrintedQr, Signed, Submitted, Wait};
use piao_domain::command::{Command, Kind};
use piao_domain::number::InvoiceNumber;
use piao_protocol::body;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::jws::Unverified;
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::Receipt;
use serde_json::{Value, json};

use super::connect::{ServerArgs, Session};
use super::kept::{Kept, forget, own_place};
use super::language::Language;
use super::told;
use crate::exit::{Failure, chain};
use crate::output::Kind::{Id, Money, Rows, Text, Time};
use crate::output::{Column, View, col, passed, plain, whole, write_record};
use crate::serve::note;

/// How a transition is sent.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// Keep the signed transition here [default: ~/.local/state/piao]
    #[arg(long, value_name = "FILE", help_heading = "Shared options")]
    save: Option<PathBuf>,
}

const RULES: &[Column] = &[col("", "id", Text), col("", "version", Text)];

/// What is known of a transition that was sent.
const SENT: View = &[
    col("transition", "transition", Id),
    col("type", "type", Text),
    col("outcome", "outcome", Text),
    col("code", "code", Text),
    whole("height", "height", Text),
    whole("time", "time", Time),
    whole("invoice", "invoice", Text),
    whole("lock", "detail.lock", Id),
    whole("token", "detail.token", Text),
    whole("amount", "detail.amount", Money),
    whole("count", "detail.count", Text),
    whole("lease until", "detail.lease_until", Time),
    whole("month", "detail.month", Text),
    whole("state", "detail.state", Text),
    whole("first number", "numbers.first", Text),
    whole("last number", "numbers.last", Text),
    whole("rules", "detail.rules", Rows(RULES)),
    whole("kept in", "kept_in", Text),
    whole("printed QR", "printed_qr", Text),
    whole("hand-over QR", "hand_over_qr", Text),
];

impl SendArgs {
    /// Connects, signs the command that `make` makes, and sends it until it is decided.
    ///
    /// # Errors
    /// [`Failure`], a refusal included.
    pub(super) async fn act(
        &self,
        make: impl AsyncFnOnce(&Session) -> Result<Command, Failure>,
    ) -> Result<(), Failure> {
        let session = self.server.connect().await?;
        let command = make(&session).await?;
        self.sign_and_send(&session, command).await.map(drop)
    }

    /// Signs a command and sends it until it is decided.
    ///
    /// # Errors
    /// [`Failure`], a refusal included.
    pub(super) async fn sign_and_send(
        &self,
        session: &Session,
        command: Command,
    ) -> Result<Receipt, Failure> {
        let signed = session.client.sign(command).map_err(|error| session.failure(error))?;
        self.send(session, Kept { signed, claim: None }).await
    }

    /// Keeps a signed transition in a file and sends it until it is decided.
    ///
    /// # Errors
    /// [`Failure`], a refusal included.
    pub(super) async fn send(&self, session: &Session, kept: Kept) -> Result<Receipt, Failure> {
        let path = match &self.save {
            Some(path) => path.clone(),
            None => own_place(&kept.signed.id())?,
        };
        kept.write(&path)?;
        send_kept(session, kept, &path, Sending::First).await
    }
}

/// Whether a transition may have been sent before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// It was signed just now.
    First,
    /// It was read from a file: whatever is answered now, an earlier sending may be on the record.
    Again,
}

/// Sends a transition that is in a file until it is decided, prints what came of it, and lets go of the file where it is
/// ours and no longer needed.
///
/// # Errors
/// [`Failure`], a refusal included.
pub(super) async fn send_kept(
    session: &Session,
    kept: Kept,
    path: &Path,
    sending: Sending,
) -> Result<Receipt, Failure> {
    session.tell_chain();
    let last = match decide(session, &kept.signed).await {
        Ok(decision) => return on_record(session, &kept, path, decision),
        Err(ClientError::OutcomeUnknown(unknown)) => {
            unknown.last.as_ref().map(|error| chain(error)).unwrap_or_default()
        }
        Err(error) if sending == Sending::Again => chain(&error),
        Err(error) => return Err(not_on_record(session, path, error)),
    };
    let told = json!({ "transition": kept.signed.id().to_string(), "type": kept.signed.kind().as_str(),
        "outcome": "unknown", "kept_in": path.display().to_string() });
    // That it is unknown weighs more than that it could not be printed; stderr says the same.
    write_record(session.output, SENT, &told).ok();
    Err(still_unknown(session.language, &kept.signed, path, &last))
}

/// Prints a decision, and keeps the file as long as it is the only place of a claim key.
fn on_record(session: &Session, kept: &Kept, path: &Path, decision: Decision) -> Result<Receipt, Failure> {
    let told = decided(session, kept, &decision.receipt);
    let written = write_record(session.output, SENT, &told);
    if let Outcome::Rejected(_) = &decision.receipt.outcome {
        forget(path);
        return Err(Failure::Refused(told::refused(&decision, session.language)));
    }
    let handed_over = written.is_ok() && told.get("hand_over_qr").is_some();
    if kept.claim.is_some() && !handed_over {
        let path = path.display();
        note(&match session.language {
            Language::Zh => {
                format!("已开具；交付二维码没有写出，其密钥保存在 {path}：piao tx submit {path} 再次打印")
            }
            Language::En => format!(
                "issued; the hand-over QR was not written out, and its key is kept in {path}: piao tx submit {path} \
                 prints it again"
            ),
        });
    } else {
        forget(path);
    }
    passed(written).map(|()| decision.receipt)
}

/// What was signed just now and never got there.
fn not_on_record(session: &Session, path: &Path, error: ClientError) -> Failure {
    // What may do better later is worth keeping; what never can is not.
    if error.may_pass() && !error.unknown_signer() {
        let path = path.display();
        note(&match session.language {
            Language::Zh => format!("没有上链；再次发送同一个：piao tx submit {path}"),
            Language::En => {
                format!("nothing is on the record; to send the same again: piao tx submit {path}")
            }
        });
    } else {
        forget(path);
    }
    session.failure(error)
}

/// Whether a transition that was read is meant for the chain that it would be sent to.
///
/// # Errors
/// [`Failure::Usage`] where it is meant for another.
pub(super) fn same_chain(session: &Session, signed: &Signed) -> Result<(), Failure> {
    let read = Unverified::parse(signed.jws().clone()).ok().and_then(|read| read.decode(body::parse).ok());
    let Some(read) = read else { return Ok(()) };
    let (meant, served) = (&read.claims().chain, session.client.chain());
    if meant == served {
        return Ok(());
    }
    Err(Failure::Usage(match session.language {
        Language::Zh => format!("该交易为链 {meant} 而签，此处是链 {served}；没有发送，文件保留"),
        Language::En => {
            format!("the transition is signed for chain {meant}, and this is {served}; it was not sent")
        }
    }))
}

/// Nobody can say what came of a transition; how to go on with it.
pub(super) fn still_unknown(language: Language, signed: &Signed, path: &Path, last: &str) -> Failure {
    Failure::OutcomeUnknown(unknown_text(language, signed, path, &plain(last)))
}

async fn decide(session: &Session, signed: &Signed) -> Result<Decision, ClientError> {
    if !session.wait.is_zero() {
        return session.client.submit_until_decided(signed, session.wait).await;
    }
    let unknown = |last| {
        let unknown = OutcomeUnknown { signed: signed.clone(), last };
        Err(ClientError::OutcomeUnknown(Box::new(unknown)))
    };
    match session.client.submit(signed, Wait::NONE).await {
        Ok(Submitted::Decided(decision)) => Ok(decision),
        Ok(Submitted::Recorded { .. }) => unknown(None),
        Err(error) if error.may_be_recorded() => unknown(Some(error)),
        Err(error) => Err(error),
    }
}

fn unknown_text(language: Language, signed: &Signed, path: &Path, last: &str) -> String {
    let (id, path) = (signed.id(), path.display());
    let last = if last.is_empty() {
        String::new()
    } else {
        format!("\n  {}  {last}", language.pick("最后", "last "))
    };
    match language {
        Language::Zh => format!(
            "结果未知：{id}{last}\n  它可能已经上链，或仍会上链：切勿为同一件事另签一个。\n  继续  piao tx submit {path}\n  \
             查询  piao tx get {id}"
        ),
        Language::En => format!(
            "outcome unknown: {id}{last}\n  It may be on the record or still get there: never sign another one for the same \
             thing.\n  go on  piao tx submit {path}\n  or     piao tx get {id}"
        ),
    }
}

/// The receipt, the type, and what else the transition itself tells.
fn decided(session: &Session, kept: &Kept, receipt: &Receipt) -> Value {
    let mut told = serde_json::to_value(receipt).unwrap_or_default();
    told["type"] = json!(kept.signed.kind().as_str());
    let body =
        Unverified::parse(kept.signed.jws().clone()).ok().and_then(|read| read.decode(body::parse).ok());
    let Some(body) = body else { return told };
    let command = body.body().command();
    let named = match command {
        Command::InvoiceIssue(content) => Some(content.number),
        other => other.invoice(),
    };
    if let Some(invoice) = named {
        told["invoice"] = json!(invoice.to_string());
    }
    if let Some((first, last)) = numbers(&receipt.outcome) {
        told["numbers"] = json!({ "first": first.to_string(), "last": last.to_string() });
    }
    if let (Command::InvoiceIssue(content), Outcome::Accepted(_)) = (command, &receipt.outcome)
        && let Some(printed) = printed(session, content.number, content.total, receipt)
    {
        told["printed_qr"] = json!(printed.to_string());
        if let Some(secret) = &kept.claim {
            told["hand_over_qr"] = json!(hand_over(printed, secret).to_string());
        }
    }
    told
}

/// The first and the last of the numbers that were allotted.
fn numbers(outcome: &Outcome) -> Option<(InvoiceNumber, InvoiceNumber)> {
    let Outcome::Accepted(
        Effect::QuotaGranted { segment, .. } | Effect::QuotaAdjusted { segment: Some(segment), .. },
    ) = outcome
    else {
        return None;
    };
    segment.number(segment.first()).zip(segment.number(segment.last()))
}

fn printed(
    session: &Session,
    number: InvoiceNumber,
    total: piao_domain::money::Fen,
    receipt: &Receipt,
) -> Option<PrintedQr> {
    let host = session.issuance.split_once("://")?.1.split('/').next()?;
    PrintedQr::new(host, number, total, &receipt.transition).ok()
}

fn hand_over(printed: PrintedQr, secret: &ClaimSecret) -> HandOverQr {
    printed.hand_over(ClaimSecret::from_seed(&secret.seed()))
}

/// The types of transition, for whom one must be named.
pub(super) fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect()
}
