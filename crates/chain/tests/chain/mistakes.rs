//! What a ledger could write wrongly, written so on purpose: whoever replays the chain refuses it. How long that takes is
//! printed, for `docs/reliability.md`.
#![expect(
    clippy::disallowed_types,
    reason = "a map is one of the mistakes, and how long it takes is measured"
)]

use std::collections::HashMap;
use std::time::Instant;

use piao_chain::replay::ReplayFault;
use piao_chain::seal::{Decided, Tip};
use piao_domain::command::Command;
use piao_protocol::block::Header;
use piao_protocol::jws::Unverified;
use piao_protocol::outcome::{Effect, Outcome};

use crate::given::{NOON, first_key, genesis, new_key, person};
use crate::recorded::{Recorded, Scribe, main_job, replay, reseal};

/// The header of a first block whose root is over its entries in the order of a map.
fn seal_by_map(recorded: &Recorded) -> Header {
    let parsed = recorded.block.iter().map(|(text, outcome)| {
        let parsed = Unverified::parse(text.as_str()).unwrap();
        (parsed.id(), (parsed, outcome))
    });
    let parsed: HashMap<_, _> = parsed.collect();
    let decided = parsed.iter().map(|(id, (parsed, outcome))| Decided {
        id: *id,
        nonce: &parsed.claims().nonce,
        outcome,
    });
    let tip = Tip::genesis(genesis().first_block()).tip;
    tip.seal(recorded.header.time(), &decided.collect::<Vec<_>>()).unwrap().tip.header
}

#[test]
fn a_root_in_the_order_of_a_map_differs_between_two_instances_and_is_refused() {
    let mut scribe = Scribe::new();
    let enrol = |number| {
        let holder = person(number);
        let key = new_key(first_key(&holder));
        (holder, Command::PartyEnroll { key })
    };
    scribe.record(NOON, &(0..20).map(enrol).collect::<Vec<_>>());
    let chain = scribe.chain;
    replay(&genesis(), &chain).unwrap();
    let began = Instant::now();
    let (here, there) = (seal_by_map(&chain[0]), seal_by_map(&chain[0]));
    assert_ne!(here.root(), there.root(), "one of 20! that two maps have one order");
    for header in [here, there] {
        let chain = [Recorded { header, block: chain[0].block.clone() }];
        let error = replay(&genesis(), &chain).expect_err("another root");
        assert!(matches!(error.fault, ReplayFault::Root), "{error}");
    }
    println!("map order in a root: found after {:?}", began.elapsed());
}

#[test]
fn a_lease_by_the_ledger_s_own_clock_is_refused() {
    let mut chain = main_job().chain;
    let began = Instant::now();
    let Outcome::Accepted(Effect::Locked { lease_until, .. }) = &mut chain[4].block[0].1 else {
        panic!("a lock");
    };
    // As a clock that is 7 s ahead of block time has it.
    *lease_until = lease_until.plus(7);
    reseal(&genesis(), &mut chain);
    let error = replay(&genesis(), &chain).expect_err("another lease");
    assert!(matches!(error.fault, ReplayFault::Outcome { place: 0, .. }), "{error}");
    println!("lease by local clock: found after {:?}", began.elapsed());
}
