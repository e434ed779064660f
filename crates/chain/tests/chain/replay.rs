//! A recorded chain comes out as it was recorded, and a changed one does not.

use piao_chain::adopt::SignerError;
use piao_chain::replay::{Replay, ReplayFault};
use piao_domain::command::Command;
use piao_domain::rejection::Code;
use piao_protocol::block::{Header, HeaderError};
use piao_protocol::checkpoint::{Checkpoint, LogSigner};
use piao_protocol::export::{Line, Reader, block_line, first_line, last_line};
use piao_protocol::genesis::{self, Genesis};
use piao_protocol::json;
use piao_protocol::jws::{PreparedKey, SignatureError, Unverified};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::{body, jws};

use crate::given::{
    NOON, bureau, enterprise, first_key, genesis, new_key, person, present, reason, register,
};
use crate::recorded::{Recorded, Scribe, main_job, replay, reseal, sign, sign_for};

#[test]
fn a_recorded_chain_comes_out_as_it_was_recorded() {
    let Scribe { state, tip, chain, .. } = main_job();
    let replayed = replay(&genesis(), &chain).unwrap();
    assert_eq!(replayed.height, 7);
    assert_eq!(replayed.tree_size, tip.frontier.size());
    assert_eq!(replayed.root, tip.frontier.root());
    assert_eq!(replayed.state, state);
    let refused = chain.iter().flat_map(|recorded| &recorded.block).filter_map(|(_, outcome)| outcome.code());
    assert_eq!(refused.collect::<Vec<_>>(), [Code::LockExists], "and not all of it was accepted");
}

#[test]
fn blocks_whose_signatures_others_checked_come_out_the_same() {
    let chain = main_job().chain;
    let mut replay = Replay::new(&genesis());
    for Recorded { header, block } in &chain {
        let verify = |(text, outcome): &(String, Outcome)| {
            let unverified = Unverified::parse(text.as_str()).unwrap().decode(body::parse).unwrap();
            let party = replay.state().parties.get(&unverified.claims().party);
            let key = piao_chain::adopt::signer_key(&unverified, party).unwrap();
            let verified: jws::Verified<_> = unverified.verify(&PreparedKey::new(&key).unwrap()).unwrap();
            (verified, outcome.clone())
        };
        let block = block.iter().map(verify).collect();
        replay.push_verified(header, block).unwrap();
    }
    assert_eq!(replay.finish().root, crate::recorded::replay(&genesis(), &chain).unwrap().root);
}

/// Changes a recorded chain, and expects a fault at a height.
fn check(height: u64, change: impl FnOnce(&mut Vec<Recorded>), expected: impl FnOnce(&ReplayFault) -> bool) {
    let mut chain = main_job().chain;
    change(&mut chain);
    let error = replay(&genesis(), &chain).expect_err("the change is found");
    assert_eq!(error.height, height, "{error}");
    assert!(expected(&error.fault), "another fault: {:?}", error.fault);
}

/// As [`check`], with headers that fit the change.
fn check_resealed(
    height: u64,
    change: impl FnOnce(&mut Vec<Recorded>),
    expected: impl FnOnce(&ReplayFault) -> bool,
) {
    let resealed = |chain: &mut Vec<Recorded>| {
        change(chain);
        reseal(&genesis(), chain);
    };
    check(height, resealed, expected);
}

fn edit(header: &Header, from: &str, to: &str) -> Header {
    let text = json::canonical(header).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
    json::from_canonical_str(&text.replace(from, to)).unwrap()
}

#[test]
fn a_changed_block_is_refused() {
    let is_root = |fault: &ReplayFault| matches!(fault, ReplayFault::Root);
    check(
        4,
        |chain| drop(chain[3].block.remove(1)),
        |fault| matches!(fault, ReplayFault::Count { counted: 3, given: 2 }),
    );
    check(1, |chain| chain[0].block.swap(0, 1), is_root);
    check(
        5,
        |chain| chain[4].block.swap(0, 1),
        |fault| matches!(fault, ReplayFault::Outcome { place: 0, .. }),
    );
    check(
        4,
        |chain| chain[3].block[0].1 = Outcome::Rejected(Code::ClaimTaken.into()),
        |fault| matches!(fault, ReplayFault::Outcome { place: 0, .. }),
    );
    check(
        6,
        |chain| {
            chain[5].header =
                edit(&chain[5].header, &NOON.plus(9).unix().to_string(), &NOON.plus(2).unix().to_string())
        },
        |fault| *fault == ReplayFault::Header(HeaderError::Time),
    );
    check(
        5,
        |chain| {
            chain[4].header =
                edit(&chain[4].header, &NOON.plus(3).unix().to_string(), &NOON.plus(4).unix().to_string())
        },
        |fault| matches!(fault, ReplayFault::Outcome { place: 0, .. }),
    );
    check(
        4,
        |chain| {
            chain[3].header =
                edit(&chain[3].header, &NOON.plus(2).unix().to_string(), &NOON.plus(1).unix().to_string())
        },
        is_root,
    );
    let root = "\"root\":\"";
    check(
        2,
        |chain| {
            chain[1].header = edit(
                &chain[1].header,
                &(root.to_owned() + &chain[1].header.root().to_string()),
                &(root.to_owned() + &"a".repeat(64)),
            )
        },
        is_root,
    );
    let state_root = |digit: &str| format!("\"state_root\":\"{}\"", digit.repeat(64));
    check(2, |chain| chain[1].header = edit(&chain[1].header, &state_root("0"), &state_root("1")), is_root);
    check(3, |chain| drop(chain.remove(1)), |fault| *fault == ReplayFault::Header(HeaderError::Height));
    check(3, |chain| chain.swap(1, 2), |fault| *fault == ReplayFault::Header(HeaderError::Height));
}

