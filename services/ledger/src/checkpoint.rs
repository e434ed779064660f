//! Signs what is durable, at most once a second (protocol §5).

use std::sync::Arc;
use std::time::Duration;

use piao_chain::seal::Tip;
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::genesis::Genesis;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::LedgerError;
use crate::fault;
use crate::kept::KeptCheckpoint;
use crate::session::{LedgerSession, LedgerStore, Work};

const INTERVAL: Duration = Duration::from_secs(1);

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
    let note = match outside {
        Some((file, genesis)) => {
            let kept = tokio::task::spawn_blocking(move || file.keep(&note, &genesis).map(|()| note));
            kept.await.map_err(LedgerError::Panicked)??
        }
        None => note,
    };
    // A crash here: the file is ahead of what anybody was shown, and the log holds what it says.
    fault::point("ledger.checkpoint.outside");
    store.write(Keep { size, note: &note }).await
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
    let mut failing = None;
    loop {
        let (size, note) = sign(&signer, &tips.borrow_and_update());
        // A crash before this: nobody has seen the note. After: the same log is signed again, or a later one.
        fault::point("ledger.checkpoint.before");
        let kept = keep(&store, outside.clone(), size, note).await;
        fault::point("ledger.checkpoint.after");
        tokio::time::sleep(INTERVAL).await;
        match kept {
            Ok(()) => {
                failing = None;
                if tips.changed().await.is_err() {
                    return Ok(());
                }
            }
            Err(error @ LedgerError::Kept(_))
                if failing.get_or_insert_with(Instant::now).elapsed() >= OUTSIDE_WAIT_MAX =>
            {
                return Err(error);
            }
            // The day's last block must not wait for tomorrow's first: the same log is signed again.
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a checkpoint was not kept");
                if tips.has_changed().is_err() {
                    return Ok(());
                }
            }
        }
    }
}
