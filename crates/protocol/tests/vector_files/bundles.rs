//! Proof bundles that hold, and others with one difference each and the check that it fails.

use piao_domain::rejection::{Code, Rejection};
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::digest::{BlockHash, StateRoot, TreeHash};
use piao_protocol::encoding::base64url;
use piao_protocol::genesis::{Content, Genesis};
use piao_protocol::jwk::Jwk;
use piao_protocol::log::Entry;
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::proof::{Check, ProofBundle};
use serde_json::{Value, json};

use super::log::Log;
use super::{jwk_of, log_seed, with_the_other_s};

/// A row that must hold, or fail a check first.
struct Row(&'static str, Option<Check>, String);

/// The log key to trust, the checks in order, and the rows.
pub(crate) fn all(log: &Log<'_>) -> Value {
    let mut rows = vec![
        Row("accepted_and_signed_by_es256", None, text(&log.bundle("party.register"))),
        Row("accepted_and_signed_by_eddsa", None, text(&log.bundle("claim.take"))),
        Row("refused_and_signed_by_es256k", None, text(&log.bundle("invoice.issue"))),
    ];
    rows.extend(spelt_otherwise(log));
    rows.extend(of_another_transition(log));
    rows.extend(of_another_block(log));
    rows.extend(of_another_log(log));
    let row = |Row(name, fails, bundle): &Row| json!({ "name": name, "fails": fails.map(Check::as_str), "bundle": bundle });
    json!({
        "log_key": {
            "name": log.genesis.chain().to_string(),
            "jwk": Jwk::new(LogSigner::from_seed(&log_seed()).public()).expect("a point"),
        },
        "checks": Check::ALL.map(Check::as_str),
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn spelt_otherwise(log: &Log<'_>) -> Vec<Row> {
    let good = text(&log.bundle("invoice.issue"));
    let start = good.strip_suffix(r#","v":1}"#).expect("v is the last member");
    let form = |name, bundle| Row(name, Some(Check::Form), bundle);
    vec![
        form("a_space_more", good.replacen('{', "{ ", 1)),
        form("a_line_feed_at_the_end", format!("{good}\n")),
        form("a_member_more", good.replacen('{', r#"{"a":1,"#, 1)),
        form("a_member_less", format!("{start}}}")),
        form("a_member_twice", format!(r#"{start},"v":1,"v":1}}"#)),
        form("another_version", format!(r#"{start},"v":2}}"#)),
        // The first that ends an object with its version is the header.
        form("a_header_of_another_version", good.replacen(r#","v":1}"#, r#","v":2}"#, 1)),
    ]
}

fn of_another_transition(log: &Log<'_>) -> Vec<Row> {
    let other = log.bundle("claim.take");
    let altered = |name, fails, change: &dyn Fn(&mut ProofBundle)| altered(log, name, fails, change);
    vec![
        altered("the_other_s_of_the_signature", None, &|b| b.transition = with_the_other_s(&b.transition)),
        altered("a_bit_of_the_signature", Some(Check::Signature), &|b| {
            let (signing_input, signature) = b.transition.rsplit_once('.').expect("three parts");
            let mut signature: [u8; 64] = base64url::decode_array(signature).expect("64 bytes");
            signature[40] ^= 1;
            b.transition = format!("{signing_input}.{}", base64url::encode(&signature));
        }),
        altered("another_payload", Some(Check::Signature), &|b| {
            let mut parts = b.transition.split('.').map(str::to_owned).collect::<Vec<_>>();
            let payload = String::from_utf8(base64url::decode(&parts[1]).expect("base64url")).expect("UTF-8");
            parts[1] = base64url::encode(payload.replacen(r#""iat":179"#, r#""iat":178"#, 1).as_bytes());
            b.transition = parts.join(".");
        }),
        altered("another_key", Some(Check::Signature), &|b| b.jwk = jwk_of("EdDSA")),
        altered("the_receipt_of_another", Some(Check::Id), &|b| b.receipt = other.receipt.clone()),
        altered("the_entry_of_another", Some(Check::Id), &|b| b.entry = other.entry),
        altered("the_entry_of_a_block", Some(Check::Id), &|b| b.entry = b.closing.entry),
        altered("accepted_instead", Some(Check::Outcome), &|b| {
            b.receipt.outcome = Outcome::Accepted(Effect::Nothing)
        }),
        altered("another_code", Some(Check::Outcome), &|b| {
            b.receipt.outcome = Outcome::Rejected(Rejection::new(Code::InvoiceTotals));
        }),
        altered("another_height", Some(Check::Outcome), &|b| b.receipt.height = 2),
        altered("another_time", Some(Check::Outcome), &|b| b.receipt.time = b.receipt.time.plus(1)),
    ]
}

fn of_another_block(log: &Log<'_>) -> Vec<Row> {
    let altered = |name, fails, change: &dyn Fn(&mut ProofBundle)| altered(log, name, Some(fails), change);
    let [first, second] = &log.headers;
    let later = first.next(second.time().plus(1), second.count(), second.root(), StateRoot::NONE);
    let later = later.expect("it follows");
    vec![
        altered("the_hash_of_no_block", Check::Block, &|b| b.receipt.block = BlockHash::NONE),
        altered("the_header_of_another", Check::Block, &|b| b.closing.header = later.clone()),
        altered("closed_by_a_transition", Check::Block, &|b| b.closing.entry = b.entry),
        altered("another_state", Check::Block, &|b| {
            b.closing.entry = Entry::Block { hash: b.receipt.block, state_root: StateRoot::new([1; 32]) };
        }),
        altered("a_block_of_another_time", Check::HeightAndTime, &|b| {
            b.receipt.block = later.hash();
            b.closing.entry = later.closing_entry();
            b.closing.header = later.clone();
        }),
        altered("an_index_before_the_block", Check::Range, &|b| b.receipt.index = second.first() - 1),
        altered("the_index_of_the_closing_entry", Check::Range, &|b| b.receipt.index = second.closing()),
        altered("the_index_of_a_neighbour", Check::Inclusion, &|b| b.receipt.index += 1),
    ]
}

fn of_another_log(log: &Log<'_>) -> Vec<Row> {
    const WRONG: TreeHash = TreeHash::new([1; 32]);
    let altered = |name, fails, change: &dyn Fn(&mut ProofBundle)| altered(log, name, Some(fails), change);
    let (ours, other) = (LogSigner::from_seed(&log_seed()), LogSigner::from_seed(&[4; 32]));
    let elsewhere = Content { seed: [0x5f; 16], ..log.genesis.content().clone() };
    let elsewhere = Genesis::create(&elsewhere).expect("a chain begins with it").first_block();
    let second = &log.headers[1];
    let elsewhere = elsewhere.next(second.time(), second.count(), second.root(), StateRoot::NONE);
    let elsewhere = elsewhere.expect("it follows");
    vec![
        altered("a_header_of_another_chain", Check::Checkpoint, &|b| {
            b.receipt.block = elsewhere.hash();
            b.closing.entry = elsewhere.closing_entry();
            b.closing.header = elsewhere.clone();
        }),
        altered("a_checkpoint_of_another_chain", Check::Checkpoint, &|b| {
            let chain = elsewhere.chain().clone();
            b.checkpoint = ours.sign_checkpoint(&Checkpoint { chain, ..log.checkpoint.clone() });
        }),
        altered("signed_by_another_log", Check::Checkpoint, &|b| {
            b.checkpoint = other.sign_checkpoint(&log.checkpoint);
        }),
        altered("signed_by_somebody_else_too", Check::Checkpoint, &|b| {
            let note = other.sign_checkpoint(&log.checkpoint);
            b.checkpoint.push_str(&note[note.find('—').expect("a signature line")..]);
        }),
        altered("a_checkpoint_of_another_size", Check::Checkpoint, &|b| {
            let (size, more) = (log.checkpoint.size, log.checkpoint.size + 1);
            b.checkpoint = b.checkpoint.replacen(&format!("\n{size}\n"), &format!("\n{more}\n"), 1);
        }),
        altered("another_root_that_the_log_signed", Check::Inclusion, &|b| {
            b.checkpoint = ours.sign_checkpoint(&Checkpoint { root: WRONG, ..log.checkpoint.clone() });
        }),
        altered("another_hash_in_the_path", Check::Inclusion, &|b| b.path[0] = WRONG),
        altered("a_longer_path", Check::Inclusion, &|b| b.path.push(WRONG)),
        altered("a_shorter_path", Check::Inclusion, &|b| b.path.truncate(1)),
        altered("another_hash_in_the_closing_path", Check::ClosingInclusion, &|b| b.closing.path[0] = WRONG),
        altered("no_closing_path", Check::ClosingInclusion, &|b| b.closing.path.clear()),
    ]
}

fn altered(
    log: &Log<'_>,
    name: &'static str,
    fails: Option<Check>,
    change: &dyn Fn(&mut ProofBundle),
) -> Row {
    let mut bundle = log.bundle("invoice.issue");
    change(&mut bundle);
    Row(name, fails, text(&bundle))
}

fn text(bundle: &ProofBundle) -> String {
    bundle.to_json().expect("texts that JSON carries")
}
