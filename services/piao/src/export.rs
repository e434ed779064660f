//! `piao export`: the whole chain in a file, as `piao audit` reads it (protocol §5).

mod file;
mod source;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use piao_ledger::{ChainReader, Clock};
use piao_protocol::checkpoint::{Checkpoint, NoteKey, UnverifiedCheckpoint};
use piao_protocol::export::{Line, Reader, first_line, last_line, read_block_line};
use piao_protocol::genesis::Genesis;
use piao_store::Database;
use serde_json::json;
use tokio::time::Instant;

use crate::data_dir::{DataDir, log_keys, read_genesis};
use crate::exit::Failure;
use crate::hands::connect::ServerArgs;
use crate::hands::language::Language;
use crate::output::Kind::Text;
use crate::output::{View, col, passed, record};
use crate::platform::{Ground, Shape, ledger_schema};
use crate::progress::Progress;
use crate::serve::note;
use file::WholeFile;
pub(crate) use source::Source;

/// What to export, and where to.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file to write, which only you may read; - is stdout
    file: PathBuf,
    /// Replace the file where it is there
    #[arg(long)]
    force: bool,
    /// Read the embedded database in this folder instead of asking the services; nothing may serve from it meanwhile
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

/// What was exported.
pub(crate) struct Exported {
    /// The height of its last block.
    pub(crate) height: u64,
    pub(crate) transitions: u64,
    /// Of the log up to there.
    pub(crate) checkpoint: Checkpoint,
    /// The newest block when it began; later ones than the last may have no checkpoint yet.
    pub(crate) head: u64,
}

const EXPORTED: View = &[
    col("chain", "chain", Text),
    col("height", "height", Text),
    col("transitions", "transitions", Text),
    col("log entries", "tree_size", Text),
    col("root", "root", Text),
    col("written to", "file", Text),
];

/// How often a newer checkpoint is looked for: one is signed within a second of a block.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(100);

/// Runs it.
///
/// # Errors
/// [`Failure`]; then no file is written, and one that was there stays as it was.
pub(crate) async fn run(args: ExportArgs) -> Result<(), Failure> {
    let Some(folder) = &args.data_dir else {
        let genesis = args.server.genesis()?.ok_or_else(|| {
            Failure::Usage(
                "name the chain's genesis file, which an export begins with: --genesis-file".to_owned(),
            )
        })?;
        let session = args.server.connect().await?;
        return save(&args, &Source::Services(&session), &genesis, session.wait).await;
    };
    let dir = DataDir::new(folder);
    if !dir.database().exists() {
        return Err(Failure::Usage(format!("there is no database in {}", folder.display())));
    }
    let genesis = match args.server.genesis()? {
        Some(named) => named,
        None => read_genesis(&dir.genesis())?,
    };
    let Ground { embedded, url: _, config } = Ground::open(&Shape::Embedded(dir)).await?;
    let database = Database::connect(config)
        .await
        .map_err(|error| Failure::fault("connecting to the database", error))?;
    let chain = ChainReader::new(database.clone(), ledger_schema()?, Arc::clone(&genesis), Clock::system());
    // Nobody signs meanwhile, so there is no later checkpoint to wait for.
    let outcome = save(&args, &Source::Database(&chain), &genesis, Duration::ZERO).await;
    database.close();
    if let Some(embedded) = embedded {
        embedded.shutdown().await.map_err(|error| Failure::fault("stopping the embedded database", error))?;
    }
    outcome
}

async fn save(
    args: &ExportArgs,
    source: &Source<'_>,
    genesis: &Genesis,
    wait: Duration,
) -> Result<(), Failure> {
    let to_stdout = args.file == Path::new("-");
    let written = if to_stdout {
        let stdout = io::stdout().lock();
        write(source, genesis, wait, stdout).await
    } else {
        let mut file = WholeFile::begin(&args.file, args.force)?;
        let written = write(source, genesis, wait, file.writer()).await;
        if matches!(written, Ok(Some(_))) {
            file.keep()?;
        }
        written
    };
    // A reader of stdout that went away has what it wanted.
    let Some(exported) = written? else { return Ok(()) };
    if exported.height < exported.head {
        let (first, last) = (exported.height + 1, exported.head);
        note(&match args.server.language() {
            Language::Zh => format!("区块 {first} 至 {last} 尚无检查点，未导出；下次导出会包含"),
            Language::En => format!(
                "blocks {first} to {last} have no checkpoint yet and are left out: they come with the next export"
            ),
        });
    }
    if to_stdout {
        return Ok(());
    }
    let told = json!({ "chain": genesis.chain().to_string(), "height": exported.height,
        "transitions": exported.transitions, "tree_size": exported.checkpoint.size,
        "root": exported.checkpoint.root.to_string(), "file": args.file.display().to_string() });
    record(args.server.output(), EXPORTED, &told)
}

