//! `piao tx`: transitions of any type, signed, sent, looked up.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use piao_domain::ids::TransitionId;
use piao_protocol::body;
use piao_protocol::encoding::base64url;
use piao_protocol::json::{self, Json};
use serde_json::{Value, json};

use super::connect::ServerArgs;
use super::kept::{Kept, own_place, read_text};
use super::read::show;
use super::send::{Sending, kinds, same_chain, send_kept, still_unknown};
use super::told;
use crate::exit::Failure;
use crate::output::Kind::{Id, Text, Time};
use crate::output::{Output, View, col, print, record};

/// Transitions of any type.
#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Sign a body and print the transition, or write it to a file; sends nothing
    #[command(
        after_help = "Examples:\n  piao tx sign --type booking.unbook --key buyer.json unbook.json > unbook.jws\n  \
        echo '{\"invoice\":\"26950000000000000001\"}' | piao tx sign --type booking.unbook --out unbook.json -\n\n\
        With --chain or --genesis-file it needs no network. It may be sent within ten minutes of signing."
    )]
    Sign(SignArgs),
    /// Send a signed transition until it is decided; sending it again gives the same receipt, for ever
    #[command(
        after_help = "Examples:\n  piao tx submit unbook.jws\n  piao tx submit ~/.local/state/piao/transitions/4f3a….json"
    )]
    Submit(SubmitArgs),
    /// Show a decided transition and its receipt
    #[command(after_help = "Example:\n  piao tx get 4f3a… --output json | jq .receipt")]
    Get(GetArgs),
}

/// What to sign.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The type of the transition
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(kinds()), hide_possible_values = true)]
    kind: String,
    /// The body, JSON as schemas/transitions/ describe it; - is stdin
    body: PathBuf,
    /// What is sealed beside it, a file with a JSON object
    #[arg(long, value_name = "FILE")]
    sealed: Option<PathBuf>,
    /// Where to write it, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

/// What to send.
#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// A compact JWS, or a file that `tx sign` or --save wrote; - is stdin
    file: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which transition.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Its id, 64 hexadecimal digits
    #[arg(value_parser = transition_id)]
    id: TransitionId,
    #[command(flatten)]
    server: ServerArgs,
}

const SIGNED: View = &[
    col("transition", "id", Id),
    col("type", "type", Text),
    col("signed", "transition", Text),
    col("sealed", "sealed", Text),
    col("written to", "file", Text),
];

const DECIDED: View = &[
    col("transition", "receipt.transition", Id),
    col("outcome", "receipt.outcome", Text),
    col("code", "receipt.code", Text),
    col("height", "receipt.height", Text),
    col("index", "receipt.index", Text),
    col("time", "receipt.time", Time),
    col("block", "receipt.block", Id),
    col("detail", "receipt.detail", Text),
    col("type", "claims.type", Text),
    col("signed by", "claims.party", Text),
    col("signed at", "claims.iat", Time),
    col("body", "claims.body", Text),
    col("signed", "transition", Text),
];

/// `piao tx …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: TxCommand) -> Result<(), Failure> {
    match command {
        TxCommand::Sign(args) => sign(args).await,
        TxCommand::Submit(args) => submit(args).await,
        TxCommand::Get(args) => {
            let session = args.server.connect().await?;
            let read = session.client.transition(&args.id).await;
            show(&session, DECIDED, read.map(with_claims))
        }
    }
}

/// Reads a transition's id.
///
/// # Errors
/// What would pass.
pub(super) fn transition_id(text: &str) -> Result<TransitionId, String> {
    TransitionId::parse_hex(text).map_err(|error| error.to_string())
}

async fn sign(args: SignArgs) -> Result<(), Failure> {
    let (language, output) = (args.server.language(), args.server.output);
    let wrong = |error: piao_client::ClientError| told::failure(error, language);
    let body = body::parse(&args.kind, read_text(&args.body)?.trim()).map_err(|error| wrong(error.into()))?;
    let sealed = args.sealed.as_deref().map(read_text).transpose()?;
    let sealed = sealed.map(|text| json::from_str::<Json>(text.trim())).transpose();
    let sealed = sealed.map_err(|error| wrong(error.into()))?;
    let session = args.server.connect().await?;
    session.tell_chain();
    let client = session.client;
    let signed = match sealed {
        Some(data) => client.sign_sealed(body.into_command(), data),
        None => client.sign(body.into_command()),
    };
    let kept = Kept { signed: signed.map_err(wrong)?, claim: None };
    let mut told = json!({ "id": kept.signed.id().to_string(), "type": kept.signed.kind().as_str() });
    if let Some(path) = args.out {
        kept.write(&path)?;
        told["file"] = json!(path.display().to_string());
        return record(output, SIGNED, &told);
    }
    match output {
        // Alone it is one line that any JOSE tool reads.
        Output::Table if kept.signed.sealed().is_none() => print(&format!("{}\n", kept.signed.jws())),
        Output::Table => print(&kept.to_json()?),
        Output::Json | Output::Ndjson | Output::Csv => {
            told["transition"] = json!(kept.signed.jws().to_string());
            told["sealed"] = serde_json::to_value(kept.signed.sealed()).unwrap_or_default();
            record(output, SIGNED, &told)
        }
    }
}

/// A transition with what its signature is over, as people read it.
fn with_claims(mut read: Value) -> Value {
    let payload = read.get("transition").and_then(Value::as_str).and_then(|jws| jws.split('.').nth(1));
    let payload = payload.and_then(|payload| base64url::decode(payload).ok());
    // What is not to be read is left to whoever reads the transition.
    if let Some(claims) = payload.and_then(|payload| serde_json::from_slice::<Value>(&payload).ok()) {
        read["claims"] = claims;
    }
    read
}

async fn submit(args: SubmitArgs) -> Result<(), Failure> {
    let kept = Kept::read(&args.file, args.server.language())?;
    let path = match args.file.as_path() {
        // What came on stdin must be there to go on with, too.
        stdin if stdin == Path::new("-") => kept.write_once(own_place(&kept.signed.id())?)?,
        file => file.to_owned(),
    };
    let language = args.server.language();
    let session = args.server.connect_as_anybody().await.map_err(|failure| match failure {
        wrong @ Failure::Usage(_) => wrong,
        // Nobody was asked, and it may have been sent before.
        other => still_unknown(language, &kept.signed, &path, &other.to_string()),
    })?;
    same_chain(&session, &kept.signed)?;
    send_kept(&session, kept, &path, Sending::Again).await.map(drop)
}
