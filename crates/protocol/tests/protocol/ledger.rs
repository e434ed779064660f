//! A small chain, built as a ledger would: a genesis, a block of three transitions, a block of none, a checkpoint.

use piao_domain::key::Algorithm;
use piao_domain::rejection::{Code, Rejection};
use piao_protocol::block::Header;
use piao_protocol::checkpoint::{Checkpoint, LogSigner, NoteKey};
use piao_protocol::digest::{StateRoot, TreeHash};
use piao_protocol::export::{block_line, first_line, last_line};
use piao_protocol::genesis::Genesis;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::{Claims, Nonce, Unverified, payload};
use piao_protocol::log::{Entry, Frontier, Node, Plan, inclusion};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::proof::{Closing, ProofBundle};
use piao_protocol::receipt::{Receipt, outcome_digest};

use crate::given::{ALGORITHMS, BODY, claims, key};
use crate::order::content;

pub(crate) struct Ledger {
    pub(crate) genesis: Genesis,
    pub(crate) blocks: Vec<Header>,
    pub(crate) transitions: Vec<String>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) note: String,
    checkpoint: Checkpoint,
    nodes: Vec<Node>,
}

/// The log key of [`content`].
pub(crate) fn log_signer() -> LogSigner {
    LogSigner::from_seed(&[3; 32])
}

pub(crate) fn ledger() -> Ledger {
    let genesis = Genesis::create(&content()).unwrap();
    let first = genesis.first_block();
    let mut log = Frontier::empty();
    let mut nodes = Vec::new();
    log.append(first.closing_entry().leaf(), &mut nodes);
    let transition = |place: u8| {
        let nonce = Nonce::new(&[place; 32]).unwrap();
        let claims = Claims { chain: genesis.chain().clone(), nonce, ..claims() };
        key(ALGORITHMS[usize::from(place)], 9).sign_transition(&payload(&claims, BODY).unwrap())
    };
    let transitions: Vec<_> = (0..3).map(transition).collect();
    let outcomes = vec![
        Outcome::Accepted(Effect::Nothing),
        Outcome::Rejected(Rejection::new(Code::ClaimNotHolder)),
        Outcome::Accepted(Effect::Nothing),
    ];
    let time = first.time().plus(5);
    for (text, outcome) in transitions.iter().zip(&outcomes) {
        let transition = Unverified::parse(text.as_str()).unwrap();
        let digest = outcome_digest(&transition.claims().nonce, outcome, 1, time);
        log.append(Entry::Transition { id: transition.id(), outcome: digest }.leaf(), &mut nodes);
    }
    let second = first.next(time, 3, log.root(), StateRoot::NONE).unwrap();
    log.append(second.closing_entry().leaf(), &mut nodes);
    let third = second.next(time, 0, log.root(), StateRoot::NONE).unwrap();
    log.append(third.closing_entry().leaf(), &mut nodes);
    let checkpoint = Checkpoint { chain: genesis.chain().clone(), size: log.size(), root: log.root() };
    let note = log_signer().sign_checkpoint(&checkpoint);
    Ledger { genesis, blocks: vec![first, second, third], transitions, outcomes, note, checkpoint, nodes }
}

impl Ledger {
    pub(crate) fn log_key(&self) -> NoteKey {
        NoteKey::of_log(self.genesis.chain(), &Jwk::new(log_signer().public()).unwrap()).unwrap()
    }

    /// The export's lines, with their newlines.
    pub(crate) fn export(&self) -> Vec<String> {
        let transitions: Vec<_> = self.transitions.iter().map(String::as_str).collect();
        vec![
            first_line(&self.genesis),
            block_line(&self.blocks[0], &[], &[]).unwrap(),
            block_line(&self.blocks[1], &transitions, &self.outcomes).unwrap(),
            block_line(&self.blocks[2], &[], &[]).unwrap(),
            last_line(&self.note).unwrap(),
        ]
    }

    /// The bundle of the transition at that place of the second block.
    pub(crate) fn bundle(&self, place: usize) -> ProofBundle {
        let header = self.blocks[1].clone();
        let transition = Unverified::parse(self.transitions[place].as_str()).unwrap();
        let receipt = Receipt {
            transition: transition.id(),
            outcome: self.outcomes[place].clone(),
            height: header.height(),
            index: header.first() + place as u64,
            block: header.hash(),
            time: header.time(),
        };
        let outcome = receipt.outcome_digest(&transition.claims().nonce);
        ProofBundle {
            v: 1,
            transition: self.transitions[place].clone(),
            jwk: Jwk::new(*key(ALGORITHMS[place], 9).public()).unwrap(),
            entry: Entry::Transition { id: transition.id(), outcome },
            path: self.path(receipt.index),
            receipt,
            closing: Closing { entry: header.closing_entry(), path: self.path(header.closing()), header },
            checkpoint: self.note.clone(),
        }
    }

    fn path(&self, index: u64) -> Vec<TreeHash> {
        let plan: Plan = inclusion(index, self.checkpoint.size).unwrap();
        let hash = |id| self.nodes.iter().find(|node| node.id == id).unwrap().hash;
        plan.assemble(&plan.nodes().iter().map(|id| hash(*id)).collect::<Vec<_>>()).unwrap()
    }
}

/// The key that signed the transition at that place.
pub(crate) fn algorithm(place: usize) -> Algorithm {
    ALGORITHMS[place]
}
