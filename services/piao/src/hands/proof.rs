//! `piao proof`: what shows, without any service, what came of a transition.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_domain::ids::TransitionId;
use piao_protocol::genesis::Genesis;
use piao_protocol::proof::verify_bundle;
use serde_json::json;

use super::connect::ServerArgs;
use super::kept::read_text;
use super::tx::transition_id;
use crate::data_dir::{log_keys, read_genesis, write_new};
use crate::exit::{Failure, chain};
use crate::output::Kind::{Id, List, Text, Time};
use crate::output::{Output, View, col, print, record};

/// Proof bundles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProofCommand {
    /// Fetch the proof bundle of a transition; with --genesis-file it is verified before it is written
    #[command(
        after_help = "Examples:\n  piao proof get 4f3a… --genesis-file genesis.json --out settled.piao-proof.json\n  \
        piao proof get 4f3a… > settled.piao-proof.json"
    )]
    Get(GetArgs),
}

/// Which proof, and where to.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The transition's id, 64 hexadecimal digits
    #[arg(value_parser = transition_id)]
    id: TransitionId,
    /// Where to write the bundle, instead of stdout; a file that is there stays
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

/// What to verify, and by what.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The bundle; - is stdin
    file: PathBuf,
    /// The chain's genesis file, which names the log's keys
    #[arg(long, env = "PIAO_GENESIS_FILE", value_name = "FILE", hide_env_values = true)]
    genesis_file: PathBuf,
    /// Of which transition it must be
    #[arg(long, value_name = "ID", value_parser = transition_id)]
    transition: Option<TransitionId>,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    output: Output,
}

const PROVED: View = &[
    col("transition", "transition", Id),
    col("outcome", "outcome", Text),
    col("code", "code", Text),
    col("height", "height", Text),
    col("time", "time", Time),
    col("log size", "tree_size", Text),
    col("checked", "checked", List),
    col("only attested", "attested", List),
    col("not checked", "not_checked", List),
    col("written to", "file", Text),
];

/// `piao proof …`
///
/// # Errors
/// [`Failure`], [`Failure::Negative`] for a bundle that proves nothing.
pub(crate) async fn run(command: ProofCommand) -> Result<(), Failure> {
    match command {
        ProofCommand::Get(args) => get(args).await,
    }
}

/// `piao verify`: needs no network and trusts the genesis file alone.
///
/// # Errors
/// [`Failure::Negative`] for a bundle that proves nothing.
pub(crate) fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let genesis = read_genesis(&args.genesis_file)?;
    let bundle = read_text(&args.file)?;
    let told = verified(bundle.as_bytes(), &genesis, args.transition.as_ref())?;
    record(args.output, PROVED, &told)
}

async fn get(args: GetArgs) -> Result<(), Failure> {
    let session = args.server.connect().await?;
    let bundle = session.client.proof(&args.id).await.map_err(|error| session.failure(error))?;
    let genesis = args.server.genesis()?;
    let mut told = match genesis {
        Some(genesis) => verified(bundle.as_bytes(), &genesis, Some(&args.id))?,
        None => json!({ "transition": args.id.to_string(),
            "not_checked": ["everything: no genesis file names the log's keys"] }),
    };
    let Some(path) = args.out else {
        return print(&bundle);
    };
    write_new(&path, bundle.as_bytes())?;
    told["file"] = json!(path.display().to_string());
    record(session.output, PROVED, &told)
}

/// What a bundle shows under a chain's log keys.
fn verified(
    bundle: &[u8],
    genesis: &Genesis,
    asked: Option<&TransitionId>,
) -> Result<serde_json::Value, Failure> {
    let checked = verify_bundle(bundle, &log_keys(genesis))
        .map_err(|error| Failure::Negative(format!("the bundle proves nothing: {}", chain(&error))))?;
    let receipt = checked.receipt();
    if let Some(asked) = asked.filter(|asked| **asked != receipt.transition) {
        let of = receipt.transition;
        return Err(Failure::Negative(format!("the bundle is of {of}, and {asked} was asked for")));
    }
    let mut told = json!({ "transition": receipt.transition.to_string(), "height": receipt.height, "time": receipt.time.unix(),
        "tree_size": checked.checkpoint().size,
        "checked": checked.done().iter().map(|check| check.as_str()).collect::<Vec<_>>(),
        "attested": checked.attested().iter().map(|attested| attested.as_str()).collect::<Vec<_>>() });
    told["outcome"] = json!(if receipt.outcome.code().is_none() { "accepted" } else { "rejected" });
    told["code"] = json!(receipt.outcome.code().map(|code| code.as_str()));
    Ok(told)
}
