//! `piao audit`: replays a chain export from its genesis file alone, and holds it against what was kept.

mod known;
mod lines;

use std::path::Path;

use piao_chain::invariants::check_invoice;
use piao_chain::replay::{Checked, Replay, Replayed};
use piao_protocol::checkpoint::Checkpoint;
use piao_protocol::export::{Exported, Line, Reader};
use serde::Serialize;

use crate::cli::AuditArgs;
use crate::exit::Failure;
use crate::output::Kind::Text;
use crate::output::{Output, View, col, print, record};
use crate::progress::Progress;
pub(crate) use known::Known;
pub(crate) use lines::Lines;

/// What an audit found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) chain: String,
    pub(crate) height: u64,
    pub(crate) tree_size: u64,
    pub(crate) root: String,
    pub(crate) transitions: u64,
    pub(crate) refused: u64,
    /// Whether the export begins with the genesis file that was named; false where none was.
    pub(crate) genesis_known: bool,
    /// Checkpoints and proof bundles kept from before, each of which the chain holds.
    pub(crate) kept_held: u64,
    /// Invoices whose end state was held against the invariants once more.
    pub(crate) invoices_checked: u64,
    /// The invariants of domain §4 that were checked block by block, each of which held.
    pub(crate) invariants: Vec<Held>,
    /// Where the replay ended, which the log's key signed.
    #[serde(skip)]
    pub(crate) checkpoint: Checkpoint,
}

/// An invariant that held, and how often it was asked.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    /// Its number in domain §4, with a letter where it has two halves.
    pub(crate) invariant: &'static str,
    /// What it says, and of what.
    pub(crate) what: &'static str,
    pub(crate) checked: u64,
}

const REPORT: View = &[
    col("chain", "chain", Text),
    col("height", "height", Text),
    col("tree size", "tree_size", Text),
    col("root", "root", Text),
    col("transitions", "transitions", Text),
    col("refused", "refused", Text),
    col("invoices checked", "invoices_checked", Text),
    col("genesis known", "genesis_known", Text),
    col("kept and held", "kept_held", Text),
];

/// Runs it.
///
/// # Errors
/// [`Failure::Negative`] where the export is not what its own signatures and rules make of it.
pub(crate) fn run(args: &AuditArgs) -> Result<(), Failure> {
    let known = Known::read(args.genesis_file.as_deref(), &args.kept)?;
    let report = audit(&args.file, known)?;
    match args.output {
        Output::Json | Output::Ndjson | Output::Csv => {
            let report =
                serde_json::to_value(&report).map_err(|error| Failure::fault("writing JSON", error))?;
            record(args.output, REPORT, &report)
        }
        Output::Table => print(&table(&report)),
    }
}

fn table(report: &Report) -> String {
    let mut text = format!(
        "chain        {}\nheight       {}\nlog entries  {}\nroot         {}\ntransitions  {}, of which {} refused\n\
         every signature, outcome, root and the checkpoint hold\n",
        report.chain, report.height, report.tree_size, report.root, report.transitions, report.refused
    );
    for Held { invariant, what, checked } in &report.invariants {
        text.push_str(&format!("invariant {invariant:<2} {checked:>7} x  {what}\n"));
    }
    text.push_str(if report.genesis_known {
        "the chain is that of the genesis file named\n"
    } else {
        "not checked: whether this is the chain you mean; name its genesis file with --genesis-file\n"
    });
    match report.kept_held {
        0 => text.push_str(
            "not checked: whether it is as it was; name a checkpoint or a proof bundle that you kept with --kept\n",
        ),
        kept => text.push_str(&format!("it holds what was kept from before, {kept} of {kept}\n")),
    }
    text
}

/// Reads, verifies and executes every line.
///
/// # Errors
/// [`Failure::Negative`] with the line and what is wrong there; [`Failure::Fault`] where the file cannot be read.
pub(crate) fn audit(path: &Path, mut known: Known) -> Result<Report, Failure> {
    let mut lines = Lines::open(path)?;
    let mut reader = Reader::new();
    let mut replay: Option<Replay> = None;
    let (mut transitions, mut refused) = (0, 0);
    let mut progress = Progress::begin("audit", None);
    while let Some(line) = lines.next()? {
        match reader.line(line).map_err(|error| Failure::Negative(error.to_string()))? {
            Line::Genesis(genesis) => {
                known.begin(&genesis)?;
                let begun = replay.insert(Replay::new(&genesis));
                known.reached(begun.tip())?;
            }
            Line::Block { header, decided } if header.height() > 0 => {
                transitions += decided.len() as u64;
                refused += decided.iter().filter(|(_, outcome)| outcome.code().is_some()).count() as u64;
                let replay = replay.as_mut().ok_or_else(without_genesis)?;
                replay.push(&header, decided).map_err(|error| Failure::Negative(error.to_string()))?;
                known.reached(replay.tip())?;
                progress.reached(header.height());
            }
            // Block 0 follows from the genesis file, and the reader has held it against that.
            Line::Block { .. } | Line::Checkpoint(_) => {}
        }
    }
    progress.clear();
    let Exported { head, checkpoint } =
        reader.finish().map_err(|error| Failure::Negative(error.to_string()))?;
    let Replayed { height, tree_size, root, state, checked } = replay.ok_or_else(without_genesis)?.finish();
    for invoice in state.invoices.values() {
        check_invoice(invoice, head.time()).map_err(|breach| Failure::Negative(breach.to_string()))?;
    }
    let invoices_checked = state.invoices.len() as u64;
    if height != head.height() || tree_size != checkpoint.size || root != checkpoint.root {
        return Err(Failure::Negative("the replay ends elsewhere than the checkpoint".to_owned()));
    }
    known.end(tree_size)?;
    let chain = head.chain().to_string();
    let (root, invariants) = (root.to_string(), held(&checked));
    let (genesis_known, kept_held) = (known.has_genesis(), known.met());
    Ok(Report {
        chain,
        height,
        tree_size,
        root,
        transitions,
        refused,
        genesis_known,
        kept_held,
        invoices_checked,
        invariants,
        checkpoint,
    })
}

fn held(checked: &Checked) -> Vec<Held> {
    let Checked { invoices, settlements, months, numbers, blocks } = *checked;
    let rows = [
        (
            "1",
            "a changed invoice has locks, settlements and booking of one enterprise, and one exclusive lock",
            invoices,
        ),
        ("2", "a changed invoice is settled and locked for at most its total", invoices),
        ("3", "a settlement had its live lock, its token and its booking", settlements),
        ("4a", "an issuer's month holds at most what was granted", months),
        ("4b", "an issued number lies in a segment of its issuer and is used once", numbers),
        ("6", "a block replays to the same outcomes and roots", blocks),
    ];
    rows.map(|(invariant, what, checked)| Held { invariant, what, checked }).into()
}

fn without_genesis() -> Failure {
    Failure::Negative("a block before the genesis file".to_owned())
}
