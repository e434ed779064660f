//! Reading an export line by line, and checking all of it that no rule and no state is needed for: form, links,
//! log and checkpoint. Signatures need the keys that the state holds, and outcomes the rules: that is the audit's.

use std::collections::BTreeSet;

use piao_domain::ids::TransitionId;
use thiserror::Error;

use super::{BlockLine, CheckpointLine, GenesisLine};
use crate::block::{Header, HeaderError};
use crate::checkpoint::{
    Checkpoint, CheckpointError, CheckpointSignatureError, NoteKey, UnverifiedCheckpoint,
};
use crate::encoding::{EncodingError, base64url};
use crate::genesis::{Genesis, GenesisError};
use crate::json::{self, JsonError};
use crate::jws::{JwsError, Unverified};
use crate::log::{Entry, Frontier};
use crate::outcome::Outcome;
use crate::receipt::outcome_digest;

/// What a line holds.
#[derive(Clone, Debug)]
pub enum Line {
    /// The first.
    Genesis(Box<Genesis>),
    /// A block, each transition with what came of it.
    Block {
        /// Its header, which follows the one before.
        header: Box<Header>,
        /// Its transitions in order. Their signatures are not checked.
        decided: Vec<(Unverified, Outcome)>,
    },
    /// The last.
    Checkpoint(Checkpoint),
}

/// A whole export, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The header of the last block.
    pub head: Header,
    /// The log's size and root there, signed by a log key of the genesis file.
    pub checkpoint: Checkpoint,
}

/// Where an export is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {fault}")]
pub struct ExportError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: ExportFault,
}

