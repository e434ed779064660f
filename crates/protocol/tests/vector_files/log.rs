//! Two blocks, their entries, receipts and a checkpoint. What came of the transitions is made up: these vectors are
//! about bytes, not about rules.

use piao_domain::money::Fen;
use piao_domain::number::{NumberPrefix, Segment};
use piao_domain::rejection::{Check, Code, Finding, Rejection};
use piao_domain::rules::Allowance;
use piao_domain::time::Time;
use piao_protocol::announcement::announce;
use piao_protocol::block::Header;
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::digest::{StateRoot, TreeHash};
use piao_protocol::encoding::{base64url, hex};
use piao_protocol::export::block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::json;
use piao_protocol::log::{Entry, Frontier, Node, empty_root, inclusion};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::proof::{Closing, ProofBundle};
use piao_protocol::receipt::{Receipt, decided_json, outcome_digest};
use serde_json::{Value, json};

use super::transitions::Signed;
use super::{jwk_of, log_seed};

/// What a ledger would keep of the two blocks.
pub(crate) struct Log<'a> {
    pub(crate) genesis: &'a Genesis,
    pub(crate) decided: Vec<(&'a Signed, Receipt)>,
    pub(crate) headers: [Header; 2],
    pub(crate) checkpoint: Checkpoint,
    entries: Vec<Entry>,
    nodes: Vec<Node>,
}

/// Everything from the genesis file to the checkpoint.
pub(crate) fn log<'a>(genesis: &'a Genesis, signed: &'a [Signed]) -> Log<'a> {
    let first = genesis.first_block();
    let (mut frontier, mut nodes) = (Frontier::empty(), Vec::new());
    let mut entries = vec![first.closing_entry()];
    frontier.append(first.closing_entry().leaf(), &mut nodes);

    let time = Time::from_unix(1_790_000_060);
    let decided = signed.iter().filter_map(|signed| outcome(&signed.claims.kind).map(|out| (signed, out)));
    let decided = decided.collect::<Vec<_>>();
    for (signed, outcome) in &decided {
        let digest = outcome_digest(&signed.claims.nonce, outcome, 1, time);
        let entry = Entry::Transition { id: signed.transition.id(), outcome: digest };
        frontier.append(entry.leaf(), &mut nodes);
        entries.push(entry);
    }
    let count = decided.len() as u64;
    let second = first.next(time, count, frontier.root(), StateRoot::NONE).expect("it follows");
    frontier.append(second.closing_entry().leaf(), &mut nodes);
    entries.push(second.closing_entry());

    let block = second.hash();
    let decided = decided.into_iter().zip(1..).map(|((signed, outcome), index)| {
        (signed, Receipt { transition: signed.transition.id(), outcome, height: 1, index, block, time })
    });
    let checkpoint =
        Checkpoint { chain: genesis.chain().clone(), size: frontier.size(), root: frontier.root() };
    Log { genesis, decided: decided.collect(), headers: [first, second], checkpoint, entries, nodes }
}

impl Log<'_> {
    pub(crate) fn to_json(&self) -> Value {
        let receipts = self.decided.iter().map(|(signed, receipt)| {
            json!({
                "nonce": signed.claims.nonce,
                "decided": decided_json(&receipt.outcome, receipt.height, receipt.time),
                "outcome_digest": hex::encode(receipt.outcome_digest(&signed.claims.nonce).as_bytes()),
                "receipt": receipt.to_json(),
            })
        });
        let headers = self.headers.each_ref().map(
            |header| json!({ "header": json::canonical(header).expect("a header"), "hash": header.hash() }),
        );
        json!({
            "chain": self.genesis.chain().to_string(),
            "genesis_sha3_256": self.genesis.hash().to_string(),
            "genesis_base64url": base64url::encode(self.genesis.bytes()),
            "blocks": headers,
            "outcomes": receipts.collect::<Vec<_>>(),
            "entries": self.entries.iter().map(|entry| hex::encode(&entry.to_bytes())).collect::<Vec<_>>(),
            "leaves": self.entries.iter().map(Entry::leaf).collect::<Vec<_>>(),
            "root": self.checkpoint.root,
            "log_key_seed": hex::encode(&log_seed()),
            "checkpoint": LogSigner::from_seed(&log_seed()).sign_checkpoint(&self.checkpoint),
        })
    }

    /// The proof bundle of the first transition of a type.
    pub(crate) fn bundle(&self, kind: &str) -> ProofBundle {
        let (signed, receipt) =
            self.decided.iter().find(|(signed, _)| signed.claims.kind == kind).expect("it is in block 1");
        let header = self.headers[1].clone();
        ProofBundle {
            v: 1,
            transition: signed.transition.compact().to_string(),
            jwk: jwk_of(signed.alg),
            receipt: receipt.clone(),
            entry: self.entries[usize::try_from(receipt.index).expect("a small log")],
            path: self.path(receipt.index),
            closing: Closing { entry: header.closing_entry(), path: self.path(header.closing()), header },
            checkpoint: LogSigner::from_seed(&log_seed()).sign_checkpoint(&self.checkpoint),
        }
    }

    fn path(&self, index: u64) -> Vec<TreeHash> {
        let plan = inclusion(index, self.checkpoint.size).expect("it is in the log");
        let hash = |id| self.nodes.iter().find(|node| node.id == id).expect("a complete node").hash;
        plan.assemble(&plan.nodes().iter().map(|id| hash(*id)).collect::<Vec<_>>()).expect("as many")
    }
}

/// An announcement of a block that holds the first transition.
pub(crate) fn announcement(genesis: &Genesis, signed: &[Signed]) -> Value {
    let first = genesis.first_block();
    let time = Time::from_unix(1_790_000_060);
    let header = first.next(time, 1, empty_root(), StateRoot::NONE).expect("it follows");
    let outcome = Outcome::Accepted(Effect::Nothing);
    let line = block_line(&header, &[signed[0].transition.compact()], &[outcome]).expect("a line");
    json!({
        "log_key_seed": hex::encode(&log_seed()),
        "line": line,
        "announcement": announce(line, &LogSigner::from_seed(&log_seed())),
    })
}

/// What came of the types that are in block 1.
fn outcome(kind: &str) -> Option<Outcome> {
    let fen = |amount| Fen::new(amount).expect("an amount");
    let prefix = NumberPrefix::parse("26951").expect("a prefix");
    match kind {
        "party.register" | "claim.take" => Some(Outcome::Accepted(Effect::Nothing)),
        "quota.apply" => Some(Outcome::Accepted(Effect::QuotaGranted {
            given: Allowance { amount: fen(10_000_000), count: 25 },
            segment: Segment::new(prefix, 1, 25).expect("a segment"),
        })),
        "invoice.issue" => {
            let finding = Finding::new("/lines/0/item", Check::DiscountItem);
            let finding = finding.wants("*计算机\"外设\"*显示器").found("*计算机外部设备*显示器");
            Some(Outcome::Rejected(Rejection::member(Code::InvoiceLineTax, finding)))
        }
        "booking.book" => Some(Outcome::Rejected(Rejection::new(Code::BookingOwner))),
        _ => None,
    }
}
