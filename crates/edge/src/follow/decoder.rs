//! Decodes a block once for all services of a process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use piao_protocol::announcement::Announcers;
use piao_protocol::genesis::Genesis;
use tokio::sync::OnceCell;

use super::{Block, DecodeError};

/// Blocks held: a few more than followers of one process are apart.
const BLOCKS_MAX: usize = 8;

type Outcome = Result<Arc<Block>, Arc<DecodeError>>;

/// A small cache of decoded blocks, by their very bytes and where they came from.
#[derive(Debug)]
pub struct BlockDecoder {
    announcers: Announcers,
    /// Whether it reads blocks on threads of their own.
    apart: bool,
    given: Mutex<VecDeque<Slot>>,
    /// Apart, so that whoever floods the broker takes no slot of a block that the ledger gave.
    announced: Mutex<VecDeque<Slot>>,
}

/// Who gave the bytes of a block.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The ledger itself.
    Ledger,
    /// Whoever can write to the broker: the log's signature says whether it was the ledger.
    Bus,
}

#[derive(Clone, Debug)]
struct Slot {
    bytes: Bytes,
    decoded: Arc<OnceCell<Outcome>>,
}

impl BlockDecoder {
    /// An empty cache for blocks of one chain.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let announcers = Announcers::of(genesis);
        Self { announcers, apart: true, given: Mutex::default(), announced: Mutex::default() }
    }

    /// As [`BlockDecoder::new`], for a simulation, in which there is one thread: it reads blocks on that.
    #[must_use]
    pub fn on_own_thread(genesis: &Genesis) -> Self {
        Self { apart: false, ..Self::new(genesis) }
    }

    /// The block of a line that the ledger gave. Whoever asks for the same bytes meanwhile waits for the first.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub async fn line(&self, line: &Bytes) -> Result<Arc<Block>, Arc<DecodeError>> {
        self.decode(Source::Ledger, line).await
    }

    /// The block that a message of the bus announces, where the chain's log signed it.
    ///
    /// # Errors
    /// [`DecodeError::Announcement`] where it did not, else as for [`BlockDecoder::line`].
    pub async fn announcement(&self, message: &Bytes) -> Result<Arc<Block>, Arc<DecodeError>> {
        self.decode(Source::Bus, message).await
    }

    async fn decode(&self, source: Source, bytes: &Bytes) -> Result<Arc<Block>, Arc<DecodeError>> {
        let slot = self.slot(source, bytes);
        let decode = || async {
            let bytes = bytes.clone();
            let announcers = match source {
                Source::Bus => Some(self.announcers.clone()),
                Source::Ledger => None,
            };
            let read = move || {
                let end = match announcers {
                    Some(announcers) => announcers.verify(&bytes)?,
                    None => bytes.len(),
                };
                Block::decode(&bytes[..end])
            };
            if !self.apart {
                return read().map(Arc::new).map_err(Arc::new);
            }
            // Milliseconds for a full block: not on a thread that serves others.
            match tokio::task::spawn_blocking(read).await {
                Ok(decoded) => decoded.map(Arc::new).map_err(Arc::new),
                Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
            }
        };
        slot.decoded.get_or_init(decode).await.clone()
    }

    fn slot(&self, source: Source, bytes: &Bytes) -> Slot {
        let recent = match source {
            Source::Ledger => &self.given,
            Source::Bus => &self.announced,
        };
        let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = recent.iter().find(|slot| same(&slot.bytes, bytes)) {
            return slot.clone();
        }
        if recent.len() >= BLOCKS_MAX {
            recent.pop_front();
        }
        let slot = Slot { bytes: bytes.clone(), decoded: Arc::default() };
        recent.push_back(slot.clone());
        slot
    }
}

/// Inside one process the bus hands everybody the same memory.
fn same(a: &Bytes, b: &Bytes) -> bool {
    a.len() == b.len() && (a.as_ptr() == b.as_ptr() || a == b)
}
