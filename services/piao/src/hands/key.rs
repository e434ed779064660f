//! `piao key`: signing keys, in files and on the ledger.

mod files;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use piao_client::{KeyFile, commands};
use piao_domain::command::ReasonCode;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::key::PublicKey;
use piao_domain::uscc::Uscc;
use piao_protocol::json;
use piao_protocol::jwk::{self, Jwk};
use serde_json::Value;

use super::connect::ServerArgs;
use super::kept::read_text;
use super::measure::{enterprise, party, reason};
use super::party::or_own;
use super::send::SendArgs;
use crate::exit::{Failure, chain};
use crate::output::Kind::Text;
use crate::output::{ListWriter, View, col, whole};
use crate::serve::note;
pub(crate) use files::{NewArgs, ShowArgs};

/// Signing keys, in files and on the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Draw a key and write it to a file that only its owner reads; nobody knows of it yet
    #[command(after_help = "Examples:\n  piao key new --party uscc:91440300708461136T --out seller.json\n  \
                            piao key new --person --out me.json")]
    New(NewArgs),
    /// Print the public half of a key file as a JWK, for whoever registers it
    #[command(after_help = "Example:\n  piao key show seller.json > seller.jwk")]
    Show(ShowArgs),
    /// Add a further key of yours, signed by one that is live: whoever has two can lose one
    #[command(after_help = "Example:\n  piao key new --party uscc:91440300708461136T --out second.json\n  \
        piao key add second.json --key seller.json\n\n\
        It takes a JWK, as `piao key show` prints it, or a key file, for its public half.")]
    Add(AddArgs),
    /// Revoke a key of yours, never the last live one; what it signed before stays valid
    #[command(after_help = "Examples:\n  piao key revoke seller.json --key second.json\n  \
        piao key revoke 0VcRzMMrRzjJkEVGSgDx5h2JkLMdBtzyhSgVB0kIcw4 --key second.json")]
    Revoke(RevokeArgs),
    /// Revoke all keys of an enterprise and give it one new; for a bureau
    #[command(
        after_help = "Example:\n  piao key reset 91440300708461136T --public-key new.jwk --reason key-lost \\\n      \
        --key piao-data/bureau-key.json\n\n\
        Its locks and invoices stay. A person cannot be reset: add a second key in time."
    )]
    Reset(ResetArgs),
    /// List the keys of a party, live and revoked; for the party itself and bureaus
    #[command(after_help = "Examples:\n  piao key list   # your own\n  \
        piao key list 91440300708461136T --key piao-data/bureau-key.json")]
    List(ListArgs),
}

/// Which key to add.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The new key
    file: PathBuf,
    #[command(flatten)]
    send: SendArgs,
}

/// Which key to revoke.
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The key: a file with it, or its id (kid) as `piao key list` prints it
    #[arg(value_name = "FILE|KID", allow_hyphen_values = true)]
    revoked: String,
    #[command(flatten)]
    send: SendArgs,
}

/// Whose keys, and which one instead.
#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    /// The enterprise's unified social credit code
    #[arg(value_name = "USCC", value_parser = enterprise)]
    enterprise: Uscc,
    /// Its only key from now on
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// Why, a code of yours: 1 to 32 of a-z 0-9 -
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: ReasonCode,
    #[command(flatten)]
    send: SendArgs,
}

/// Whose keys.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The party, an enterprise also by its USCC alone [default: the key's own]
    #[arg(value_parser = party)]
    party: Option<PartyId>,
    #[command(flatten)]
    server: ServerArgs,
}

const KEY: View = &[col("kid", "kid", Text), col("state", "state", Text), whole("jwk", "jwk", Text)];

/// `piao key …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::New(args) => files::new(&args),
        KeyCommand::Show(args) => files::show(&args),
        KeyCommand::Add(AddArgs { file, send }) => {
            let own = send.server.identity()?.party().clone();
            let key = public_key("FILE", &file, Some(&own))?;
            send.act(async |_| Ok(commands::add_key(&key))).await
        }
        KeyCommand::Revoke(RevokeArgs { revoked, send }) => {
            let key = key_id(&revoked)?;
            send.act(async |_| Ok(commands::revoke_key(key))).await
        }
        KeyCommand::Reset(ResetArgs { enterprise, public_key: file, reason, send }) => {
            let key = public_key("--public-key", &file, Some(&PartyId::Enterprise(enterprise)))?;
            send.act(async |_| Ok(commands::reset_keys(enterprise, &key, reason))).await
        }
        KeyCommand::List(args) => list(args).await,
    }
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let session = args.server.connect().await?;
    let party = or_own(args.party, &session)?;
    let read = session.client.party(&party).await.map_err(|error| session.failure(error))?;
    let Some(keys) = read.get("keys").and_then(Value::as_array) else {
        return Err(Failure::NotAllowed(format!("the keys of {party} are for itself and for bureaus")));
    };
    let mut writer = ListWriter::new(session.output, KEY);
    writer.page(keys)?;
    if read.get("more_keys").and_then(Value::as_bool) == Some(true) {
        note("more keys were revoked than are shown");
    }
    writer.end(None)
}

/// A public key: a JWK, or the public half of a key file. `party` says whose it must be, where the file says so.
///
/// # Errors
/// [`Failure::Usage`] naming the option.
pub(super) fn public_key(option: &str, path: &Path, party: Option<&PartyId>) -> Result<PublicKey, Failure> {
    if let Ok(identity) = KeyFile::read(path) {
        return match party {
            Some(party) if party != identity.party() => Err(Failure::Usage(format!(
                "{option}: {} holds a key of {}, not of {party}",
                path.display(),
                identity.party()
            ))),
            Some(_) | None => Ok(*identity.public()),
        };
    }
    let jwk: Result<Jwk, _> = json::from_str(read_text(path)?.trim());
    jwk.map(|jwk| *jwk.key()).map_err(|error| {
        let error = chain(&error);
        Failure::Usage(format!("{option}: {} is neither a JWK nor a key file: {error}", path.display()))
    })
}

/// A key's id, as it is or of the key in a file.
fn key_id(text: &str) -> Result<KeyId, Failure> {
    if Path::new(text).exists() {
        return public_key("FILE|KID", Path::new(text), None).map(|key| jwk::thumbprint(&key));
    }
    jwk::parse_kid(text).map_err(|_| {
        Failure::Usage(format!(
            "FILE|KID: {text} is neither a file nor a key's id, 43 characters of base64url"
        ))
    })
}
