//! What a bureau makes of an application.

use clap::Args;
use piao_client::{Client, List, commands};
use piao_domain::command::{Command, ReasonCode};
use piao_domain::ids::PartyId;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::quota::{Adjustment, ApplicationRef};
use piao_domain::rules::Allowance;
use piao_protocol::body;
use piao_protocol::jws::Unverified;
use serde_json::Value;

use super::super::claim::number;
use super::super::connect::Session;
use super::super::measure::{reason, yuan, yuan_or_none};
use super::super::named::named;
use super::super::send::SendArgs;
use super::WHAT;
use crate::exit::Failure;

/// What to grant.
#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    /// The application
    application: String,
    /// Yuan without tax [default: what was asked for]
    #[arg(long, value_name = "YUAN", value_parser = yuan)]
    amount: Option<Fen>,
    /// Invoices [default: as many as were asked for]
    #[arg(long)]
    count: Option<u32>,
    /// Under the numbers from this one on [default: the next free ones]
    #[arg(long, value_name = "NUMBER", value_parser = number, requires = "last_number")]
    first_number: Option<InvoiceNumber>,
    /// Up to this one
    #[arg(long, value_name = "NUMBER", value_parser = number, requires = "first_number")]
    last_number: Option<InvoiceNumber>,
    #[command(flatten)]
    send: SendArgs,
}

/// What to give from now on.
#[derive(Debug, Args)]
pub(crate) struct AdjustArgs {
    /// The application
    application: String,
    /// Yuan without tax, instead of what was granted on it; 0 takes all of it back
    #[arg(long, value_name = "YUAN", value_parser = yuan_or_none)]
    amount: Fen,
    /// Invoices, likewise
    #[arg(long)]
    count: u32,
    #[command(flatten)]
    send: SendArgs,
}

/// What to refuse.
#[derive(Debug, Args)]
pub(crate) struct RefuseArgs {
    /// The application
    application: String,
    /// Why, a code of yours: 1 to 32 of a-z 0-9 -
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: ReasonCode,
    #[command(flatten)]
    send: SendArgs,
}

/// `piao quota grant`
///
/// # Errors
/// [`Failure`].
pub(super) async fn grant(args: GrantArgs) -> Result<(), Failure> {
    let GrantArgs { application, amount, count, first_number, last_number, send } = args;
    let segment = first_number.zip(last_number).map(|(first, last)| segment(first, last)).transpose()?;
    let grant = async |session: &Session| {
        let (target, asked) = find(session, &application, "pending").await?;
        let given = Allowance { amount: amount.unwrap_or(asked.amount), count: count.unwrap_or(asked.count) };
        Ok(commands::grant_quota(target, given, segment))
    };
    send.act(grant).await
}

/// `piao quota adjust`
///
/// # Errors
/// [`Failure`].
pub(super) async fn adjust(args: AdjustArgs) -> Result<(), Failure> {
    let AdjustArgs { application, amount, count, send } = args;
    let adjust = async |session: &Session| {
        let (target, _) = find(session, &application, "granted").await?;
        Ok(commands::adjust_quota(Adjustment { target, given: Allowance { amount, count } }))
    };
    send.act(adjust).await
}

/// `piao quota refuse`
///
/// # Errors
/// [`Failure`].
pub(super) async fn refuse(args: RefuseArgs) -> Result<(), Failure> {
    let RefuseArgs { application, reason, send } = args;
    let refuse = async |session: &Session| {
        let (target, _) = find(session, &application, "pending").await?;
        Ok(commands::refuse_quota(target, reason))
    };
    send.act(refuse).await
}

/// An application as a bureau must name it, and what it asked for. What its issuer signed says so.
async fn find(session: &Session, text: &str, status: &str) -> Result<(ApplicationRef, Allowance), Failure> {
    let list = List::new().matching("status", status);
    let what = format!("{status} {WHAT}");
    let application = named(session, text, &what, list, Client::quotas).await?;
    let read = session.client.transition(&application).await.map_err(|error| session.failure(error))?;
    let signed = read.get("transition").and_then(Value::as_str).unwrap_or_default();
    let signed = Unverified::parse(signed.to_owned()).ok().filter(|signed| signed.id() == application);
    let signed = signed.and_then(|signed| signed.decode(body::parse).ok());
    if let Some(signed) = signed
        && let PartyId::Enterprise(issuer) = signed.claims().party
        && let Command::QuotaApply { month, asked } = *signed.body().command()
    {
        return Ok((ApplicationRef { application, issuer, month }, asked));
    }
    Err(Failure::Usage(format!("transition {application} applied for no quota")))
}

fn segment(first: InvoiceNumber, last: InvoiceNumber) -> Result<Segment, Failure> {
    let wrong = |why: String| Failure::Usage(format!("--first-number, --last-number: {why}"));
    if first.prefix() != last.prefix() {
        return Err(wrong("the first five digits must be the same".to_owned()));
    }
    Segment::new(first.prefix(), first.sequence(), last.sequence()).map_err(|error| wrong(error.to_string()))
}
