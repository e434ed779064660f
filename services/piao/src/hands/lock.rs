//! `piao lock`: leases of an enterprise on an invoice, and how they end.

mod check;

use clap::{Args, Subcommand};
use piao_client::{Client, List, commands};
use piao_domain::command::ReasonCode;
use piao_domain::ids::{ClaimRef, TransitionId};
use piao_domain::invoice::LockUse;
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use serde_json::{Value, json};

use super::claim::number;
use super::connect::{ServerArgs, Session};
use super::measure::{enterprise, reason, seconds, yuan};
use super::named::named;
use super::read::{PageArgs, show};
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{Count, Id, Money, Rows, Text, Time};
use crate::output::{Column, View, col, whole};
use crate::serve::note;
use check::would_pass;

/// Leases on invoices. A LOCK is named by its id or by the first digits of it.
#[derive(Debug, Subcommand)]
pub(crate) enum LockCommand {
    /// Lock an invoice that you hold or that is presented to you: nobody else can then reimburse it
    #[command(after_help = "Examples:\n  piao lock create 26950000000000000001 --claim-ref BX-2026-17\n  \
        piao lock create 26950000000000000001 --claim-ref BX-2026-17 --amount 106.00 --lease 30d\n  \
        piao lock create 26950000000000000001 --claim-ref BX-2026-17 --check\n\n\
        A reference is used once for an invoice: a reimbursement tried twice is refused (lock.claim_ref).")]
    Create(CreateArgs),
    /// Let a lock last longer, counted from now
    #[command(after_help = "Example:\n  piao lock renew 4f3a9c0d11e2 --lease 7d")]
    Renew(RenewArgs),
    /// Give a lock up
    #[command(after_help = "Example:\n  piao lock release 4f3a9c0d11e2")]
    Release(EndArgs),
    /// Settle the whole lock, for good: the invoice is reimbursed
    #[command(after_help = "Example:\n  piao lock settle 4f3a9c0d11e2\n\n\
        Pay only when you hold the proof: piao proof get TRANSITION --genesis-file genesis.json \\\n      \
        --settles INVOICE --enterprise USCC --amount YUAN --out settled.piao-proof.json")]
    Settle(EndArgs),
    /// End every lock of an enterprise on an invoice and take its booking back, for a reason; for a bureau
    #[command(
        after_help = "Example:\n  piao lock force-release 26950000000000000001 --enterprise 91440300708461136T \\\n      \
        --reason court-order --key piao-data/bureau-key.json\n\n\
        Other enterprises that it is presented to may then lock it. What is settled stays settled."
    )]
    ForceRelease(ForceReleaseArgs),
    /// Show a lock
    #[command(after_help = "Example:\n  piao lock get 4f3a9c0d11e2")]
    Get(GetArgs),
    /// List your locks
    #[command(after_help = "Example:\n  piao lock list --state live --output ndjson --all")]
    List(ListArgs),
    /// List what is presented to you or held by you, and whether you may lock it
    #[command(after_help = "Example:\n  piao lock inbox --issuer uscc:91440300708461136T")]
    Inbox(InboxArgs),
}

/// What to lock.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The invoice's number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    /// Your reference of the reimbursement; never a person's name
    #[arg(long, value_name = "REF", value_parser = claim_ref)]
    claim_ref: ClaimRef,
    /// Yuan to lock [default: all that is free]
    #[arg(long, value_name = "YUAN", value_parser = yuan)]
    amount: Option<Fen>,
    /// How long it lasts unless it is renewed: d, h, m or s
    #[arg(long, default_value = "7d", value_parser = seconds)]
    lease: u32,
    /// Only say whether it would pass now: nothing is signed or reserved
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    send: SendArgs,
}

/// How long.
#[derive(Debug, Args)]
pub(crate) struct RenewArgs {
    /// The lock
    lock: String,
    /// How long from now: d, h, m or s
    #[arg(long, default_value = "7d", value_parser = seconds)]
    lease: u32,
    #[command(flatten)]
    send: SendArgs,
}

