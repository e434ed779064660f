//! Two blocks, their entries, receipts and a checkpoint. What came of the transitions is made up: these vectors are
//! about bytes, not about rules.

use piao_domain::money::Fen;
use piao_domain::number::{NumberPrefix, Segment};
use piao_domain::rejection::{Check, Code, Finding, Rejection};
use piao_domain::rules::Allowance;
use piao_domain::time::Time;
use piao_protocol::announcement::announce;
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::digest::StateRoot;
use piao_protocol::encoding::{base64url, hex};
use piao_protocol::export::block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::json;
use piao_protocol::log::{Entry, Frontier, empty_root};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::{Receipt, decided_json, outcome_digest};
use serde_json::{Value, json};

use super::log_seed;
use super::transitions::Signed;

/// Everything from the genesis file to the checkpoint.
pub(crate) fn all(genesis: &Genesis, signed: &[Signed]) -> Value {
    let first = genesis.first_block();
    let mut frontier = Frontier::empty();
    let closing = Entry::Block { hash: first.hash(), state_root: StateRoot::NONE };
    frontier.append(closing.leaf(), &mut Vec::new());
    let mut entries = vec![closing];

    let time = Time::from_unix(1_790_000_060);
    let decided = signed.iter().filter_map(|signed| outcome(&signed.claims.kind).map(|out| (signed, out)));
    let decided = decided.collect::<Vec<_>>();
    for (signed, outcome) in &decided {
        let digest = outcome_digest(&signed.claims.nonce, outcome, 1, time);
        let entry = Entry::Transition { id: signed.transition.id(), outcome: digest };
        frontier.append(entry.leaf(), &mut Vec::new());
        entries.push(entry);
    }
    let count = decided.len() as u64;
    let second = first.next(time, count, frontier.root(), StateRoot::NONE).expect("it follows");
    let closing = Entry::Block { hash: second.hash(), state_root: StateRoot::NONE };
    frontier.append(closing.leaf(), &mut Vec::new());
    entries.push(closing);

    let receipts = decided.iter().zip(1..).map(|((signed, outcome), index)| {
        let transition = signed.transition.id();
        let block = second.hash();
        let receipt = Receipt { transition, outcome: outcome.clone(), height: 1, index, block, time };
        json!({
            "nonce": signed.claims.nonce,
            "decided": decided_json(outcome, 1, time),
            "outcome_digest": hex::encode(outcome_digest(&signed.claims.nonce, outcome, 1, time).as_bytes()),
            "receipt": receipt.to_json(),
        })
    });
    let headers = [&first, &second]
        .map(|header| json!({ "header": json::canonical(header).expect("a header"), "hash": header.hash() }));
    let size = entries.len() as u64;
    let checkpoint = Checkpoint { chain: genesis.chain().clone(), size, root: frontier.root() };
    let signer = LogSigner::from_seed(&log_seed());
    json!({
        "chain": genesis.chain().to_string(),
        "genesis_sha3_256": genesis.hash().to_string(),
        "genesis_base64url": base64url::encode(genesis.bytes()),
        "blocks": headers,
        "outcomes": receipts.collect::<Vec<_>>(),
        "entries": entries.iter().map(|entry| hex::encode(&entry.to_bytes())).collect::<Vec<_>>(),
        "leaves": entries.iter().map(Entry::leaf).collect::<Vec<_>>(),
        "root": frontier.root(),
        "log_key_seed": hex::encode(&log_seed()),
        "checkpoint": signer.sign_checkpoint(&checkpoint),
    })
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
