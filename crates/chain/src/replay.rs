//! Executes recorded blocks again, from genesis on, and compares all that comes of them with what was recorded
//! (invariant 6 of domain §4).

use std::collections::BTreeSet;

use piao_domain::command::Transition;
use piao_domain::ids::TransitionId;
use piao_protocol::block::{Header, HeaderError};
use piao_protocol::body::{self, Body, BodyError};
use piao_protocol::digest::TreeHash;
use piao_protocol::genesis::Genesis;
use piao_protocol::jwk::JwkError;
use piao_protocol::jws::{PreparedKey, SignatureError, Unverified, Verified};
use piao_protocol::outcome::{Effect, Outcome, outcome_json};
use thiserror::Error;

use crate::adopt::{self, SignerError};
use crate::execute::{Executed, Executor, Parameters, Safeguards};
use crate::invariants::Breach;
use crate::seal::{Decided, Tip};
use crate::state::{State, Touched};

/// A replay on its way. It keeps the whole state, the log's right edge and the ids decided so far.
#[derive(Clone, Debug)]
pub struct Replay {
    executor: Executor,
    state: State,
    tip: Tip,
    decided: BTreeSet<TransitionId>,
    checked: Checked,
}

/// How often the invariants of domain §4 were checked after a block, and held. A block in which nothing of a kind
/// happened checks nothing of it. There is no filing yet, hence nothing of invariant 5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Invariants 1 and 2, invoices that a block changed: one enterprise, one exclusive lock; amounts.
    pub invoices: u64,
    /// Invariant 3, settlements: each had its lock, token and booking.
    pub settlements: u64,
    /// Invariant 4, first half, months of issuers: issued at most what was granted.
    pub months: u64,
    /// Invariant 4, second half, invoices issued: the number is inside its segment.
    pub numbers: u64,
    /// Invariant 6, blocks: the same outcomes and the same roots.
    pub blocks: u64,
}

/// Where a replay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The height of the last block.
    pub height: u64,
    /// The log's entries, the last block's closing entry included.
    pub tree_size: u64,
    /// The log's root over all of them.
    pub root: TreeHash,
    /// The state after the last block.
    pub state: State,
    /// What held on the way.
    pub checked: Checked,
}

/// A block that does not come out as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("block {height}: {fault}")]
pub struct ReplayError {
    /// The height at which it was to stand.
    pub height: u64,
    /// What differs.
    pub fault: ReplayFault,
}

