//! Signs what is durable, at most once a second (protocol §5).

use std::sync::Arc;
use std::time::Duration;

use piao_chain::seal::Tip;
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use tokio::sync::watch;

use crate::LedgerError;
use crate::fault;
use crate::kept::KeptCheckpoint;
use crate::session::{LedgerSession, LedgerStore, Work};

const INTERVAL: Duration = Duration::from_secs(1);

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

async fn keep<S: LedgerStore>(
    store: &S,
    outside: Option<KeptCheckpoint>,
    size: u64,
    note: String,
) -> Result<(), LedgerError> {
    let note = match outside {
        Some(outside) => {
            let kept = tokio::task::spawn_blocking(move || outside.keep(&note).map(|()| note));
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
pub(crate) async fn run<S: LedgerStore>(
    store: S,
    signer: Arc<LogSigner>,
    outside: Option<KeptCheckpoint>,
    mut tips: watch::Receiver<Tip>,
) {
    loop {
        let (size, note) = sign(&signer, &tips.borrow_and_update());
        // A crash before this: nobody has seen the note. After: the same log is signed again, or a later one.
        fault::point("ledger.checkpoint.before");
        let kept = keep(&store, outside.clone(), size, note).await;
        fault::point("ledger.checkpoint.after");
        tokio::time::sleep(INTERVAL).await;
        match kept {
            Ok(()) => {
                if tips.changed().await.is_err() {
                    return;
                }
            }
            // The day's last block must not wait for tomorrow's first: the same log is signed again.
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a checkpoint was not kept");
                if tips.has_changed().is_err() {
                    return;
                }
            }
        }
    }
}
