//! `piao party`: who takes part.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_client::{Client, commands};
use piao_domain::command::ReasonCode;
use piao_domain::ids::PartyId;
use piao_domain::party::{Industry, Region};
use piao_domain::uscc::Uscc;

use super::connect::{ServerArgs, Session};
use super::key::public_key;
use super::measure::{enterprise, party, reason};
use super::read::{PageArgs, show};
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{Rows, Text};
use crate::output::{Column, View, col, whole};

/// Who takes part, and with which keys.
#[derive(Debug, Subcommand)]
pub(crate) enum PartyCommand {
    /// Register an enterprise with its first key; for a bureau
    #[command(after_help = "Example:\n  piao key new --party uscc:91440300708461136T --out seller.json\n  \
        piao party register 91440300708461136T --name 深圳市腾讯计算机系统有限公司 --industry I64 \\\n      \
        --public-key seller.json --key piao-data/bureau-key.json\n\n\
        --public-key takes a JWK, as `piao key show` prints it, or a key file, for its public half.")]
    Register(RegisterArgs),
    /// Enroll yourself, a natural person, with the first key that you were named after
    #[command(
        after_help = "Example:\n  piao key new --person --out me.json\n  piao party enroll --key me.json"
    )]
    Enroll(EnrollArgs),
    /// Stop a party: nearly all that it signs is refused from now on; for a bureau
    #[command(
        after_help = "Example:\n  piao party suspend 91440300708461136T --reason under-inquiry \\\n      \
        --key piao-data/bureau-key.json\n\n\
        It may still release, unbook and revoke its keys."
    )]
    Suspend(StandingArgs),
    /// Let a suspended party act again; for a bureau
    #[command(
        after_help = "Example:\n  piao party reinstate 91440300708461136T --reason inquiry-closed \\\n      \
        --key piao-data/bureau-key.json"
    )]
    Reinstate(StandingArgs),
    /// Show a party; its keys only to itself and to bureaus
    #[command(after_help = "Examples:\n  piao party get 91440300708461136T\n  piao party get   # yourself")]
    Get(GetArgs),
    /// List parties; for a bureau
    #[command(after_help = "Example:\n  piao party list --key piao-data/bureau-key.json --all")]
    List(ListArgs),
}

/// Whom to register.
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The enterprise's unified social credit code
    #[arg(value_name = "USCC", value_parser = enterprise)]
    enterprise: Uscc,
    /// Its registered name
    #[arg(long)]
    name: String,
    /// Six digits (GB/T 2260) [default: digits 3 to 8 of the code]
    #[arg(long)]
    region: Option<String>,
    /// What it does, a letter and up to four digits (GB/T 4754)
    #[arg(long)]
    industry: String,
    /// Its first key
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    #[command(flatten)]
    send: SendArgs,
}

/// As whom to enroll.
#[derive(Debug, Args)]
pub(crate) struct EnrollArgs {
    #[command(flatten)]
    send: SendArgs,
}

/// Who is stopped or let go on, and why.
#[derive(Debug, Args)]
pub(crate) struct StandingArgs {
    /// The party, an enterprise also by its USCC alone
    #[arg(value_parser = party)]
    party: PartyId,
    /// Why, a code of yours: 1 to 32 of a-z 0-9 -
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: ReasonCode,
    #[command(flatten)]
    send: SendArgs,
}

/// Which party.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The party, an enterprise also by its USCC alone [default: the key's own]
    #[arg(value_parser = party)]
    party: Option<PartyId>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which parties.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    page: PageArgs,
}

const KEYS: &[Column] = &[col("", "kid", Text), col("", "state", Text)];

const PARTY: View = &[
    col("party", "party", Text),
    col("kind", "kind", Text),
    col("standing", "standing", Text),
    col("region", "region", Text),
    col("industry", "industry", Text),
    col("name", "name", Text),
    whole("keys", "keys", Rows(KEYS)),
];

/// `piao party …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: PartyCommand) -> Result<(), Failure> {
    match command {
        PartyCommand::Register(args) => register(args).await,
        PartyCommand::Enroll(EnrollArgs { send }) => {
            send.act(async |session| Ok(commands::enroll(session.identity()?.public()))).await
        }
        PartyCommand::Suspend(StandingArgs { party, reason, send }) => {
            send.act(async |_| Ok(commands::suspend(party, reason))).await
        }
        PartyCommand::Reinstate(StandingArgs { party, reason, send }) => {
            send.act(async |_| Ok(commands::reinstate(party, reason))).await
        }
        PartyCommand::Get(args) => {
            let session = args.server.connect().await?;
            let party = or_own(args.party, &session)?;
            show(&session, PARTY, session.client.party(&party).await)
        }
        PartyCommand::List(args) => args.page.list(PARTY, &[], Client::parties).await,
    }
}

async fn register(args: RegisterArgs) -> Result<(), Failure> {
    let wrong =
        |option: &str, error: piao_domain::ids::Malformed| Failure::Usage(format!("{option}: {error}"));
    let region = args.region.unwrap_or_else(|| args.enterprise.as_str()[2..8].to_owned());
    let region = Region::parse(&region).map_err(|error| wrong("--region", error))?;
    let industry = Industry::parse(&args.industry).map_err(|error| wrong("--industry", error))?;
    let key = public_key("--public-key", &args.public_key, Some(&PartyId::Enterprise(args.enterprise)))?;
    let register = commands::register(args.enterprise, &args.name, region, industry, &key);
    args.send.act(async |_| Ok(register)).await
}

/// The party that is named, else who acts.
///
/// # Errors
/// [`Failure::Usage`] where nobody does.
pub(super) fn or_own(named: Option<PartyId>, session: &Session) -> Result<PartyId, Failure> {
    match named {
        Some(party) => Ok(party),
        None => Ok(session.identity()?.party().clone()),
    }
}