#[test]
fn a_changed_block_is_refused_though_all_headers_fit_it() {
    check_resealed(
        5,
        |chain| drop(chain[4].block.remove(0)),
        |fault| matches!(fault, ReplayFault::Outcome { place: 0, .. }),
    );
    check_resealed(
        5,
        |chain| chain[4].block.swap(0, 1),
        |fault| matches!(fault, ReplayFault::Outcome { .. }),
    );
    check_resealed(
        4,
        |chain| chain[3].block[2].1 = Outcome::Rejected(Code::ClaimFull.into()),
        |fault| matches!(fault, ReplayFault::Outcome { place: 2, .. }),
    );
    check_resealed(
        7,
        |chain| chain[6].block[0].1 = Outcome::Accepted(Effect::Nothing),
        |fault| matches!(fault, ReplayFault::Outcome { place: 0, .. }),
    );
    let repeat = |from: usize, to: usize| {
        move |chain: &mut Vec<Recorded>| {
            let again = chain[from].block[0].clone();
            chain[to].block.push(again);
        }
    };
    check_resealed(1, repeat(0, 0), |fault| *fault == ReplayFault::Repeated { place: 6 });
    check_resealed(6, repeat(0, 5), |fault| *fault == ReplayFault::Repeated { place: 1 });
}

/// Puts one more transition at the end of a block, and expects a fault there.
fn check_stranger(height: usize, text: String, expected: &ReplayFault) {
    let more = |chain: &mut Vec<Recorded>| {
        chain[height - 1].block.push((text, Outcome::Rejected(Code::RoleForbidden.into())));
    };
    check_resealed(height as u64, more, |fault| fault == expected);
}

#[test]
fn a_transition_that_its_signer_did_not_make_is_refused() {
    let signer = |place, source| ReplayFault::Signer { place, source };
    let enroll = |key| Command::PartyEnroll { key: new_key(key) };
    let suspend = Command::PartySuspend { party: enterprise(1), reason: reason() };
    let by = |number: usize, key| sign(&enterprise(number), key, NOON, 99, &present(1, 2));
    check_stranger(2, by(1, first_key(&enterprise(2))), &signer(1, SignerError::UnknownKey));
    check_stranger(2, by(1, 99), &signer(1, SignerError::UnknownKey));
    check_stranger(2, by(5, first_key(&enterprise(5))), &signer(1, SignerError::UnknownParty));
    // Registered in this very block: signatures are checked against the state before it.
    check_stranger(1, by(1, first_key(&enterprise(1))), &signer(6, SignerError::UnknownParty));
    check_stranger(2, sign(&person(1), 52, NOON, 99, &enroll(51)), &signer(1, SignerError::NotTheBody));
    check_stranger(2, sign(&person(1), 51, NOON, 99, &enroll(52)), &signer(1, SignerError::NotTheBody));
    check_stranger(2, sign(&person(1), 52, NOON, 99, &enroll(52)), &signer(1, SignerError::NotTheBody));
    check_stranger(2, sign(&bureau(), 1, NOON, 99, &enroll(1)), &signer(1, SignerError::NotTheBody));
    let other = other_genesis();
    check_stranger(2, sign_for(&other, &bureau(), 1, NOON, 99, &suspend), &ReplayFault::Chain { place: 1 });
    let good = sign(&bureau(), 1, NOON, 99, &suspend);
    let signature = sign(&bureau(), 1, NOON, 98, &suspend);
    let stolen = format!("{}.{}", good.rsplit_once('.').unwrap().0, signature.rsplit_once('.').unwrap().1);
    let wrong = ReplayFault::Signature { place: 1, source: SignatureError::Signature };
    check_stranger(2, stolen, &wrong);
}

