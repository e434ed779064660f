//! `piao proof`: what shows, without any service, what came of a transition.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_domain::ids::TransitionId;
use piao_protocol::checkpoint::NoteKey;
use piao_protocol::genesis::Genesis;
use piao_protocol::proof::verify_bundle;
use serde_json::json;

use super::connect::ServerArgs;
use super::tx::transition_id;
use crate::data_dir::write_new;
use crate::exit::{Failure, chain};
use crate::output::Kind::{Id, List, Text, Time};
use crate::output::{View, col, print, record};

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

const PROVED: View = &[
    col("transition", "transition", Id),
    col("outcome", "outcome", Text),
    col("code", "code", Text),
    col("height", "height", Text),
    col("time", "time", Time),
    col("log size", "tree_size", Text),
    col("checked", "checked", List),
    col("attested", "attested", List),
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

async fn get(args: GetArgs) -> Result<(), Failure> {
    let session = args.server.connect().await?;
    let bundle = session.client.proof(&args.id).await.map_err(|error| session.failure(error))?;
    let genesis = args.server.genesis()?;
    let mut told = match genesis {
        Some(genesis) => verified(bundle.as_bytes(), &genesis, &args.id)?,
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

fn verified(bundle: &[u8], genesis: &Genesis, id: &TransitionId) -> Result<serde_json::Value, Failure> {
    let keys = genesis.content().logs.iter();
    let keys = keys.filter_map(|log| NoteKey::of_log(genesis.chain(), &log.key)).collect::<Vec<_>>();
    let checked = verify_bundle(bundle, &keys)
        .map_err(|error| Failure::Negative(format!("the bundle proves nothing: {}", chain(&error))))?;
    let receipt = checked.receipt();
    if receipt.transition != *id {
        return Err(Failure::Negative(format!(
            "the bundle is of {}, which was not asked for",
            receipt.transition
        )));
    }
    let mut told = json!({ "transition": id.to_string(), "height": receipt.height, "time": receipt.time.unix(),
        "tree_size": checked.checkpoint().size,
        "checked": checked.done().iter().map(|check| check.as_str()).collect::<Vec<_>>(),
        "attested": checked.attested().iter().map(|attested| attested.as_str()).collect::<Vec<_>>() });
    told["outcome"] = json!(if receipt.outcome.code().is_none() { "accepted" } else { "rejected" });
    told["code"] = json!(receipt.outcome.code().map(|code| code.as_str()));
    Ok(told)
}
