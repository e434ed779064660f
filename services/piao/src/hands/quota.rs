//! `piao quota`: how much an issuer may issue in a month, and under which numbers.

mod decide;

use clap::{Args, Subcommand};
use piao_client::{Client, List, commands};
use piao_domain::money::Fen;
use piao_domain::rules::Allowance;
use piao_domain::time::Month;

use super::connect::Session;
use super::measure::yuan;
use super::named::named;
use super::read::PageArgs;
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{Count, Id, Money, Rows, Text, Time};
use crate::output::{Column, View, col, whole};

/// How much may be issued in a month. An APPLICATION is named by its id, the transition that applied, or by the first
/// digits of it.
#[derive(Debug, Subcommand)]
pub(crate) enum QuotaCommand {
    /// Apply for a month's quota and numbers; granted at once inside the rules' allowance
    #[command(after_help = "Example:\n  piao quota apply --amount 100000 --count 50")]
    Apply(ApplyArgs),
    /// Grant an application that waits, as asked for or otherwise; for a bureau
    #[command(after_help = "Examples:\n  piao quota grant 4f3a9c0d11e2 --key piao-data/bureau-key.json\n  \
        piao quota grant 4f3a9c0d11e2 --amount 50000 --count 20 --key piao-data/bureau-key.json")]
    Grant(decide::GrantArgs),
    /// Change what was granted, never below what is used; for a bureau
    #[command(after_help = "Example:\n  piao quota adjust 4f3a9c0d11e2 --amount 80000 --count 40 \\\n      \
        --key piao-data/bureau-key.json")]
    Adjust(decide::AdjustArgs),
    /// Refuse an application that waits, for a reason; for a bureau
    #[command(after_help = "Example:\n  piao quota refuse 4f3a9c0d11e2 --reason no-turnover \\\n      \
        --key piao-data/bureau-key.json")]
    Refuse(decide::RefuseArgs),
    /// List applications and what is left of their months; to a bureau all
    #[command(after_help = "Example:\n  piao quota list --status pending --key piao-data/bureau-key.json")]
    List(ListArgs),
    /// Show what a month's quota was granted and used for
    #[command(after_help = "Example:\n  piao quota get 4f3a9c0d11e2")]
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
    /// The application
    application: String,
    #[command(flatten)]
    page: PageArgs,
}

/// What is named.
const WHAT: &str = "application";

const SEGMENTS: &[Column] = &[col("", "first", Text), col("", "last", Text), col("", "used", Text)];

const QUOTA: View = &[
    col("application", "id", Id),
    col("issuer", "issuer", Text),
    col("month", "month", Text),
    col("status", "status", Text),
    col("asked", "asked.amount", Money),
    col("left", "month_left.amount", Money),
    col("invoices left", "month_left.count", Count),
    whole("asked count", "asked.count", Count),
    whole("given", "given.amount", Money),
    whole("given count", "given.count", Count),
    whole("segments", "segments", Rows(SEGMENTS)),
    whole("applied", "applied_at", Time),
    whole("changed", "changed_at", Time),
    whole("granted", "month_granted.amount", Money),
    whole("granted count", "month_granted.count", Count),
    whole("used", "month_used.amount", Money),
    whole("used count", "month_used.count", Count),
];

const ENTRY: View = &[
    col("height", "height", Count),
    col("time", "time", Time),
    col("kind", "kind", Text),
    col("amount", "amount", Money),
    col("count", "count", Count),
    col("left", "left.amount", Money),
    col("count left", "left.count", Count),
    col("invoice", "invoice", Text),
    whole("application", "application", Id),
];

/// `piao quota …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: QuotaCommand) -> Result<(), Failure> {
    match command {
        QuotaCommand::Apply(ApplyArgs { amount, count, month, send }) => {
            let apply = async |session: &Session| {
                let month = month.unwrap_or_else(|| session.client.sources().now().month());
                Ok(commands::apply_for_quota(month, Allowance { amount, count }))
            };
            send.act(apply).await
        }
        QuotaCommand::Grant(args) => decide::grant(args).await,
        QuotaCommand::Adjust(args) => decide::adjust(args).await,
        QuotaCommand::Refuse(args) => decide::refuse(args).await,
        QuotaCommand::List(args) => {
            let filters = [("month", args.month.map(|month| month.to_string())), ("status", args.status)];
            args.page.list(QUOTA, &filters, Client::quotas).await
        }
        QuotaCommand::Get(GetArgs { application, page }) => {
            let session = page.connect().await?;
            let application = named(&session, &application, WHAT, List::new(), Client::quotas).await?;
            let entries = async |client: &Client, list: &List| client.quota_entries(&application, list).await;
            page.list_in(&session, ENTRY, &[], entries).await
        }
    }
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).map_err(|error| error.to_string())
}
