//! A block as services see it.

use piao_domain::command::Command;
use piao_domain::ids::{KeyId, PartyId, TransitionId};
use piao_domain::time::Time;
use piao_protocol::announcement::AnnouncementError;
use piao_protocol::block::Header;
use piao_protocol::body::{self, Body, BodyError};
use piao_protocol::digest::BlockHash;
use piao_protocol::export::read_block_line;
use piao_protocol::json::JsonError;
use piao_protocol::jws::{JwsError, Unverified};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::Receipt;
use thiserror::Error;

use crate::submit::TransitionKey;

/// A decoded block. What it says was checked by the ledger that committed it; here it must link to the block before.
#[derive(Clone, Debug)]
pub struct Block {
    header: Header,
    hash: BlockHash,
    entries: Vec<Decided>,
}

/// A transition and what came of it.
#[derive(Clone, Debug)]
pub struct Decided {
    transition: Unverified<Body>,
    receipt: Receipt,
}

/// Why bytes are no block.
#[derive(Clone, Debug, Error)]
pub enum DecodeError {
    /// Not announced by the chain's ledger.
    #[error(transparent)]
    Announcement(#[from] AnnouncementError),
    /// Not the closed JSON object it must be.
    #[error("a block line at {0}")]
    Json(#[from] JsonError),
    /// Not UTF-8.
    #[error("a block line must be UTF-8")]
    NotUtf8,
    /// Another number of transitions or outcomes than the header counts.
    #[error("the header counts {count}, there are {transitions} transitions and {outcomes} outcomes")]
    Count {
        /// By the header.
        count: u64,
        /// There are.
        transitions: usize,
        /// There are.
        outcomes: usize,
    },
    /// A transition that cannot be read.
    #[error("transition {place} of block {height}")]
    Transition {
        /// Of which block.
        height: u64,
        /// Its place in it.
        place: usize,
        /// Why.
        #[source]
        source: JwsError,
    },
    /// A body that cannot be read, perhaps of a newer version.
    #[error("the body of transition {place} of block {height}")]
    Body {
        /// Of which block.
        height: u64,
        /// Its place in it.
        place: usize,
        /// Why.
        #[source]
        source: BodyError,
    },
    /// An outcome that a transition of this type cannot have.
    #[error("the outcome of transition {place} of block {height} is of another type")]
    Outcome {
        /// Of which block.
        height: u64,
        /// Its place in it.
        place: usize,
    },
}

impl Block {
    /// Reads a line of an export, with or without its line feed.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)?;
        let line = text.strip_suffix('\n').unwrap_or(text);
        let (header, transitions, outcomes) = read_block_line(line)?;
        let (height, count) = (header.height(), header.count());
        if usize::try_from(count) != Ok(transitions.len()) || transitions.len() != outcomes.len() {
            let (transitions, outcomes) = (transitions.len(), outcomes.len());
            return Err(DecodeError::Count { count, transitions, outcomes });
        }
        let hash = header.hash();
        let mut entries = Vec::with_capacity(transitions.len());
        for (place, (text, outcome)) in transitions.into_iter().zip(outcomes).enumerate() {
            let transition = Unverified::parse(text)
                .map_err(|source| DecodeError::Transition { height, place, source })?
                .decode(body::parse)
                .map_err(|source| DecodeError::Body { height, place, source })?;
            if !outcome.is_of(transition.body().kind()) {
                return Err(DecodeError::Outcome { height, place });
            }
            let receipt = Receipt {
                transition: transition.id(),
                outcome,
                height,
                index: header.first() + place as u64,
                block: hash,
                time: header.time(),
            };
            entries.push(Decided { transition, receipt });
        }
        Ok(Self { header, hash, entries })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The hash of the header.
    #[must_use]
    pub const fn hash(&self) -> BlockHash {
        self.hash
    }

    /// How many blocks stand before it.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.header.height()
    }

    /// Block time.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.header.time()
    }

    /// What was decided, in order.
    #[must_use]
    pub fn entries(&self) -> &[Decided] {
        &self.entries
    }

    /// What was accepted, in order: the transition and what it made.
    pub fn accepted(&self) -> impl Iterator<Item = (&Decided, &Effect)> {
        self.entries.iter().filter_map(|entry| entry.effect().map(|effect| (entry, effect)))
    }
}

impl Decided {
    /// The transition's id.
    #[must_use]
    pub fn id(&self) -> TransitionId {
        self.transition.id()
    }

    /// What it is stored under.
    #[must_use]
    pub fn key(&self) -> TransitionKey {
        TransitionKey::new(self.id(), self.issued_at())
    }

    /// Who signed it.
    #[must_use]
    pub fn signer(&self) -> &PartyId {
        &self.transition.claims().party
    }

    /// With which key.
    #[must_use]
    pub fn kid(&self) -> KeyId {
        self.transition.kid()
    }

    /// When, by the signer's clock.
    #[must_use]
    pub fn issued_at(&self) -> Time {
        self.transition.claims().iat
    }

    /// What it asked for.
    #[must_use]
    pub fn command(&self) -> &Command {
        self.transition.body().command()
    }

    /// The whole transition. The ledger verified it; here nobody did.
    #[must_use]
    pub const fn transition(&self) -> &Unverified<Body> {
        &self.transition
    }

    /// The receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// What it made, where it was accepted.
    #[must_use]
    pub const fn effect(&self) -> Option<&Effect> {
        match &self.receipt.outcome {
            Outcome::Accepted(effect) => Some(effect),
            Outcome::Rejected(_) => None,
        }
    }
}