/// What differs in a recorded block. Places count a block's transitions from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplayFault {
    /// The header does not follow the block before.
    #[error("header{0}")]
    Header(#[from] HeaderError),
    /// Not as many transitions as the header counts.
    #[error("the header counts {counted} transitions, and {given} are given")]
    Count {
        /// What the header says.
        counted: u64,
        /// What is there.
        given: usize,
    },
    /// A transition of another chain.
    #[error("transition {place} is of another chain")]
    Chain {
        /// Which.
        place: usize,
    },
    /// A transition that was decided before.
    #[error("transition {place} was decided before")]
    Repeated {
        /// Which.
        place: usize,
    },
    /// A body that is none of its type.
    #[error("transition {place}: {source}")]
    Body {
        /// Which.
        place: usize,
        /// What is wrong with it.
        source: BodyError,
    },
    /// A key that was not the signer's before the block.
    #[error("transition {place}: {source}")]
    Signer {
        /// Which.
        place: usize,
        /// Why not.
        source: SignerError,
    },
    /// A key that no signature can be checked with.
    #[error("transition {place}: {source}")]
    Key {
        /// Which.
        place: usize,
        /// Why not.
        source: JwkError,
    },
    /// A signature that is not the key's.
    #[error("transition {place}: {source}")]
    Signature {
        /// Which.
        place: usize,
        /// Why not.
        source: SignatureError,
    },
    /// An invariant does not hold after the block.
    #[error(transparent)]
    Breach(#[from] Breach),
    /// Another outcome than the recorded one.
    #[error("transition {place} comes to {computed}, and {recorded} is recorded")]
    Outcome {
        /// Which.
        place: usize,
        /// What came of it now, as canonical JSON.
        computed: String,
        /// What is recorded, as canonical JSON.
        recorded: String,
    },
    /// A header that differs in what only execution can tell: the log's root or the state's.
    #[error("the header's root or state_root is not that of the block's entries")]
    Root,
}

impl Replay {
    /// After block 0, which the genesis file fixes.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        Self {
            executor: Executor::new(Parameters::genesis(genesis), Safeguards::ALL),
            state: State::genesis(genesis),
            tip: Tip::genesis(genesis.first_block()).tip,
            decided: BTreeSet::new(),
            checked: Checked::default(),
        }
    }

    /// The state so far. It says which key a transition of the next block must be verified with: see
    /// [`adopt::signer_key`].
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Where the chain ends so far.
    #[must_use]
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    /// Checks every signature of the next block, then executes it. After an error nothing more can be pushed.
    ///
    /// # Errors
    /// [`ReplayError`] with the first thing that differs.
    pub fn push(&mut self, header: &Header, block: Vec<(Unverified, Outcome)>) -> Result<(), ReplayError> {
        let verify = |(place, (unverified, outcome)): (usize, (Unverified, Outcome))| {
            self.verify(place, unverified).map(|verified| (verified, outcome))
        };
        let block = block.into_iter().enumerate().map(verify).collect::<Result<Vec<_>, _>>();
        block.and_then(|block| self.follow(header, block)).map_err(|fault| at(header, fault))
    }

    /// Executes the next block, whose signatures were checked already.
    ///
    /// # Errors
    /// [`ReplayError`] with the first thing that differs.
    pub fn push_verified(
        &mut self,
        header: &Header,
        block: Vec<(Verified<Body>, Outcome)>,
    ) -> Result<(), ReplayError> {
        self.follow(header, block).map_err(|fault| at(header, fault))
    }

    /// Ends the replay.
    #[must_use]
    pub fn finish(self) -> Replayed {
        Replayed {
            height: self.tip.header.height(),
            tree_size: self.tip.frontier.size(),
            root: self.tip.frontier.root(),
            state: self.state,
            checked: self.checked,
        }
    }

    fn verify(&self, place: usize, unverified: Unverified) -> Result<Verified<Body>, ReplayFault> {
        let unverified =
            unverified.decode(body::parse).map_err(|source| ReplayFault::Body { place, source })?;
        let party = self.state.parties.get(&unverified.claims().party);
        let key =
            adopt::signer_key(&unverified, party).map_err(|source| ReplayFault::Signer { place, source })?;
        let key = PreparedKey::new(&key).map_err(|source| ReplayFault::Key { place, source })?;
        unverified.verify(&key).map_err(|source| ReplayFault::Signature { place, source })
    }

    fn follow(&mut self, header: &Header, block: Vec<(Verified<Body>, Outcome)>) -> Result<(), ReplayFault> {
        header.follows(&self.tip.header)?;
        if header.count() != block.len() as u64 {
            return Err(ReplayFault::Count { counted: header.count(), given: block.len() });
        }
        let mut transitions = Vec::with_capacity(block.len());
        let mut nonces = Vec::with_capacity(block.len());
        let mut recorded = Vec::with_capacity(block.len());
        for (place, (verified, outcome)) in block.into_iter().enumerate() {
            self.admit(place, &verified)?;
            let (rest, transition) = adopt::take_transition(verified);
            nonces.push(rest.claims().nonce.clone());
            transitions.push(transition);
            recorded.push(outcome);
        }
        let batch = transitions.iter().collect::<Vec<&Transition>>();
        let Executed { outcomes: computed, touched } =
            self.executor.execute(&mut self.state, &batch, header.time())?;
        for (place, (computed, recorded)) in computed.iter().zip(&recorded).enumerate() {
            let (computed, recorded) = (outcome_json(computed), outcome_json(recorded));
            if computed != recorded {
                return Err(ReplayFault::Outcome { place, computed, recorded });
            }
        }
        let decided = transitions.iter().zip(&nonces).zip(&computed);
        let decided =
            decided.map(|((transition, nonce), outcome)| Decided { id: transition.id, nonce, outcome });
        let sealed = self.tip.seal(header.time(), &decided.collect::<Vec<_>>())?;
        // Everything else in it was compared above: equal headers have equal hashes.
        if sealed.tip.header != *header {
            return Err(ReplayFault::Root);
        }
        self.tip = sealed.tip;
        self.checked.add(&touched, &computed);
        Ok(())
    }

    /// What no block may hold, whoever verified it (protocol §4).
    fn admit(&mut self, place: usize, verified: &Verified<Body>) -> Result<(), ReplayFault> {
        if verified.claims().chain != self.executor.parameters().chain {
            return Err(ReplayFault::Chain { place });
        }
        let party = self.state.parties.get(&verified.claims().party);
        adopt::signer_key(verified, party).map_err(|source| ReplayFault::Signer { place, source })?;
        if self.decided.insert(verified.id()) { Ok(()) } else { Err(ReplayFault::Repeated { place }) }
    }
}

impl Checked {
    fn add(&mut self, touched: &Touched, outcomes: &[Outcome]) {
        let settled = |outcome: &&Outcome| matches!(outcome, Outcome::Accepted(Effect::Settled { .. }));
        self.invoices += touched.invoices.len() as u64;
        self.settlements += outcomes.iter().filter(settled).count() as u64;
        self.months += touched.accounts.len() as u64;
        self.numbers += touched.issued.len() as u64;
        self.blocks += 1;
    }
}

fn at(header: &Header, fault: ReplayFault) -> ReplayError {
    ReplayError { height: header.height(), fault }
}
