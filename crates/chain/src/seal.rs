//! Turns what came of a batch into the next block of the chain and the next entries of the log (protocol §5).

use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_protocol::block::{Header, HeaderError};
use piao_protocol::digest::StateRoot;
use piao_protocol::jws::Nonce;
use piao_protocol::log::{Entry, Frontier, Node};
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::outcome_digest;

/// Where a chain ends: its last header, and the right edge of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The header of the last block.
    pub header: Header,
    /// The log, the last block's closing entry included.
    pub frontier: Frontier,
}

/// A transition and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// Its id.
    pub id: TransitionId,
    /// Its nonce, without which nobody can tell its outcome from the log.
    pub nonce: &'a Nonce,
    /// What came of it.
    pub outcome: &'a Outcome,
}

/// A block ready to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Where the chain ends with it.
    pub tip: Tip,
    /// Its entries, the closing one last.
    pub entries: Vec<Entry>,
    /// Every node of the log that it completed.
    pub nodes: Vec<Node>,
}

impl Tip {
    /// Block 0, whose closing entry is the log's first.
    #[must_use]
    pub fn genesis(header: Header) -> Sealed {
        close(header, Frontier::empty(), Vec::new(), Vec::new())
    }

    /// The block after this one, of what came of a batch at a time.
    ///
    /// # Errors
    /// [`HeaderError`] for a time before this block's, and where numbers run out.
    pub fn seal(&self, time: Time, decided: &[Decided<'_>]) -> Result<Sealed, HeaderError> {
        let height = self.header.height() + 1;
        let mut frontier = self.frontier.clone();
        let mut nodes = Vec::with_capacity(2 * decided.len() + 2);
        let mut entries = Vec::with_capacity(decided.len() + 1);
        for Decided { id, nonce, outcome } in decided {
            let outcome = outcome_digest(nonce, outcome, height, time);
            let entry = Entry::Transition { id: *id, outcome };
            frontier.append(entry.leaf(), &mut nodes);
            entries.push(entry);
        }
        let header = self.header.next(time, entries.len() as u64, frontier.root(), StateRoot::NONE)?;
        Ok(close(header, frontier, entries, nodes))
    }
}

fn close(header: Header, mut frontier: Frontier, mut entries: Vec<Entry>, mut nodes: Vec<Node>) -> Sealed {
    let closing = Entry::Block { hash: header.hash(), state_root: header.state_root() };
    frontier.append(closing.leaf(), &mut nodes);
    entries.push(closing);
    Sealed { tip: Tip { header, frontier }, entries, nodes }
}
