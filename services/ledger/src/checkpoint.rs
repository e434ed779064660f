//! Signs what is durable, at most once a second (protocol §5).

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use piao_chain::seal::Tip;
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::genesis::Genesis;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::LedgerError;
use crate::fault;
use crate::kept::KeptCheckpoint;
use crate::session::{LedgerSession, LedgerStore, Work};

const INTERVAL: Duration = Duration::from_secs(1);

/// How soon the last checkpoint is kept once more where none follows it.
const AGAIN_EVERY: Duration = Duration::from_secs(10);

/// How long no checkpoint may be kept outside of the database before the ledger ends, so that one that can takes over.
const OUTSIDE_WAIT_MAX: Duration = Duration::from_secs(30);

/// Signs the log as it ends after the last durable block.
pub(crate) fn sign(signer: &LogSigner, tip: &Tip) -> (u64, String) {
    let checkpoint = Checkpoint {
        chain: tip.header.chain().clone(),
        size: tip.frontier.size(),
        root: tip.frontier.root(),
    };
    (checkpoint.size, signer.sign_checkpoint(&checkpoint))
}

/// Keeps a note of a log of a size.
struct Keep<'a> {
    size: u64,
    note: &'a str,
}

impl Work for Keep<'_> {
    type Done = ();
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<(), LedgerError> {
        session.write_checkpoint(self.size, self.note).await
    }
}

/// Where checkpoints are kept outside of the database, and whose they are.
pub(crate) type Outside = (KeptCheckpoint, Arc<Genesis>);

async fn keep<S: LedgerStore>(
    store: &S,
    outside: Option<Outside>,
    size: u64,
    note: String,
) -> Result<(), LedgerError> {
    let (note, is_last) = match outside {
        Some((file, genesis)) => {
            let late = file.failed("written", ErrorKind::TimedOut.into());
            let kept = spawn_blocking(move || file.keep(&note, &genesis).map(|is_last| (note, is_last)));
            // A disk that hangs is one that takes nothing.
            timeout(OUTSIDE_WAIT_MAX, kept).await.map_err(|_| late)?.map_err(LedgerError::Panicked)??
        }
        None => (note, true),
    };
    // A crash here: the file is ahead of what anybody was shown, and the log holds what it says.
    fault::point("ledger.checkpoint.outside");
    if is_last { store.write(Keep { size, note: &note }).await } else { Ok(()) }
}

/// Runs until the ledger ends. A checkpoint is kept before anybody sees it, outside of the database first; one that could
/// not be kept is signed again, of a later log.
///
/// # Errors
/// [`LedgerError::Kept`] where none could be kept outside for too long: what is decided meanwhile nobody would miss.
pub(crate) async fn run<S: LedgerStore>(
    store: S,
    signer: Arc<LogSigner>,
    outside: Option<Outside>,
    mut tips: watch::Receiver<Tip>,
) -> Result<(), LedgerError> {
    let mut failing_since = None;
    loop {
        let began = Instant::now();
        let (size, note) = sign(&signer, &tips.borrow_and_update());
        // A crash before this: nobody has seen the note. After: the same log is signed again, or a later one.
        fault::point("ledger.checkpoint.before");
        let kept = keep(&store, outside.clone(), size, note).await;
        fault::point("ledger.checkpoint.after");
        tokio::time::sleep(INTERVAL).await;
        match kept {
            Ok(()) => {
                failing_since = None;
                let changed = match &outside {
                    // Whoever wrote an older one over it meanwhile, having been stopped in the middle, is put right.
                    Some(_) => timeout(AGAIN_EVERY, tips.changed()).await.unwrap_or(Ok(())),
                    None => tips.changed().await,
                };
                if changed.is_err() {
                    return Ok(());
                }
            }
            // The day's last block must not wait for tomorrow's first: the same log is signed again.
            Err(error) => {
                let is_outside = matches!(error, LedgerError::Kept(_));
                failing_since = is_outside.then(|| failing_since.unwrap_or(began));
                if failing_since.is_some_and(|since: Instant| since.elapsed() >= OUTSIDE_WAIT_MAX) {
                    return Err(error);
                }
                tracing::error!(error = &error as &dyn std::error::Error, "a checkpoint was not kept");
                if tips.has_changed().is_err() {
                    return Ok(());
                }
            }
        }
    }
}
