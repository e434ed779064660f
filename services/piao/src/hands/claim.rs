//! `piao claim`: who holds an invoice, and to which enterprises it is presented.

use std::path::Path;

use clap::{Args, Subcommand};
use piao_client::{Client, HandOverQr, commands};
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;

use super::connect::Session;
use super::kept::read_text;
use super::measure::enterprise;
use super::read::PageArgs;
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{List, Money, Text, Time};
use crate::output::{View, col, whole};

/// Who holds an invoice, and to whom it is presented.
#[derive(Debug, Subcommand)]
pub(crate) enum ClaimCommand {
    /// Take an invoice: with the hand-over code that came with it, or as its named buyer
    #[command(
        after_help = "Examples:\n  piao claim take --hand-over 'https://…/verify?number=…#claim=…'\n  \
        piao claim take --hand-over - < hand-over.txt      # keeps the secret out of the process list\n  \
        piao claim take 26950000000000000001               # as the named buyer"
    )]
    Take(TakeArgs),
    /// Present an invoice that you hold to an enterprise, which may then lock it
    #[command(
        after_help = "Example:\n  piao claim present 26950000000000000001 --to uscc:91440300708461136T"
    )]
    Present(PresentArgs),
    /// Take back a presentation, while the enterprise has no live lock
    #[command(
        after_help = "Example:\n  piao claim withdraw 26950000000000000001 --from uscc:91440300708461136T"
    )]
    Withdraw(WithdrawArgs),
    /// List the invoices that you hold
    #[command(after_help = "Example:\n  piao claim list --state presented --output csv > claims.csv")]
    List(ListArgs),
}

/// Which invoice, and by what right.
#[derive(Debug, Args)]
pub(crate) struct TakeArgs {
    /// The invoice's number, to take it as its named buyer
    #[arg(value_parser = number, required_unless_present = "hand_over", conflicts_with = "hand_over")]
    invoice: Option<InvoiceNumber>,
    /// The hand-over code, which holds the one-time claim key; - is stdin
    #[arg(long, value_name = "URL")]
    hand_over: Option<String>,
    #[command(flatten)]
    send: SendArgs,
}

/// To whom.
#[derive(Debug, Args)]
pub(crate) struct PresentArgs {
    /// The invoice's number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    /// The enterprise
    #[arg(long, value_name = "USCC", value_parser = enterprise)]
    to: Uscc,
    #[command(flatten)]
    send: SendArgs,
}

/// From whom.
#[derive(Debug, Args)]
pub(crate) struct WithdrawArgs {
    /// The invoice's number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    /// The enterprise
    #[arg(long, value_name = "USCC", value_parser = enterprise)]
    from: Uscc,
    #[command(flatten)]
    send: SendArgs,
}

/// Which claims.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only the claim on this invoice
    #[arg(long, value_parser = number)]
    invoice: Option<InvoiceNumber>,
    /// Only what is presented to this enterprise
    #[arg(long, value_name = "USCC", value_parser = enterprise)]
    presented_to: Option<Uscc>,
    /// held, presented, locked or settled
    #[arg(long, value_parser = ["held", "presented", "locked", "settled"], hide_possible_values = true)]
    state: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

const CLAIM: View = &[
    col("invoice", "invoice", Text),
    col("total", "total", Money),
    col("state", "state", Text),
    col("issuer", "issuer", Text),
    col("issued", "issued_at", Time),
    col("presented", "axes.claim.presented_to", List),
    whole("free", "axes.reimbursement.free", Money),
    whole("settled", "axes.reimbursement.settled", Money),
    whole("enterprise", "axes.reimbursement.enterprise", Text),
    whole("amount", "amount", Money),
    whole("buyer", "buyer", Text),
    whole("booking", "axes.booking.state", Text),
    whole("version", "version", Text),
    whole("terminal", "terminal", Text),
    whole("you may", "allowed_actions", List),
];

/// `piao claim …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: ClaimCommand) -> Result<(), Failure> {
    match command {
        ClaimCommand::Take(args) => take(args).await,
        ClaimCommand::Present(PresentArgs { invoice, to, send }) => {
            send.act(async |_| Ok(commands::present(invoice, to))).await
        }
        ClaimCommand::Withdraw(WithdrawArgs { invoice, from, send }) => {
            send.act(async |_| Ok(commands::withdraw(invoice, from))).await
        }
        ClaimCommand::List(args) => {
            let filters = [
                ("invoice", args.invoice.map(|invoice| invoice.to_string())),
                ("presented_to", args.presented_to.map(|enterprise| format!("uscc:{enterprise}"))),
                ("state", args.state),
            ];
            args.page.list(CLAIM, &filters, Client::claims).await
        }
    }
}

/// Reads an invoice's number.
///
/// # Errors
/// What would pass.
pub(super) fn number(text: &str) -> Result<InvoiceNumber, String> {
    InvoiceNumber::parse(text).map_err(|error| error.to_string())
}

async fn take(args: TakeArgs) -> Result<(), Failure> {
    let qr = args.hand_over.as_deref().map(hand_over).transpose()?;
    let taking = async |session: &Session| match (qr, args.invoice) {
        (Some(qr), _) => {
            let holder = session.identity()?.party();
            Ok(commands::claim_with(&qr.secret, session.client.chain(), qr.printed.number, holder))
        }
        (None, Some(invoice)) => Ok(commands::claim_as_buyer(invoice)),
        (None, None) => Err(Failure::Usage("name an invoice, or --hand-over".to_owned())),
    };
    args.send.act(taking).await
}

fn hand_over(given: &str) -> Result<HandOverQr, Failure> {
    let text = if given == "-" { read_text(Path::new(given))? } else { given.to_owned() };
    // What was given holds a secret, so the complaint does not show it.
    HandOverQr::parse(text.trim()).map_err(|error| Failure::Usage(format!("--hand-over {error}")))
}
