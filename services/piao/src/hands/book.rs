//! `piao book`: invoices in the books of an enterprise.

use clap::{Args, Subcommand};
use piao_client::{Client, commands};
use piao_domain::number::InvoiceNumber;

use super::claim::number;
use super::read::PageArgs;
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{Money, Text};
use crate::output::{View, col};

/// Invoices in your enterprise's books.
#[derive(Debug, Subcommand)]
pub(crate) enum BookCommand {
    /// Book an invoice into this month, its tax deductible (state 02) or not (state 03)
    #[command(after_help = "Examples:\n  piao book book 26950000000000000001 --deductible\n  \
        piao book book 26950000000000000001 --not-deductible")]
    Book(BookArgs),
    /// Take a booking back (state 06)
    #[command(after_help = "Example:\n  piao book unbook 26950000000000000001")]
    Unbook(UnbookArgs),
    /// List what you booked
    #[command(after_help = "Example:\n  piao book list --month 2026-11 --all --output csv > november.csv")]
    List(ListArgs),
}

/// What to book, and how.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("tax").required(true))]
pub(crate) struct BookArgs {
    /// The invoice's number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    /// Its tax is deductible
    #[arg(long, group = "tax")]
    deductible: bool,
    /// Its tax is not deductible
    #[arg(long, group = "tax")]
    not_deductible: bool,
    #[command(flatten)]
    send: SendArgs,
}

/// What to take back.
#[derive(Debug, Args)]
pub(crate) struct UnbookArgs {
    /// The invoice's number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    #[command(flatten)]
    send: SendArgs,
}

/// Which bookings.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only that of this invoice
    #[arg(long, value_parser = number)]
    invoice: Option<InvoiceNumber>,
    /// 02 deductible, 03 not deductible, 06 taken back
    #[arg(long, value_parser = ["02", "03", "06"], hide_possible_values = true)]
    state: Option<String>,
    /// Only those dated into this month
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

const BOOKING: View = &[
    col("invoice", "invoice", Text),
    col("state", "state", Text),
    col("month", "month", Text),
    col("amount", "amount", Money),
    col("total", "total", Money),
    col("issuer", "issuer", Text),
];

/// `piao book …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: BookCommand) -> Result<(), Failure> {
    match command {
        BookCommand::Book(BookArgs { invoice, deductible, not_deductible: _, send }) => {
            send.act(async |_| Ok(commands::book(invoice, deductible))).await
        }
        BookCommand::Unbook(UnbookArgs { invoice, send }) => {
            send.act(async |_| Ok(commands::unbook(invoice))).await
        }
        BookCommand::List(args) => {
            let invoice = args.invoice.map(|invoice| invoice.to_string());
            let filters = [("invoice", invoice), ("state", args.state), ("month", args.month)];
            args.page.list(BOOKING, &filters, Client::bookings).await
        }
    }
}