#[test]
fn a_block_with_a_body_that_is_none_is_refused() {
    let claims = jws::Claims {
        chain: genesis().chain().clone(),
        party: bureau(),
        nonce: jws::Nonce::new(&[99; 16]).unwrap(),
        iat: NOON,
        kind: "party.suspend".to_owned(),
    };
    let text = crate::given::secret(1).sign_transition(&jws::payload(&claims, "{}").unwrap());
    let more = |chain: &mut Vec<Recorded>| {
        chain[1].block.push((text, Outcome::Rejected(Code::RoleForbidden.into())));
    };
    check_resealed(2, more, |fault| matches!(fault, ReplayFault::Body { place: 1, .. }));
}

fn other_genesis() -> Genesis {
    let content = genesis().content().clone();
    Genesis::create(&genesis::Content { seed: [8; 16], ..content }).unwrap()
}

#[test]
fn a_chain_does_not_replay_from_another_genesis() {
    let chain = main_job().chain;
    let error = replay(&other_genesis(), &chain).unwrap_err();
    assert_eq!((error.height, error.fault), (1, ReplayFault::Header(HeaderError::Chain)));
    let later = genesis().content().clone();
    let later = Genesis::create(&genesis::Content { time: NOON.plus(1), ..later }).unwrap();
    assert!(replay(&later, &chain).is_err());
}

/// Reads and replays an export, as an audit does.
fn audit(export: &[u8]) -> Result<(), String> {
    let mut reader = Reader::new();
    let mut replay = None;
    for line in export.split_inclusive(|byte| *byte == b'\n') {
        match reader.line(line).map_err(|error| error.to_string())? {
            Line::Genesis(genesis) => replay = Some(Replay::new(&genesis)),
            Line::Block { header, decided } if header.height() > 0 => {
                let replay = replay.as_mut().ok_or("a block before the genesis file")?;
                replay.push(&header, decided).map_err(|error| error.to_string())?;
            }
            Line::Block { .. } | Line::Checkpoint(_) => {}
        }
    }
    let exported = reader.finish().map_err(|error| error.to_string())?;
    let replayed = replay.ok_or("no genesis file")?.finish();
    assert_eq!(exported.checkpoint.root, replayed.root);
    Ok(())
}

fn export(scribe: &Scribe) -> Vec<u8> {
    let genesis = genesis();
    let mut text = first_line(&genesis) + &block_line(&genesis.first_block(), &[], &[]).unwrap();
    for Recorded { header, block } in &scribe.chain {
        let texts = block.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>();
        let outcomes = block.iter().map(|(_, outcome)| outcome.clone()).collect::<Vec<_>>();
        text += &block_line(header, &texts, &outcomes).unwrap();
    }
    let (size, root) = (scribe.tip.frontier.size(), scribe.tip.frontier.root());
    let checkpoint = Checkpoint { chain: genesis.chain().clone(), size, root };
    (text + &last_line(&LogSigner::from_seed(&[3; 32]).sign_checkpoint(&checkpoint)).unwrap()).into_bytes()
}

#[test]
fn an_export_with_any_byte_changed_is_refused() {
    let mut scribe = Scribe::new();
    scribe
        .record(NOON, &[(bureau(), register(0, 10)), (person(0), Command::PartyEnroll { key: new_key(50) })]);
    scribe.record(NOON.plus(1), &[(person(0), Command::KeyAdd { key: new_key(60) })]);
    let export = export(&scribe);
    assert_eq!(audit(&export), Ok(()));
    for place in 0..export.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut changed = export.clone();
            changed[place] ^= flip;
            assert!(audit(&changed).is_err(), "byte {place} ^ {flip:#04x}");
        }
        let mut shorter = export.clone();
        shorter.remove(place);
        assert!(audit(&shorter).is_err(), "byte {place} dropped");
    }
}

/// All 255 other values of each byte, of the smallest export in which something was decided.
#[test]
fn an_export_with_any_byte_changed_to_any_other_is_refused() {
    let mut scribe = Scribe::new();
    scribe.record(NOON, &[(person(0), Command::PartyEnroll { key: new_key(50) })]);
    let export = export(&scribe);
    assert_eq!(audit(&export), Ok(()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let every_nth = |first: usize| {
        let mut changed = export.clone();
        for place in (first..export.len()).step_by(threads) {
            for flip in 1..=u8::MAX {
                changed[place] = export[place] ^ flip;
                assert!(audit(&changed).is_err(), "byte {place} ^ {flip:#04x}");
            }
            changed[place] = export[place];
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|first| drop(scope.spawn(move || every_nth(first)))));
}

#[test]
fn the_export_of_the_main_job_is_audited_and_damaged_ones_are_not() {
    let whole = export(&main_job());
    assert_eq!(audit(&whole), Ok(()));
    let lines = whole.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
    for place in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(place);
        assert!(audit(&dropped.concat()).is_err(), "line {place} dropped");
        for other in 0..place {
            let mut swapped = lines.clone();
            swapped.swap(place, other);
            assert!(audit(&swapped.concat()).is_err(), "lines {place} and {other} swapped");
        }
    }
}