/// Writes the whole chain, up to a checkpoint that covers what was its newest block when this began; up to an earlier one
/// where none does in time. Every line is read as an auditor reads it, but for signatures and rules. Nothing where the
/// reader of a pipe went away.
///
/// # Errors
/// [`Failure::Negative`] where what is served is no chain of this genesis file; [`Failure`] where it cannot be read or
/// written.
pub(crate) async fn write(
    source: &Source<'_>,
    genesis: &Genesis,
    wait: Duration,
    out: impl Write,
) -> Result<Option<Exported>, Failure> {
    let head = source.head().await?;
    let (note, size) = checkpoint(source, genesis, head, wait).await?;
    let mut progress = Progress::begin("export", Some(head));
    let mut export = Export { reader: Reader::new(), out, transitions: 0, broken: false };
    export.put(&first_line(genesis))?;
    let (mut height, mut reached) = (0, 0);
    while reached < size {
        let lines = source.blocks(height).await?;
        if lines.is_empty() {
            return Err(Failure::Negative(format!("block {height} is missing before the checkpoint's end")));
        }
        for line in lines {
            if reached >= size {
                break;
            }
            if let Line::Block { header, .. } = export.put(&line)? {
                reached = header.tree_size();
            }
            progress.reached(height);
            height += 1;
        }
        if export.broken {
            return Ok(None);
        }
    }
    let last = last_line(&note).map_err(|error| Failure::fault("writing the checkpoint", error))?;
    export.put(&last)?;
    let Export { reader, mut out, transitions, broken: _ } = export;
    let ended = reader.finish().map_err(|error| wrong(&error))?;
    let flushed = out.flush();
    progress.end(&format!("{height} blocks, {transitions} transitions"));
    passed(flushed)?;
    Ok(Some(Exported { height: ended.head.height(), transitions, checkpoint: ended.checkpoint, head }))
}

/// An export on its way.
struct Export<W> {
    reader: Reader,
    out: W,
    transitions: u64,
    /// Whether nobody reads any longer.
    broken: bool,
}

impl<W: Write> Export<W> {
    /// Reads a line as an auditor does, and writes it.
    fn put(&mut self, line: &str) -> Result<Line, Failure> {
        let read = self.reader.line(line.as_bytes()).map_err(|error| wrong(&error))?;
        if let Line::Block { decided, .. } = &read {
            self.transitions += decided.len() as u64;
        }
        match self.out.write_all(line.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.broken = true,
            Err(error) => return Err(Failure::fault("writing the export", error)),
            Ok(()) => {}
        }
        Ok(read)
    }
}

/// A checkpoint and its size: one that covers the block at a height, or the last there is when the wait is over.
async fn checkpoint(
    source: &Source<'_>,
    genesis: &Genesis,
    head: u64,
    wait: Duration,
) -> Result<(String, u64), Failure> {
    let keys = log_keys(genesis);
    let line = source.blocks(head).await?;
    let line = line.first().ok_or_else(|| Failure::Undecided(format!("block {head} cannot be read")))?;
    let (header, _, _) =
        read_block_line(line).map_err(|error| Failure::fault("reading the newest block", error))?;
    let end = Instant::now() + wait;
    loop {
        let note = source.checkpoint().await?;
        let size = note.as_deref().map(|note| size_of(note, &keys)).transpose()?;
        let over = Instant::now() >= end;
        match note.zip(size) {
            Some((note, size)) if over || size >= header.tree_size() => return Ok((note, size)),
            None if over => {
                return Err(Failure::Undecided("the log has no checkpoint yet: try again".to_owned()));
            }
            Some(_) | None => tokio::time::sleep(CHECKPOINT_EVERY).await,
        }
    }
}

/// How many entries a checkpoint covers.
fn size_of(note: &str, keys: &[NoteKey]) -> Result<u64, Failure> {
    let wrong = |error: &dyn std::error::Error| Failure::Negative(format!("the checkpoint served: {error}"));
    let read = UnverifiedCheckpoint::parse(note).map_err(|error| wrong(&error))?;
    read.verify(keys).map(|verified| verified.checkpoint().size).map_err(|error| wrong(&error))
}

fn wrong(error: &piao_protocol::export::ExportError) -> Failure {
    Failure::Negative(format!("what is served is no chain of this genesis file: {error}"))
}
