use thiserror::Error;

use super::{BUNDLE_BYTES_MAX, ProofBundle};
use crate::checkpoint::{Checkpoint, NoteKey, UnverifiedCheckpoint};
use crate::digest::TreeHash;
use crate::json;
use crate::jws::{PreparedKey, Unverified, Verified};
use crate::log::{Entry, verify_inclusion};
use crate::receipt::Receipt;

/// One thing that verifying a bundle checks, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The file is the canonical JSON of the closed schema.
    Form,
    /// The transition is well formed and signed by the key beside it, whose thumbprint is its `kid`.
    Signature,
    /// The receipt is of this transition, and so is the entry.
    Id,
    /// The entry's outcome digest is of the receipt.
    Outcome,
    /// The receipt's block is the header's hash, and so is the closing entry's.
    Block,
    /// The receipt's height and time are the header's.
    HeightAndTime,
    /// first ≤ index < first + count.
    Range,
    /// The checkpoint is of the header's and the transition's chain, and every signature on it is by a trusted key,
    /// one of them the log's.
    Checkpoint,
    /// The entry is in the log at the receipt's index.
    Inclusion,
    /// The closing entry is in the log where the header says.
    ClosingInclusion,
}

impl Check {
    /// Every check, in order.
    pub const ALL: [Self; 10] = [
        Self::Form,
        Self::Signature,
        Self::Id,
        Self::Outcome,
        Self::Block,
        Self::HeightAndTime,
        Self::Range,
        Self::Checkpoint,
        Self::Inclusion,
        Self::ClosingInclusion,
    ];

    /// A stable name, for output that programs read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Signature => "signature",
            Self::Id => "id",
            Self::Outcome => "outcome",
            Self::Block => "block",
            Self::HeightAndTime => "height_and_time",
            Self::Range => "range",
            Self::Checkpoint => "checkpoint",
            Self::Inclusion => "inclusion",
            Self::ClosingInclusion => "closing_inclusion",
        }
    }
}

/// What a bundle alone cannot show and the log's signers answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attested {
    /// That the key was the party's, and live.
    KeyOfParty,
    /// That the outcome follows from the rules.
    Execution,
    /// That no other history was signed: without witnesses or validators a rewrite is detectable only by whoever
    /// kept a checkpoint.
    OneHistory,
}

impl Attested {
    /// Everything attested.
    pub const ALL: [Self; 3] = [Self::KeyOfParty, Self::Execution, Self::OneHistory];

    /// A stable name, for output that programs read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyOfParty => "key_of_party",
            Self::Execution => "execution",
            Self::OneHistory => "one_history",
        }
    }
}

/// A bundle that proves nothing: the first check that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {reason}", check.as_str())]
pub struct BundleError {
    /// Which check.
    pub check: Check,
    /// What is wrong.
    pub reason: String,
}

/// What a bundle proves: every check was done, and what is attested only.
#[derive(Clone, Debug)]
pub struct Checked {
    transition: Verified,
    receipt: Receipt,
    checkpoint: Checkpoint,
}

impl Checked {
    /// The transition.
    #[must_use]
    pub const fn transition(&self) -> &Verified {
        &self.transition
    }

    /// What came of it.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Under which size and root of the log.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What was checked.
    #[must_use]
    pub const fn done(&self) -> &'static [Check] {
        &Check::ALL
    }

    /// What was not, and who answers for it is the log's signers.
    #[must_use]
    pub const fn attested(&self) -> &'static [Attested] {
        &Attested::ALL
    }
}

pub(super) fn verify(bytes: &[u8], trusted: &[NoteKey]) -> Result<Checked, BundleError> {
    let bundle = read(bytes)?;
    let transition = signature(&bundle)?;
    let ProofBundle { receipt, entry, path, closing, checkpoint, .. } = bundle;
    let header = &closing.header;
    let Entry::Transition { id, outcome } = entry else {
        return Err(fault(Check::Id, "the entry is of a block"));
    };
    require(receipt.transition == transition.id(), Check::Id, "the receipt is of another transition")?;
    require(id == transition.id(), Check::Id, "the entry is of another transition")?;
    let digest = receipt.outcome_digest(&transition.claims().nonce);
    require(outcome == digest, Check::Outcome, "the entry's outcome digest is not of the receipt")?;
    require(receipt.block == header.hash(), Check::Block, "the receipt is of another block")?;
    require(closing.entry == header.closing_entry(), Check::Block, "the closing entry is of another block")?;
    let same = receipt.height == header.height() && receipt.time == header.time();
    require(same, Check::HeightAndTime, "the receipt's height and time are not the header's")?;
    let range = header.first()..header.closing();
    require(range.contains(&receipt.index), Check::Range, "the index is outside the block")?;
    let chain = &transition.claims().chain;
    require(header.chain() == chain, Check::Checkpoint, "the header is of another chain")?;
    let checkpoint = signed(&checkpoint, trusted)?;
    require(checkpoint.chain == *chain, Check::Checkpoint, "the checkpoint is of another chain")?;
    included(&entry, receipt.index, &path, &checkpoint, Check::Inclusion)?;
    included(&closing.entry, header.closing(), &closing.path, &checkpoint, Check::ClosingInclusion)?;
    Ok(Checked { transition, receipt, checkpoint })
}

fn read(bytes: &[u8]) -> Result<ProofBundle, BundleError> {
    require(bytes.len() <= BUNDLE_BYTES_MAX, Check::Form, "the file is larger than a bundle may be")?;
    let text = std::str::from_utf8(bytes).map_err(|error| fault(Check::Form, error))?;
    let bundle: ProofBundle = json::from_canonical_str(text).map_err(|error| fault(Check::Form, error))?;
    require(bundle.v == 1, Check::Form, "v must be 1")?;
    Ok(bundle)
}

fn signature(bundle: &ProofBundle) -> Result<Verified, BundleError> {
    let key = PreparedKey::new(bundle.jwk.key()).map_err(|error| fault(Check::Signature, error))?;
    let transition =
        Unverified::parse(bundle.transition.as_str()).map_err(|error| fault(Check::Signature, error))?;
    transition.verify(&key).map_err(|error| fault(Check::Signature, error))
}

fn signed(note: &str, trusted: &[NoteKey]) -> Result<Checkpoint, BundleError> {
    let checkpoint = UnverifiedCheckpoint::parse(note).map_err(|error| fault(Check::Checkpoint, error))?;
    let verified = checkpoint.verify(trusted).map_err(|error| fault(Check::Checkpoint, error))?;
    Ok(verified.checkpoint().clone())
}

fn included(
    entry: &Entry,
    index: u64,
    path: &[TreeHash],
    checkpoint: &Checkpoint,
    check: Check,
) -> Result<(), BundleError> {
    verify_inclusion(&entry.leaf(), index, checkpoint.size, path, &checkpoint.root)
        .map_err(|error| fault(check, error))
}

fn require(holds: bool, check: Check, reason: &str) -> Result<(), BundleError> {
    if holds { Ok(()) } else { Err(fault(check, reason)) }
}

fn fault(check: Check, reason: impl ToString) -> BundleError {
    BundleError { check, reason: reason.to_string() }
}
