//! Proof bundles.

use std::ops::RangeInclusive;

use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::digest::{BlockHash, StateRoot, TreeHash};
use piao_protocol::jwk::Jwk;
use piao_protocol::log::Entry;
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::proof::{Check, ProofBundle, verify_bundle};

use crate::given::key;
use crate::ledger::{Ledger, ledger, log_signer};

fn verify(ledger: &Ledger, bytes: &[u8]) -> Result<(), Check> {
    verify_bundle(bytes, &[ledger.log_key()]).map(|_| ()).map_err(|error| error.check)
}

#[test]
fn a_bundle_proves_what_came_of_a_transition() {
    let ledger = ledger();
    for place in 0..3 {
        let bundle = ledger.bundle(place);
        let text = bundle.to_json().unwrap();
        let checked = verify_bundle(text.as_bytes(), &[ledger.log_key()]).unwrap();
        assert_eq!(*checked.receipt(), bundle.receipt);
        assert_eq!(checked.transition().id(), bundle.receipt.transition);
        assert_eq!(checked.checkpoint().size, 6);
        assert_eq!(checked.done(), Check::ALL);
        assert!(!checked.attested().is_empty());
    }
}

#[test]
fn each_check_refuses_one_difference() {
    let ledger = ledger();
    let other = LogSigner::from_seed(&[4; 32]);
    let wrong = TreeHash::new([1; 32]);
    let check = |expect: Check, change: &dyn Fn(&mut ProofBundle)| {
        let mut bundle = ledger.bundle(1);
        change(&mut bundle);
        assert_eq!(verify(&ledger, bundle.to_json().unwrap().as_bytes()), Err(expect));
    };
    check(Check::Form, &|b| b.v = 2);
    check(Check::Signature, &|b| b.transition.push('A'));
    check(Check::Signature, &|b| b.jwk = Jwk::new(*key(Algorithm::Es256, 1).public()).unwrap());
    check(Check::Id, &|b| b.receipt.transition = ledger.bundle(0).receipt.transition);
    check(Check::Id, &|b| b.entry = ledger.bundle(0).entry);
    check(Check::Id, &|b| b.entry = b.closing.entry);
    check(Check::Outcome, &|b| b.receipt.outcome = Outcome::Accepted(Effect::Nothing));
    check(Check::Outcome, &|b| b.receipt.height = 2);
    check(Check::Outcome, &|b| b.receipt.time = Time::from_unix(1));
    check(Check::Block, &|b| b.receipt.block = BlockHash::NONE);
    check(Check::Block, &|b| b.closing.entry = b.entry);
    check(Check::Block, &|b| {
        b.closing.entry = Entry::Block { hash: b.receipt.block, state_root: StateRoot::new([1; 32]) };
    });
    check(Check::Block, &|b| b.closing.header = ledger.blocks[2].clone());
    check(Check::HeightAndTime, &|b| {
        b.closing.header = ledger.blocks[2].clone();
        b.closing.entry = b.closing.header.closing_entry();
        b.receipt.block = b.closing.header.hash();
    });
    check(Check::Range, &|b| b.receipt.index = 0);
    check(Check::Range, &|b| b.receipt.index = 4);
    check(Check::Inclusion, &|b| b.receipt.index = 1);
    check(Check::Inclusion, &|b| b.path[0] = wrong);
    check(Check::Inclusion, &|b| b.path.push(wrong));
    check(Check::Inclusion, &|b| b.path.truncate(1));
    check(Check::ClosingInclusion, &|b| b.closing.path[0] = wrong);
    check(Check::ClosingInclusion, &|b| b.closing.path.clear());
    check(Check::Checkpoint, &|b| b.checkpoint.push('\n'));
    let signed = |signer: &LogSigner, size| {
        signer.sign_checkpoint(&Checkpoint { chain: ledger.genesis.chain().clone(), size, root: wrong })
    };
    check(Check::Checkpoint, &|b| b.checkpoint = signed(&other, 6));
    check(Check::Inclusion, &|b| b.checkpoint = signed(&log_signer(), 6));
    check(Check::Checkpoint, &|b| {
        let line = signed(&other, 6);
        b.checkpoint.push_str(&line[line.find('—').unwrap()..]);
    });
}

#[test]
fn a_bundle_has_one_spelling() {
    let ledger = ledger();
    let good = ledger.bundle(0).to_json().unwrap();
    assert_eq!(verify(&ledger, good.as_bytes()), Ok(()));
    for bad in [
        format!("{good}\n"),
        format!(" {good}"),
        good.replacen("{", "{ ", 1),
        good.replacen("{", r#"{"a":1,"#, 1),
        good.replacen("uscc", "\\u0075scc", 1),
        good.replacen(",\"v\":1", "", 1),
    ] {
        if bad != good {
            assert_eq!(verify(&ledger, bad.as_bytes()), Err(Check::Form), "{bad}");
        }
    }
    assert_eq!(verify(&ledger, &[0xff]), Err(Check::Form));
    assert_eq!(verify(&ledger, &vec![b' '; 1024 * 1024 + 1]), Err(Check::Form));
    assert_eq!(verify_bundle(good.as_bytes(), &[]).unwrap_err().check, Check::Checkpoint);
}

/// All 255 other values of each byte, of the smallest of them; of the others, one.
#[test]
fn a_bundle_with_any_byte_changed_is_refused() {
    let ledger = ledger();
    let mut bundles = [0, 1, 2].map(|place| ledger.bundle(place).to_json().unwrap().into_bytes());
    bundles.sort_by_key(Vec::len);
    let [smallest, others @ ..] = &bundles;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let every_nth = |good: &[u8], first: usize, flips: RangeInclusive<u8>| {
        let mut bytes = good.to_vec();
        for at in (first..good.len()).step_by(threads) {
            for flip in flips.clone() {
                bytes[at] = good[at] ^ flip;
                assert!(verify(&ledger, &bytes).is_err(), "byte {at} ^ {flip:#04x}");
            }
            bytes[at] = good[at];
        }
    };
    std::thread::scope(|scope| {
        for first in 0..threads {
            let every_nth = &every_nth;
            scope.spawn(move || {
                every_nth(smallest, first, 1..=u8::MAX);
                others.iter().for_each(|other| every_nth(other, first, 1..=1));
            });
        }
    });
}