/// What is wrong in an export.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExportFault {
    /// A line that does not end in a newline, or is not UTF-8.
    #[error("each line must be UTF-8 and end in one newline")]
    Line,
    /// A line that is not canonical JSON of its closed schema.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A version that nobody has defined.
    #[error("/v must be 1")]
    Version,
    /// The genesis file is no base64url.
    #[error("/genesis {0}")]
    Encoding(#[from] EncodingError),
    /// The genesis file begins no chain.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The first block is not block 0 of the genesis file.
    #[error("/header must be the genesis file's block 0")]
    FirstBlock,
    /// A header that does not follow the one before.
    #[error("/header{0}")]
    Header(#[from] HeaderError),
    /// Not as many transitions or outcomes as the header counts.
    #[error("/transitions and /outcomes must be as many as the header counts")]
    Count,
    /// A transition that is none.
    #[error("/transitions/{place}: {source}")]
    Transition {
        /// Its place in the block, from 0.
        place: usize,
        /// What is wrong with it.
        source: JwsError,
    },
    /// A transition of another chain.
    #[error("/transitions/{place}: the transition is of another chain")]
    Chain {
        /// Its place in the block, from 0.
        place: usize,
    },
    /// A transition that was decided before.
    #[error("/transitions/{place}: the transition was decided before")]
    Repeated {
        /// Its place in the block, from 0.
        place: usize,
    },
    /// The entries do not lead to the header's root.
    #[error("/header/root must be the root of all entries before the closing entry")]
    Root,
    /// The last line is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint's signatures do not hold under the genesis file's log keys.
    #[error(transparent)]
    Signature(#[from] CheckpointSignatureError),
    /// The checkpoint is not over the last block.
    #[error("the checkpoint must cover exactly the blocks before it")]
    Cover,
    /// A line after the checkpoint.
    #[error("nothing may follow the checkpoint")]
    Trailing,
    /// The file ends before a checkpoint.
    #[error("the export ends before its checkpoint")]
    Unfinished,
}

/// Reads an export. It keeps the log's right edge and the ids decided so far, 32 bytes each, and no block.
#[derive(Debug)]
pub struct Reader {
    lines: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Start,
    FirstBlock { genesis: Box<Genesis> },
    Blocks(Box<Walk>),
    Done(Box<Exported>),
}

#[derive(Debug)]
struct Walk {
    keys: Vec<NoteKey>,
    head: Header,
    log: Frontier,
    decided: BTreeSet<TransitionId>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Before the first line.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: 0, stage: Stage::Start }
    }

    /// Reads the next line, its newline included. After an error nothing more can be read.
    ///
    /// # Errors
    /// [`ExportError`] with the number of the line.
    pub fn line(&mut self, bytes: &[u8]) -> Result<Line, ExportError> {
        self.lines += 1;
        self.read(bytes).map_err(|fault| ExportError { line: self.lines, fault })
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`ExportError`] where no checkpoint was read.
    pub fn finish(self) -> Result<Exported, ExportError> {
        match self.stage {
            Stage::Done(exported) => Ok(*exported),
            Stage::Start | Stage::FirstBlock { .. } | Stage::Blocks(_) => {
                Err(ExportError { line: self.lines, fault: ExportFault::Unfinished })
            }
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Line, ExportFault> {
        let text = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n'));
        let text = text.ok_or(ExportFault::Line)?;
        match &mut self.stage {
            Stage::Start => {
                let genesis = Box::new(read_genesis(text)?);
                self.stage = Stage::FirstBlock { genesis: genesis.clone() };
                Ok(Line::Genesis(genesis))
            }
            Stage::FirstBlock { genesis } => {
                let walk = Walk::begin(genesis, text)?;
                let header = Box::new(walk.head.clone());
                self.stage = Stage::Blocks(Box::new(walk));
                Ok(Line::Block { header, decided: Vec::new() })
            }
            // Members stand in order, so the first tells which of the two lines it is.
            Stage::Blocks(walk) if text.starts_with("{\"checkpoint\"") => {
                let exported = walk.end(text)?;
                let checkpoint = exported.checkpoint.clone();
                self.stage = Stage::Done(Box::new(exported));
                Ok(Line::Checkpoint(checkpoint))
            }
            Stage::Blocks(walk) => walk.block(text),
            Stage::Done(_) => Err(ExportFault::Trailing),
        }
    }
}

fn read_genesis(text: &str) -> Result<Genesis, ExportFault> {
    let GenesisLine { v, genesis } = json::from_canonical_str(text)?;
    if v != 1 {
        return Err(ExportFault::Version);
    }
    Ok(Genesis::parse(&base64url::decode(&genesis)?)?)
}

impl Walk {
    fn begin(genesis: &Genesis, text: &str) -> Result<Self, ExportFault> {
        let BlockLine { header, transitions, outcomes } = json::from_canonical_str(text)?;
        if header != genesis.first_block() {
            return Err(ExportFault::FirstBlock);
        }
        if !transitions.is_empty() || !outcomes.is_empty() {
            return Err(ExportFault::Count);
        }
        let mut log = Frontier::empty();
        log.append(header.closing_entry().leaf(), &mut Vec::new());
        let keys = genesis.content().logs.iter();
        let keys = keys.filter_map(|log| NoteKey::of_log(genesis.chain(), &log.key)).collect();
        Ok(Self { keys, head: header, log, decided: BTreeSet::new() })
    }

    fn block(&mut self, text: &str) -> Result<Line, ExportFault> {
        let BlockLine { header, transitions, outcomes } = json::from_canonical_str(text)?;
        header.follows(&self.head)?;
        let count = usize::try_from(header.count()).map_err(|_| ExportFault::Count)?;
        if transitions.len() != count || outcomes.len() != count {
            return Err(ExportFault::Count);
        }
        let mut nodes = Vec::new();
        let mut decided = Vec::with_capacity(count);
        for (place, (transition, outcome)) in transitions.into_iter().zip(outcomes).enumerate() {
            let transition = self.take(place, transition)?;
            let digest = outcome_digest(&transition.claims().nonce, &outcome, header.height(), header.time());
            let entry = Entry::Transition { id: transition.id(), outcome: digest };
            self.log.append(entry.leaf(), &mut nodes);
            decided.push((transition, outcome));
        }
        if self.log.root() != header.root() {
            return Err(ExportFault::Root);
        }
        self.log.append(header.closing_entry().leaf(), &mut nodes);
        self.head = header.clone();
        Ok(Line::Block { header: Box::new(header), decided })
    }

    fn take(&mut self, place: usize, text: String) -> Result<Unverified, ExportFault> {
        let transition =
            Unverified::parse(text).map_err(|source| ExportFault::Transition { place, source })?;
        if transition.claims().chain != *self.head.chain() {
            return Err(ExportFault::Chain { place });
        }
        if !self.decided.insert(transition.id()) {
            return Err(ExportFault::Repeated { place });
        }
        Ok(transition)
    }

    fn end(&self, text: &str) -> Result<Exported, ExportFault> {
        let CheckpointLine { checkpoint } = json::from_canonical_str(text)?;
        let verified = UnverifiedCheckpoint::parse(&checkpoint)?.verify(&self.keys)?;
        let checkpoint = verified.checkpoint().clone();
        let covers = checkpoint.chain == *self.head.chain()
            && checkpoint.size == self.log.size()
            && checkpoint.root == self.log.root();
        if covers { Ok(Exported { head: self.head.clone(), checkpoint }) } else { Err(ExportFault::Cover) }
    }
}
