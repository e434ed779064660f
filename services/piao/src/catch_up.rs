//! `piao catch-up`: a ledger's database that was put back gets the blocks that it forgot from a chain export.
//!
//! Nothing of an export is believed. It is audited whole first, up to the checkpoint that the ledger kept outside of the
//! database; then the ledger's own code decides and commits each block again, and takes none that comes out otherwise.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use piao_ledger::{AdoptError, Adopter, ChainReader, Clock, KeptCheckpoint, LedgerError, is_of_this_chain};
use piao_protocol::block::Header;
use piao_protocol::export::{Line, Reader, read_block_line};
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
        return Err(Failure::Usage("an export is read more than once: write it to a file".to_owned()));
    }
    let shape = shape(&args)?;
    let Files { genesis, log_key, .. } = Files::read(&args, &shape, true)?;
    let genesis_file = args.genesis_file.unwrap_or_else(|| DataDir::new(&args.data_dir).genesis());
    let kept = args.checkpoint_file.map(KeptCheckpoint::new);
    if let Some(log_key) = &log_key {
        is_of_this_chain(&genesis, log_key).map_err(|error| Failure::fault("reading the log key", error))?;
    }
    let unkept = |error| Failure::fault("reading and writing the last checkpoint", error);
    let noted = kept.as_ref().map_or(Ok(None), |kept| kept.read(&genesis)).map_err(unkept)?;
    let known = noted.iter().zip(&kept).map(|(_, kept)| kept.path().to_owned()).collect::<Vec<PathBuf>>();
    let report = audit(&file, Known::read(Some(genesis_file.as_path()), &known)?)?;
    let export = Export { path: &file, report: &report };
    if let (Some(kept), Some(log_key)) = (&kept, &log_key) {
        // Somebody has the export's checkpoint, too: what ends before it is not opened any more.
        kept.keep(&log_key.sign_checkpoint(&report.checkpoint), &genesis).map_err(unkept)?;
    }
    let Ground { embedded, url, config } = Ground::open(&shape).await?;
    piao_ledger::migrate_ledger(&url, &ledger_schema()?)
        .await
        .map_err(|error| Failure::fault("bringing the schema of the ledger up to date", error))?;
    let database = Database::connect(config)
        .await
        .map_err(|error| Failure::fault("connecting to the database", error))?;
    let outcome = catch_up(&export, &database, &genesis).await;
    database.close();
    if let Some(embedded) = embedded {
        embedded.shutdown().await.map_err(|error| Failure::fault("stopping the embedded database", error))?;
    }
    let (before, after) = outcome?;
    let as_long = match (&kept, &noted) {
        (Some(_), Some(_)) => "the export goes as far as the checkpoint that was kept".to_owned(),
        (Some(kept), None) => {
            let path = kept.path().display();
            format!(
                "not checked: whether the export is as long as the chain was; nothing was kept in {path} before"
            )
        }
        (None, _) => {
            "not checked: whether the export is as long as the chain was; set PIAO_CHECKPOINT_FILE".to_owned()
        }
    };
    print(&format!("chain        {}\nheight       {after}, from {before}\n{as_long}\n", report.chain))
}

/// An export that was audited.
struct Export<'a> {
    path: &'a Path,
    report: &'a Report,
}

impl Export<'_> {
    /// Reads block after block with its line for as long as a function wants to see more.
    async fn each(
        &self,
        mut of: impl AsyncFnMut(&Header, &[u8]) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<(), Failure> {
        let (mut lines, mut reader) = (Lines::open(self.path)?, Reader::new());
        while let Some(line) = lines.next()? {
            match reader.line(line).map_err(|error| Failure::Negative(error.to_string()))? {
                Line::Block { header, decided: _ } => {
                    if of(&header, line).await?.is_break() {
                        return Ok(());
                    }
                }
                Line::Genesis(_) | Line::Checkpoint(_) => {}
            }
        }
        Ok(())
    }

    /// Whether its block of a height is the one that the database holds.
    async fn goes_on_from(&self, stored: &Header) -> Result<bool, Failure> {
        let mut same = false;
        self.each(async |header, _| {
            if header.height() < stored.height() {
                return Ok(ControlFlow::Continue(()));
            }
            same = header.hash() == stored.hash();
            Ok(ControlFlow::Break(()))
        })
        .await?;
        Ok(same)
    }
}

/// Takes over what the database does not have. From which block to which.
async fn catch_up(
    export: &Export<'_>,
    database: &Database,
    genesis: &Arc<Genesis>,
) -> Result<(u64, u64), Failure> {
    let unread = |error: LedgerError| Failure::fault("reading the chain of the database", error);
    let stored = ChainReader::new(database.clone(), ledger_schema()?, Arc::clone(genesis), Clock::system());
    let end = export.report.height;
    // Looked at before the chain is opened, which ends the epoch of a ledger that runs.
    if let Some(head) = stored.stored().await.map_err(unread)? {
        let height = head.height.min(end);
        let common = stored.blocks(height, 1).await.map_err(unread)?;
        let common = common.first().and_then(|line| std::str::from_utf8(line).ok()?.strip_suffix('\n'));
        let common = common.and_then(|line| Some(read_block_line(line).ok()?.0));
        // Where a block is missing the one after it is read.
        let common =
            common.filter(|common| common.height() == height).ok_or_else(|| without_block(height))?;
        if !export.goes_on_from(&common).await? {
            return Err(another_history(common.height()));
        }
        if head.height >= end {
            return Ok((head.height, head.height));
        }
    }
    let opened = Adopter::open(database.clone(), ledger_schema()?, genesis).await;
    let mut adopter = opened.map_err(|error| Failure::fault("opening the chain", error))?;
    let before = adopter.tip().header.height();
    let mut progress = Progress::begin("catch-up", Some(end));
    let read = export.each(async |header, line| {
        if header.height() > adopter.tip().header.height() {
            let text = std::str::from_utf8(line).map_err(|error| Failure::Negative(error.to_string()))?;
            adopter.adopt(text).await.map_err(refused)?;
            progress.reached(header.height());
        }
        Ok(ControlFlow::Continue(()))
    });
    read.await?;
    progress.clear();
    let tip = adopter.tip();
    if tip.frontier.root().to_string() != export.report.root {
        return Err(another_history(tip.header.height()));
    }
    Ok((before, tip.header.height()))
}

fn refused(error: AdoptError) -> Failure {
    match error {
        AdoptError::Ledger(fenced @ LedgerError::Fenced { .. }) => Failure::fault(
            "taking a block over: a ledger was started meanwhile. Stop every ledger, then run this again",
            fenced,
        ),
        AdoptError::Ledger(error) => Failure::fault("committing a block of the export", error),
        AdoptError::Line(_) | AdoptError::Transition { .. } | AdoptError::Differs { .. } => {
            Failure::Negative(chain(&error))
        }
    }
}

fn without_block(height: u64) -> Failure {
    Failure::Negative(format!(
        "block {height} of the database is not there, or is no block: it is damaged. Restore a backup, or begin with an \
         empty database, then run this again"
    ))
}

fn another_history(height: u64) -> Failure {
    Failure::Negative(format!(
        "another history: block {height} of the database is not block {height} of the export. Restore a backup of the \
         chain that was exported, or begin a new chain"
    ))
}
