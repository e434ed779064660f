//! `piao party`: who takes part.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_client::{Client, KeyFile, commands};
use piao_domain::ids::PartyId;
use piao_domain::key::PublicKey;
use piao_domain::party::{Industry, Region};
use piao_domain::uscc::Uscc;
use piao_protocol::json;
use piao_protocol::jwk::Jwk;

use super::connect::ServerArgs;
use super::kept::read_text;
use super::measure::{enterprise, party};
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
    /// Show a party; its keys only to itself and to bureaus
    #[command(
        after_help = "Examples:\n  piao party get uscc:91440300708461136T\n  piao party get   # yourself"
    )]
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

/// Which party.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The party [default: the key's own]
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
            let session = send.server.connect().await?;
            let command = commands::enroll(session.identity()?.public());
            send.sign_and_send(&session, command).await.map(drop)
        }
        PartyCommand::Get(args) => {
            let session = args.server.connect().await?;
            let party = match args.party {
                Some(party) => party,
                None => session.identity()?.party().clone(),
            };
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
    let key = public_key(&args.public_key)?;
    let session = args.send.server.connect().await?;
    let command = commands::register(args.enterprise, &args.name, region, industry, &key);
    args.send.sign_and_send(&session, command).await.map(drop)
}

/// A public key: a JWK, or the public half of a key file.
fn public_key(path: &std::path::Path) -> Result<PublicKey, Failure> {
    if let Ok(identity) = KeyFile::read(path) {
        return Ok(*identity.public());
    }
    let jwk: Result<Jwk, _> = json::from_str(read_text(path)?.trim());
    jwk.map(|jwk| *jwk.key()).map_err(|error| {
        Failure::Usage(format!("--public-key: {} is neither a JWK nor a key file: {error}", path.display()))
    })
}