/// Which lock ends.
#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    /// The lock
    lock: String,
    #[command(flatten)]
    send: SendArgs,
}

/// Whose locks end, and why.
#[derive(Debug, Args)]
pub(crate) struct ForceReleaseArgs {
    /// The invoice's number, 20 digits
    #[arg(value_parser = number)]
    invoice: InvoiceNumber,
    /// Whose locks and booking on it
    #[arg(long, value_name = "USCC", value_parser = enterprise)]
    enterprise: Uscc,
    /// Why, a code of yours: 1 to 32 of a-z 0-9 -
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: ReasonCode,
    #[command(flatten)]
    send: SendArgs,
}

/// Which lock.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The lock
    lock: String,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which locks.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only those on this invoice
    #[arg(long, value_parser = number)]
    invoice: Option<InvoiceNumber>,
    /// Only those with this reference
    #[arg(long, value_name = "REF", value_parser = claim_ref)]
    claim_ref: Option<ClaimRef>,
    /// live, ended in whatever way, or lapsed
    #[arg(long, value_parser = ["live", "ended", "lapsed"], hide_possible_values = true)]
    state: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

/// Which invoices.
#[derive(Debug, Args)]
pub(crate) struct InboxArgs {
    /// Only this invoice
    #[arg(long, value_parser = number)]
    invoice: Option<InvoiceNumber>,
    /// Only what this enterprise issued
    #[arg(long, value_name = "USCC", value_parser = enterprise)]
    issuer: Option<Uscc>,
    #[command(flatten)]
    page: PageArgs,
}

const LOCK: View = &[
    col("lock", "id", Id),
    col("invoice", "invoice", Text),
    col("reference", "claim_ref", Text),
    col("amount", "amount", Money),
    col("token", "token", Count),
    col("state", "state", Text),
    col("lease until", "lease_until", Time),
    whole("locked at", "accepted_at", Time),
    whole("enterprise", "enterprise", Text),
    whole("live now", "live_now", Text),
];

const REFUSALS: &[Column] = &[col("", "code", Text), col("", "title", Text)];

const INBOX: View = &[
    col("invoice", "invoice", Text),
    col("total", "total", Money),
    col("free", "axes.reimbursement.free", Money),
    col("issuer", "issuer", Text),
    col("booking", "axes.booking.state", Text),
    col("you may", "allowed_actions", Text),
    col("not lock because", "lock_refusals", Rows(&[col("", "code", Text)])),
    whole("issued", "issued_at", Time),
    whole("buyer", "buyer", Text),
    whole("amount", "amount", Money),
    whole("held", "held", Text),
    whole("presented", "presented", Text),
    whole("settled", "axes.reimbursement.settled", Money),
    whole("refusals", "lock_refusals", Rows(REFUSALS)),
    whole("version", "version", Text),
    whole("terminal", "terminal", Text),
];

