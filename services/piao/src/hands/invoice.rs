//! `piao invoice`: issuing, and what came of it.

mod issue;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_client::{Client, List};
use piao_domain::number::InvoiceNumber;

use super::claim::number;
use super::connect::ServerArgs;
use super::read::{PageArgs, show};
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{Count, Id, List as Texts, Money, Rows, Text, Time};
use crate::output::{Column, ListWriter, View, col, whole};

/// Issuing invoices, and reading them.
#[derive(Debug, Subcommand)]
pub(crate) enum InvoiceCommand {
    /// Issue an invoice; number, tax and totals are filled in where they are missing
    #[command(
        after_help = "Examples:\n  piao invoice issue examples/invoices/08-meal.json --key seller.json\n  \
        piao invoice issue draft.json --check        # only say what would come of it\n\n\
        FILE holds {seller, body, sealed?} as examples/invoices/ do, or the body alone. Where no\n\
        enterprise is named as buyer, a one-time claim key is drawn and the hand-over QR text is\n\
        printed: whoever has it can claim the invoice. It is shown once; --save FILE keeps it."
    )]
    Issue(IssueArgs),
    /// Show an invoice: its axes, and what you may do with it
    #[command(after_help = "Examples:\n  piao invoice get 26950000000000000001\n  \
        piao invoice get 26950000000000000001 --history")]
    Get(GetArgs),
    /// List invoices that you issued, are named on, hold, are presented with, or locked; to a bureau all
    #[command(after_help = "Examples:\n  piao invoice list --role issuer --month 2026-11\n  \
        piao invoice list --all --output csv > invoices.csv")]
    List(ListArgs),
}

/// What to issue.
#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// The invoice; - is stdin
    file: PathBuf,
    /// Its number [default: the next free one of yours]
    #[arg(long, value_parser = number)]
    number: Option<InvoiceNumber>,
    /// Draw a claim key also where an enterprise is named as buyer
    #[arg(long)]
    claim_key: bool,
    /// Only say whether it would be accepted: nothing is signed
    #[arg(long)]
    check: bool,
    /// Sign and send it also where a refusal is foreseen
    #[arg(long, conflicts_with = "check")]
    anyway: bool,
    #[command(flatten)]
    send: SendArgs,
}

/// Which invoice.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Its number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    /// What happened to it instead of where it stands
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which invoices.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What you are to them: issuer, buyer, holder, presented or reimburser
    #[arg(long, hide_possible_values = true, value_parser = ["issuer", "buyer", "holder", "presented", "reimburser"])]
    role: Option<String>,
    /// Issued in this month
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<String>,
    /// Whose numbers begin with these digits
    #[arg(long, value_name = "DIGITS")]
    number: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

const LOCKS: &[Column] = &[
    col("", "id", Id),
    col("", "state", Text),
    col("", "amount", Money),
    col("", "claim_ref", Text),
    col("", "enterprise", Text),
    col("", "lease_until", Time),
];

const INVOICE: View = &[
    col("invoice", "number", Text),
    col("total", "total", Money),
    whole("in words", "total_uppercase", Text),
    whole("amount", "amount", Money),
    whole("tax", "tax", Money),
    col("issuer", "issuer", Text),
    whole("buyer", "buyer", Text),
    whole("issued", "issued_at", Time),
    whole("transition", "transition", Id),
    col("claim", "axes.claim.state", Text),
    whole("holder", "axes.claim.holder", Text),
    whole("presented to", "axes.claim.presented_to", Texts),
    col("reimbursement", "axes.reimbursement.state", Text),
    whole("free", "axes.reimbursement.free", Money),
    whole("settled", "axes.reimbursement.settled", Money),
    whole("enterprise", "axes.reimbursement.enterprise", Text),
    whole("locks", "axes.reimbursement.locks", Rows(LOCKS)),
    col("booking", "axes.booking.state", Text),
    whole("booked by", "axes.booking.enterprise", Text),
    whole("month", "axes.booking.month", Text),
    whole("issue", "axes.issue.state", Text),
    whole("version", "version", Text),
    whole("terminal", "terminal", Text),
    whole("you may", "allowed_actions", Texts),
];

const HISTORY: View = &[
    col("height", "height", Count),
    col("time", "time", Time),
    col("type", "type", Text),
    col("outcome", "outcome", Text),
    col("code", "code", Text),
    col("party", "party", Text),
    whole("transition", "transition", Id),
];

/// `piao invoice …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: InvoiceCommand) -> Result<(), Failure> {
    match command {
        InvoiceCommand::Issue(args) => issue::run(args).await,
        InvoiceCommand::Get(args) if args.history => history(args).await,
        InvoiceCommand::Get(args) => {
            let session = args.server.connect().await?;
            show(&session, INVOICE, session.client.invoice(&args.invoice).await)
        }
        InvoiceCommand::List(args) => {
            let filters = [("role", args.role), ("month", args.month), ("number", args.number)];
            args.page.list(INVOICE, &filters, Client::invoices).await
        }
    }
}

async fn history(args: GetArgs) -> Result<(), Failure> {
    let session = args.server.connect().await?;
    let mut writer = ListWriter::new(session.output, HISTORY);
    let mut cursor = None::<String>;
    loop {
        let list = cursor.iter().fold(List::new().limit(200), |list, cursor| list.after(cursor));
        let page = session.client.invoice_history(&args.invoice, &list).await;
        let page = page.map_err(|error| session.failure(error))?;
        writer.page(&page.data)?;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    writer.end(None)
}
