//! `piao catch-up`: a ledger's database that was put back gets the blocks that it forgot from a chain export.
//!
//! Nothing of an export is believed. It is audited whole first, up to the checkpoint that the ledger kept outside of the
//! database; then the ledger's own code decides and commits each block again, and takes none that comes out otherwise.

use std::cmp::Ordering;
use std::path::Path;

use piao_chain::seal::Tip;
use piao_ledger::{AdoptError, Adopter};
use piao_protocol::export::{Line, Reader};
use piao_protocol::genesis::Genesis;
use piao_store::Database;

use crate::audit::{Known, Lines, Report, audit};
use crate::cli::CatchUpArgs;
use crate::data_dir::DataDir;
use crate::exit::{Failure, chain};
use crate::output::print;
use crate::platform::{Ground, ledger_schema};
use crate::progress::Progress;
use crate::serve::{Files, shape};

/// Runs it.
///
/// # Errors
/// [`Failure`]; blocks that were taken over stay, and the next attempt goes on from there.
pub(crate) async fn run(args: CatchUpArgs) -> Result<(), Failure> {
    let CatchUpArgs { file, shape: args } = args;
    if file == Path::new("-") {
        return Err(Failure::Usage("an export is read twice: write it to a file".to_owned()));
    }
    let shape = shape(&args)?;
    let Files { genesis, .. } = Files::read(&args, &shape, true)?;
    let genesis_file = args.genesis_file.unwrap_or_else(|| DataDir::new(&args.data_dir).genesis());
    // One that was never written says nothing.
    let kept = args.checkpoint_file.filter(|path| path.exists()).into_iter().collect::<Vec<_>>();
    let report = audit(&file, Known::read(Some(&genesis_file), &kept)?)?;
    let Ground { embedded, url, config } = Ground::open(&shape).await?;
    piao_ledger::migrate_ledger(&url, &ledger_schema()?)
        .await
        .map_err(|error| Failure::fault("bringing the schema of the ledger up to date", error))?;
    let database = Database::connect(config)
        .await
        .map_err(|error| Failure::fault("connecting to the database", error))?;
    let outcome = catch_up(&file, &report, &database, &genesis).await;
    database.close();
    if let Some(embedded) = embedded {
        embedded.shutdown().await.map_err(|error| Failure::fault("stopping the embedded database", error))?;
    }
    let (before, after) = outcome?;
    print(&format!(
        "chain        {}\nheight       {after}, from {before}\n{}",
        report.chain,
        if kept.is_empty() {
            "not checked: whether the export is as long as the chain was; set PIAO_CHECKPOINT_FILE\n"
        } else {
            "the export goes as far as the checkpoint that was kept\n"
        }
    ))
}

/// Takes over what the database does not have of an export that was audited. From which block to which.
async fn catch_up(
    path: &Path,
    report: &Report,
    database: &Database,
    genesis: &Genesis,
) -> Result<(u64, u64), Failure> {
    let opened = Adopter::open(database.clone(), ledger_schema()?, genesis).await;
    let mut adopter = opened.map_err(|error| Failure::fault("opening the chain", error))?;
    let before = adopter.tip().header.height();
    if report.height < before {
        return Err(Failure::Negative(format!(
            "the export ends at block {}, before block {before} of the database: there is nothing to take over",
            report.height
        )));
    }
    let mut progress = Progress::begin("catch-up", Some(report.height));
    let (mut lines, mut reader) = (Lines::open(path)?, Reader::new());
    while let Some(line) = lines.next()? {
        let read = reader.line(line).map_err(|error| Failure::Negative(error.to_string()))?;
        let Line::Block { header, .. } = read else { continue };
        match header.height().cmp(&adopter.tip().header.height()) {
            Ordering::Less => {}
            Ordering::Equal => is_same(adopter.tip(), header.hash() == adopter.tip().header.hash())?,
            Ordering::Greater => {
                let text = std::str::from_utf8(line).map_err(|error| Failure::Negative(error.to_string()))?;
                adopter.adopt(text).await.map_err(refused)?;
                progress.reached(header.height());
            }
        }
    }
    progress.clear();
    let tip = adopter.tip();
    is_same(tip, tip.frontier.size() == report.tree_size && tip.frontier.root().to_string() == report.root)?;
    Ok((before, tip.header.height()))
}

fn refused(error: AdoptError) -> Failure {
    match error {
        AdoptError::Ledger(error) => Failure::fault("committing a block of the export", error),
        AdoptError::Line(_) | AdoptError::Transition { .. } | AdoptError::Differs { .. } => {
            Failure::Negative(chain(&error))
        }
    }
}

fn is_same(tip: &Tip, same: bool) -> Result<(), Failure> {
    if same {
        return Ok(());
    }
    let height = tip.header.height();
    Err(Failure::Negative(format!(
        "another history: block {height} of the database is not block {height} of the export. Restore a backup of the \
         chain that was exported, or begin a new chain"
    )))
}