/// `piao lock …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: LockCommand) -> Result<(), Failure> {
    match command {
        LockCommand::Create(args) => create(args).await,
        LockCommand::Renew(RenewArgs { lock, lease, send }) => {
            let renew = async |session: &Session| {
                let (invoice, lock) = find(session, &lock).await?;
                Ok(commands::renew(invoice, lock, lease))
            };
            send.act(renew).await
        }
        LockCommand::Release(EndArgs { lock, send }) => {
            let release = async |session: &Session| {
                let (invoice, lock) = find(session, &lock).await?;
                Ok(commands::release(invoice, lock))
            };
            send.act(release).await
        }
        LockCommand::ForceRelease(ForceReleaseArgs { invoice, enterprise, reason, send }) => {
            send.act(async |_| Ok(commands::force_release(invoice, enterprise, reason))).await
        }
        LockCommand::Settle(EndArgs { lock, send }) => settle(&lock, &send).await,
        LockCommand::Get(GetArgs { lock, server }) => {
            let session = server.connect().await?;
            let lock = own(&session, &lock).await?;
            show(&session, LOCK, session.client.lock(&lock).await)
        }
        LockCommand::List(ListArgs { invoice, claim_ref, state, page }) => {
            let filters = [
                ("invoice", invoice.map(|invoice| invoice.to_string())),
                ("claim_ref", claim_ref.map(|claim_ref| claim_ref.as_str().to_owned())),
                ("state", state),
            ];
            page.list(LOCK, &filters, Client::locks).await
        }
        LockCommand::Inbox(InboxArgs { invoice, issuer, page }) => {
            let filters = [
                ("invoice", invoice.map(|invoice| invoice.to_string())),
                ("issuer", issuer.map(|issuer| format!("uscc:{issuer}"))),
            ];
            page.list(INBOX, &filters, Client::inbox).await
        }
    }
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let CreateArgs { invoice, claim_ref, amount, lease, check, send } = args;
    let amount = async |session: &Session| match amount {
        Some(amount) => Ok(amount),
        None => free(session, &invoice).await,
    };
    if check {
        let session = send.server.connect().await?;
        let question = json!({ "invoice": invoice.to_string(), "claim_ref": claim_ref.as_str(),
            "amount": amount(&session).await?.get(), "lease_seconds": lease });
        return would_pass(&session, &question).await;
    }
    send.act(async |session| Ok(commands::lock(invoice, claim_ref, amount(session).await?, lease))).await
}

/// What is free of an invoice. Where nothing is, its whole total: the ledger then says why it cannot be locked.
async fn free(session: &Session, number: &InvoiceNumber) -> Result<Fen, Failure> {
    let invoice = session.client.invoice(number).await.map_err(|error| session.failure(error))?;
    let fen =
        |pointer: &str| invoice.pointer(pointer).and_then(Value::as_i64).and_then(|fen| Fen::new(fen).ok());
    let free = fen("/axes/reimbursement/free").filter(|free| *free > Fen::ZERO).or_else(|| fen("/total"));
    free.ok_or_else(|| {
        Failure::Undecided(format!("the services do not say what is free of {number}: name --amount"))
    })
}

async fn settle(lock: &str, send: &SendArgs) -> Result<(), Failure> {
    let session = send.server.connect().await?;
    let (invoice, lock) = find(&session, lock).await?;
    let receipt = send.sign_and_send(&session, commands::settle(invoice, lock)).await?;
    let id = receipt.transition;
    let enterprise = session.identity()?.party();
    note(&format!(
        "{} piao proof get {id} --genesis-file genesis.json --settles {invoice} --enterprise {enterprise} --amount YUAN \
         --out settled.piao-proof.json",
        session.language.pick("持有证明之后才付款：", "pay only when you hold the proof:")
    ));
    Ok(())
}

/// A lock as those who use it must name it.
async fn find(session: &Session, text: &str) -> Result<(InvoiceNumber, LockUse), Failure> {
    let id = own(session, text).await?;
    let lock = session.client.lock(&id).await.map_err(|error| session.failure(error))?;
    let invoice =
        lock.get("invoice").and_then(Value::as_str).and_then(|text| InvoiceNumber::parse(text).ok());
    let token = lock.get("token").and_then(Value::as_u64);
    let found = invoice.zip(token).map(|(invoice, token)| (invoice, LockUse { id, token }));
    found.ok_or_else(|| Failure::Undecided(format!("what the services say of lock {id} is no lock")))
}

/// The id of the one lock of the caller's that begins with these digits.
async fn own(session: &Session, text: &str) -> Result<TransitionId, Failure> {
    named(session, text, "lock", List::new(), Client::locks).await
}

fn claim_ref(text: &str) -> Result<ClaimRef, String> {
    ClaimRef::parse(text).map_err(|error| error.to_string())
}
