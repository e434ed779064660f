//! Decodes a block once for all services of a process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;

use super::{Block, DecodeError};

/// Blocks held: a few more than followers of one process are apart.
const BLOCKS_MAX: usize = 8;

type Outcome = Result<Arc<Block>, Arc<DecodeError>>;

/// A small cache of decoded blocks, by their very bytes.
#[derive(Debug, Default)]
pub struct BlockDecoder {
    recent: Mutex<VecDeque<Slot>>,
}

#[derive(Clone, Debug)]
struct Slot {
    bytes: Bytes,
    decoded: Arc<OnceCell<Outcome>>,
}

impl BlockDecoder {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The block that these bytes are. Whoever asks for the same bytes meanwhile waits for the first.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub async fn decode(&self, bytes: &Bytes) -> Result<Arc<Block>, Arc<DecodeError>> {
        let slot = self.slot(bytes);
        let decode = || async {
            let bytes = bytes.clone();
            // Milliseconds for a full block: not on a thread that serves others.
            match tokio::task::spawn_blocking(move || Block::decode(&bytes)).await {
                Ok(decoded) => decoded.map(Arc::new).map_err(Arc::new),
                Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
            }
        };
        slot.decoded.get_or_init(decode).await.clone()
    }

    fn slot(&self, bytes: &Bytes) -> Slot {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
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
