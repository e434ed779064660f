//! Follows the blocks of a ledger as a service does: announcements are hints, gaps are read from the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use piao_bus::BlockSubscriber;
use piao_domain::ids::TransitionId;
use piao_ledger::ChainReader;
use piao_protocol::announcement::Announcers;
use piao_protocol::export::read_block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::Unverified;
use piao_protocol::outcome::Outcome;
use tokio::time::{Instant, timeout};

/// A transition with what came of it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its id.
    pub id: TransitionId,
    /// The compact JWS.
    pub jws: Arc<str>,
    /// The block that decided it.
    pub height: u64,
    /// What came of it.
    pub outcome: Outcome,
}

impl Decision {
    /// Its code, where it was refused.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.outcome.code().map(|code| code.as_str())
    }
}

/// Reads every block once, in order.
pub struct Follower {
    blocks: BlockSubscriber,
    reader: ChainReader,
    announcers: Announcers,
    height: u64,
    decisions: BTreeMap<TransitionId, Decision>,
    /// The block lines that the ledger announced, by height.
    announced: BTreeMap<u64, Bytes>,
}

/// Longest time without a block while one is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long nothing is heard before the ledger is asked.
const SILENCE: Duration = Duration::from_millis(500);

impl Follower {
    /// Follows from block 1 on.
    #[must_use]
    pub fn new(genesis: &Genesis, blocks: BlockSubscriber, reader: ChainReader) -> Self {
        let announcers = Announcers::of(genesis);
        Self { blocks, reader, announcers, height: 0, decisions: BTreeMap::new(), announced: BTreeMap::new() }
    }

    /// The last block that was read.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// Everything decided so far.
    #[must_use]
    pub const fn decisions(&self) -> &BTreeMap<TransitionId, Decision> {
        &self.decisions
    }

    /// The line of every block that was announced so far.
    #[must_use]
    pub const fn announced(&self) -> &BTreeMap<u64, Bytes> {
        &self.announced
    }

    /// Waits until a transition is decided.
    ///
    /// # Panics
    /// Where no block comes for [`PATIENCE`].
    pub async fn decision(&mut self, id: &TransitionId) -> Decision {
        self.all(std::slice::from_ref(id)).await;
        self.decisions[id].clone()
    }

    /// Waits until all of some transitions are decided.
    ///
    /// # Panics
    /// Where no block comes for [`PATIENCE`].
    pub async fn all(&mut self, ids: &[TransitionId]) {
        let mut last = Instant::now();
        let mut missing = ids.iter().filter(|id| !self.decisions.contains_key(id)).count();
        while missing > 0 {
            let before = self.height;
            self.hear().await;
            if self.height > before {
                last = Instant::now();
                missing = ids.iter().filter(|id| !self.decisions.contains_key(id)).count();
            }
            assert!(last.elapsed() < PATIENCE, "{missing} transitions undecided after block {}", self.height);
        }
    }

    /// Takes one announcement, or asks the ledger where none comes.
    pub async fn hear(&mut self) {
        match timeout(SILENCE, self.blocks.recv()).await {
            Ok(Some(hint)) => {
                let end = self.announcers.verify(&hint.body).expect("an announcement of the ledger");
                let line = hint.body.slice(..end);
                let known = self.announced.insert(hint.height, line.clone());
                assert!(
                    known.is_none_or(|known| known == line),
                    "block {} was announced twice, and not as the same",
                    hint.height
                );
                if hint.height == self.height + 1 {
                    self.take(&line);
                } else if hint.height > self.height {
                    self.ask().await;
                }
            }
            Ok(None) => panic!("the bus was closed"),
            Err(_) => self.ask().await,
        }
    }

    /// Reads all blocks that the ledger has.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub async fn ask(&mut self) {
        loop {
            let lines = self.reader.blocks(self.height + 1, 50).await.expect("blocks of the ledger");
            if lines.is_empty() {
                return;
            }
            lines.iter().for_each(|line| self.take(line));
        }
    }

    fn take(&mut self, line: &[u8]) {
        let line = std::str::from_utf8(line).expect("a line of text");
        let (header, transitions, outcomes) = read_block_line(line.trim_end()).expect("a block line");
        assert_eq!(header.height(), self.height + 1, "blocks in order");
        assert_eq!(transitions.len(), outcomes.len(), "an outcome a transition");
        self.height = header.height();
        for (jws, outcome) in transitions.into_iter().zip(outcomes) {
            let jws: Arc<str> = jws.into();
            let id = Unverified::parse(Arc::clone(&jws)).expect("a transition").id();
            let decision = Decision { id, jws, height: self.height, outcome };
            assert!(self.decisions.insert(id, decision).is_none(), "{id} decided twice");
        }
    }
}
