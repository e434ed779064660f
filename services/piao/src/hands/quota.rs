//! `piao quota`: how much an issuer may issue in a month, and under which numbers.

use clap::{Args, Subcommand};
use piao_client::{Client, commands};
use piao_domain::ids::TransitionId;
use piao_domain::money::Fen;
use piao_domain::rules::Allowance;
use piao_domain::time::Month;

use super::measure::yuan;
use super::read::PageArgs;
use super::send::SendArgs;
use super::tx::transition_id;
use crate::exit::Failure;
use crate::output::Kind::{Id, Money, Rows, Text, Time};
use crate::output::{Column, View, col, whole};

/// How much may be issued in a month.
#[derive(Debug, Subcommand)]
pub(crate) enum QuotaCommand {
    /// Apply for a month's quota and numbers; granted at once inside the rules' allowance
    #[command(after_help = "Example:\n  piao quota apply --amount 100000 --count 50")]
    Apply(ApplyArgs),
    /// List applications and what is left of their months; to a bureau all
    #[command(after_help = "Example:\n  piao quota list --status pending --key piao-data/bureau-key.json")]
    List(ListArgs),
    /// Show what a month's quota was granted and used for
    #[command(after_help = "Example:\n  piao quota get 4f3a…")]
    Get(GetArgs),
}

/// How much, and when.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Yuan without tax
    #[arg(long, value_name = "YUAN", value_parser = yuan)]
    amount: Fen,
    /// Invoices
    #[arg(long)]
    count: u32,
    /// For which month [default: this one]
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    #[command(flatten)]
    send: SendArgs,
}

/// Which applications.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only those for this month
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// Only those in this state
    #[arg(long, value_parser = ["pending", "granted", "refused"])]
    status: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

/// Which application.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The application: the transition that applied
    #[arg(value_parser = transition_id)]
    application: TransitionId,
    #[command(flatten)]
    page: PageArgs,
}

const SEGMENTS: &[Column] = &[col("", "first", Text), col("", "last", Text), col("", "used", Text)];

const QUOTA: View = &[
    col("application", "id", Id),
    col("issuer", "issuer", Text),
    col("month", "month", Text),
    col("status", "status", Text),
    col("asked", "asked.amount", Money),
    col("left", "month_left.amount", Money),
    col("invoices left", "month_left.count", Text),
    whole("asked count", "asked.count", Text),
    whole("given", "given.amount", Money),
    whole("given count", "given.count", Text),
    whole("segments", "segments", Rows(SEGMENTS)),
    whole("applied", "applied_at", Time),
    whole("changed", "changed_at", Time),
    whole("granted", "month_granted.amount", Money),
    whole("granted count", "month_granted.count", Text),
    whole("used", "month_used.amount", Money),
    whole("used count", "month_used.count", Text),
];

const ENTRY: View = &[
    col("height", "height", Text),
    col("time", "time", Time),
    col("kind", "kind", Text),
    col("amount", "amount", Money),
    col("count", "count", Text),
    col("left", "left.amount", Money),
    col("count left", "left.count", Text),
    col("invoice", "invoice", Text),
    whole("application", "application", Id),
];

/// `piao quota …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: QuotaCommand) -> Result<(), Failure> {
    match command {
        QuotaCommand::Apply(args) => {
            let session = args.send.server.connect().await?;
            let month = args.month.unwrap_or_else(|| session.client.sources().now().month());
            let asked = Allowance { amount: args.amount, count: args.count };
            args.send.sign_and_send(&session, commands::apply_for_quota(month, asked)).await.map(drop)
        }
        QuotaCommand::List(args) => {
            let filters = [("month", args.month.map(|month| month.to_string())), ("status", args.status)];
            args.page.list(QUOTA, &filters, Client::quotas).await
        }
        QuotaCommand::Get(GetArgs { application, page }) => {
            page.list(ENTRY, &[], async |client, list| client.quota_entries(&application, list).await).await
        }
    }
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).map_err(|error| error.to_string())
}
