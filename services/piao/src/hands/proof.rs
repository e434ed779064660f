//! `piao proof`: what shows, without any service, what came of a transition.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_domain::command::Command;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::uscc::Uscc;
use piao_protocol::body::{self, Body};
use piao_protocol::genesis::Genesis;
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::proof::verify_bundle;
use serde_json::json;

use super::claim::number;
use super::connect::ServerArgs;
use super::kept::read_text;
use super::measure::{enterprise, yuan};
use super::tx::transition_id;
use crate::data_dir::{log_keys, read_genesis, write_new};
use crate::exit::{Failure, chain};
use crate::output::Kind::{Id, List, Money, Text, Time};
use crate::output::{Output, View, col, print, record};

/// Proof bundles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProofCommand {
    /// Fetch the proof bundle of a transition; with --genesis-file it is verified before it is written
    #[command(
        after_help = "Examples:\n  piao proof get 4f3a… --genesis-file genesis.json --out settled.piao-proof.json \\\n    \
        --settles 26950000000000000001 --enterprise 91110000802100433B --amount 72.00\n  \
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
    wanted: WantedArgs,
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
    #[command(flatten)]
    wanted: WantedArgs,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    output: Output,
}

/// What a payer wants to see settled; it ends with exit code 1 where the bundle is of anything else.
#[derive(Debug, Args)]
pub(crate) struct WantedArgs {
    /// It must be an accepted settlement of this invoice
    #[arg(long, value_name = "INVOICE", value_parser = number)]
    settles: Option<InvoiceNumber>,
    /// By this enterprise
    #[arg(long, value_name = "USCC", value_parser = enterprise, requires = "settles")]
    enterprise: Option<Uscc>,
    /// Of this amount, in yuan
    #[arg(long, value_name = "YUAN", value_parser = yuan, requires = "settles")]
    amount: Option<Fen>,
}

const PROVED: View = &[
    col("transition", "transition", Id),
    col("type", "type", Text),
    col("signed by", "party", Text),
    col("invoice", "invoice", Text),
    col("settled", "settled", Money),
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
    let told = verified(bundle.as_bytes(), &genesis, args.transition.as_ref(), &args.wanted)?;
    record(args.output, PROVED, &told)
}

async fn get(args: GetArgs) -> Result<(), Failure> {
    let genesis = args.server.genesis()?;
    if genesis.is_none() && args.wanted.settles.is_some() {
        return Err(Failure::Usage("--settles needs --genesis-file, which names the log's keys".to_owned()));
    }
    let session = args.server.connect().await?;
    let bundle = session.client.proof(&args.id).await.map_err(|error| session.failure(error))?;
    let mut told = match genesis {
        Some(genesis) => verified(bundle.as_bytes(), &genesis, Some(&args.id), &args.wanted)?,
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
    wanted: &WantedArgs,
) -> Result<serde_json::Value, Failure> {
    let checked = verify_bundle(bundle, &log_keys(genesis))
        .map_err(|error| Failure::Negative(format!("the bundle proves nothing: {}", chain(&error))))?;
    let receipt = checked.receipt();
    if let Some(asked) = asked.filter(|asked| **asked != receipt.transition) {
        let of = receipt.transition;
        return Err(Failure::Negative(format!("the bundle is of {of}, and {asked} was asked for")));
    }
    let transition = checked.transition();
    let claims = transition.claims();
    // What a later version signs is proved all the same; it cannot be told here what it is.
    let body = body::parse(&claims.kind, transition.body_text()).ok();
    let (command, outcome) = (body.as_ref().map(Body::command), &receipt.outcome);
    wanted.check(&claims.party, command, outcome)?;
    let mut told = json!({ "transition": receipt.transition.to_string(), "type": claims.kind,
        "party": claims.party.to_string(), "height": receipt.height, "time": receipt.time.unix(),
        "tree_size": checked.checkpoint().size,
        "checked": checked.done().iter().map(|check| check.as_str()).collect::<Vec<_>>(),
        "attested": checked.attested().iter().map(|attested| attested.as_str()).collect::<Vec<_>>() });
    told["invoice"] = json!(command.and_then(Command::invoice).map(|invoice| invoice.to_string()));
    told["settled"] = json!(settled(outcome).map(Fen::get));
    told["outcome"] = json!(if outcome.code().is_none() { "accepted" } else { "rejected" });
    told["code"] = json!(outcome.code().map(|code| code.as_str()));
    Ok(told)
}

impl WantedArgs {
    /// Whether it is the accepted settlement that somebody is about to pay: no other transition, no refused one, no other
    /// enterprise's, of no other invoice, of no other amount.
    fn check(&self, signer: &PartyId, command: Option<&Command>, outcome: &Outcome) -> Result<(), Failure> {
        let Some(invoice) = &self.settles else { return Ok(()) };
        let no =
            |why: String| Err(Failure::Negative(format!("it settles nothing that was asked for: {why}")));
        let Some(Command::Settle { invoice: other, lock: _ }) = command else {
            return no("it is no reimbursement.settle".to_owned());
        };
        if other != invoice {
            return no(format!("it is of invoice {other}, not of {invoice}"));
        }
        if let Some(enterprise) = self.enterprise.filter(|one| signer.enterprise() != Some(one)) {
            return no(format!("it was signed by {signer}, not by {enterprise}"));
        }
        let Some(amount) = settled(outcome) else {
            let code = outcome.code().map_or("nothing was settled", |code| code.as_str());
            return no(format!("it was refused: {code}"));
        };
        match self.amount {
            Some(expected) if expected != amount => {
                no(format!("{} fen were settled, not {}", amount.get(), expected.get()))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// How much an outcome settles.
fn settled(outcome: &Outcome) -> Option<Fen> {
    match outcome {
        Outcome::Accepted(Effect::Settled { amount }) => Some(*amount),
        Outcome::Accepted(_) | Outcome::Rejected(_) => None,
    }
}
