//! What holds whatever is asked.

use std::collections::BTreeSet;

use piao_chain::execute::{Executed, Executor, Safeguards};
use piao_chain::invariants::{self, Breach};
use piao_chain::needs::Needs;
use piao_chain::seal::{Decided, Tip};
use piao_chain::state::State;
use piao_domain::command::{Command, Transition};
use piao_domain::ids::TransitionId;
use piao_domain::number::Segment;
use piao_domain::party::{KeyState, Party};
use piao_domain::rejection::Code;
use piao_protocol::jws::Nonce;
use piao_protocol::outcome::{Outcome, outcome_json};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::given::{
    ISSUER, NOON, TOTAL, World, apply, bureau, content, enterprise, genesis, limits, number, register,
};
use crate::random::{RawBlock, blocks, read, town};
use crate::whole_state::assert_holds;

/// The same cases on every run; what a change of code breaks shows at once.
fn config(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Reads random blocks against a world and hands each to a function before it is executed.
fn walk(raw: &[RawBlock], mut each: impl FnMut(&World, &[Transition], &World, &Executed)) -> World {
    let mut world = town();
    let mut made: Vec<TransitionId> = Vec::new();
    for (wait, raw) in raw {
        world.pass(*wait);
        let mut block: Vec<Transition> = Vec::new();
        for raw in raw {
            let transition = read(&mut world, &made, *raw);
            made.push(transition.id);
            block.push(transition);
        }
        let before = world.clone();
        let executed = execute(&mut world, &block);
        each(&before, &block, &world, &executed);
    }
    world
}

fn execute(world: &mut World, block: &[Transition]) -> Executed {
    let batch = block.iter().collect::<Vec<_>>();
    world.executor.clone().execute(&mut world.state, &batch, world.now).expect("no invariant is broken")
}

/// What a ledger loads: what is needed, and of the invoices the locks that have not ended or are named.
fn restricted(state: &State, needs: &Needs) -> State {
    let keep = |invoice: &piao_domain::invoice::Invoice| {
        let mut invoice = invoice.clone();
        let number = invoice.number;
        invoice
            .reimbursement
            .locks
            .retain(|id, lock| lock.end.is_none() || needs.locks.contains(&(number, *id)));
        invoice
    };
    let mut part = State { rules: state.rules.clone(), ..State::default() };
    if needs.tops {
        (part.tops, part.highest) = (state.tops.clone(), state.highest.clone());
    }
    for name in &needs.parties {
        let Some(mut party) = state.parties.get(name).cloned() else { continue };
        party
            .keys
            .retain(|key, found| found.state == KeyState::Live || needs.keys.contains(&(name.clone(), *key)));
        part.parties.insert(name.clone(), party);
    }
    part.applications = needs
        .applications
        .iter()
        .filter_map(|key| state.applications.get_key_value(key))
        .map(cloned)
        .collect();
    part.accounts =
        needs.accounts.iter().filter_map(|key| state.accounts.get_key_value(key)).map(cloned).collect();
    for (issuer, segments) in &state.segments {
        let asked = |segment: &&Segment| needs.numbers.iter().any(|number| segment.contains(number));
        let holding = segments.iter().filter(asked).copied().collect::<Vec<_>>();
        if !holding.is_empty() {
            part.segments.insert(*issuer, holding);
        }
    }
    part.orders = needs.orders.iter().filter_map(|key| state.orders.get_key_value(key)).map(cloned).collect();
    part.claim_refs =
        needs.claim_refs.iter().filter_map(|key| state.claim_refs.get_key_value(key)).map(cloned).collect();
    part.invoices =
        needs.invoices.iter().filter_map(|key| Some((*key, keep(state.invoices.get(key)?)))).collect();
    part
}

fn cloned<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

/// Everything that a block touched stands in the part as in the whole.
fn assert_same_where_touched(part: &State, whole: &State, executed: &Executed) {
    let touched = &executed.touched;
    for party in &touched.parties {
        let facts = |state: &State| (state.parties[party].profile.clone(), state.parties[party].standing);
        assert_eq!(facts(part), facts(whole));
    }
    for (party, key) in &touched.keys {
        assert_eq!(part.parties[party].keys[key], whole.parties[party].keys[key]);
    }
    assert_eq!(part.rules, whole.rules);
    touched.tops.iter().for_each(|key| assert_eq!(part.tops.get(key), whole.tops.get(key)));
    touched.tops.iter().for_each(|key| assert_eq!(part.highest.get(key), whole.highest.get(key)));
    touched
        .applications
        .iter()
        .for_each(|id| assert_eq!(part.applications.get(id), whole.applications.get(id)));
    touched.accounts.iter().for_each(|key| assert_eq!(part.accounts.get(key), whole.accounts.get(key)));
    touched.orders.iter().for_each(|key| assert_eq!(part.orders.get(key), whole.orders.get(key)));
    for (issuer, segment) in &touched.segments {
        assert!(part.segments[issuer].contains(segment) && whole.segments[issuer].contains(segment));
    }
    for number in &touched.invoices {
        let (part, mut whole) = (&part.invoices[number], whole.invoices[number].clone());
        whole.reimbursement.locks.retain(|id, _| part.reimbursement.locks.contains_key(id));
        assert_eq!(*part, whole);
    }
    for (number, id) in &touched.locks {
        let lock = &part.invoices[number].reimbursement.locks[id];
        assert_eq!(Some(lock), whole.invoices[number].reimbursement.locks.get(id));
        let reference = (*number, lock.enterprise, lock.claim_ref.clone());
        assert_eq!(whole.claim_refs.get(&reference), Some(id));
    }
}

proptest! {
    #![proptest_config(config(300, 1))]

    #[test]
    fn what_is_needed_decides_as_the_whole(raw in blocks(14)) {
        walk(&raw, |before, block, after, executed| {
            let mut needs = Needs::default();
            block.iter().for_each(|transition| needs.add(transition, before.now));
            let mut part = before.clone();
            part.state = restricted(&before.state, &needs);
            let of_part = execute(&mut part, block);
            assert_eq!(&of_part, executed);
            assert_same_where_touched(&part.state, &after.state, executed);
        });
    }

    #[test]
    fn every_invariant_holds_of_the_whole_state_after_every_block(raw in blocks(14)) {
        walk(&raw, |_, _, after, _| assert_holds(&after.state, after.now));
    }

    #[test]
    fn what_is_not_touched_stays_as_it_was(raw in blocks(14)) {
        walk(&raw, |before, _, after, executed| {
            let touched = &executed.touched;
            let (before, after) = (&before.state, &after.state);
            for (number, invoice) in &after.invoices {
                assert!(touched.invoices.contains(number) || before.invoices.get(number) == Some(invoice));
                for (id, lock) in &invoice.reimbursement.locks {
                    let known = before.invoices.get(number).and_then(|invoice| invoice.reimbursement.locks.get(id));
                    assert!(touched.locks.contains(&(*number, *id)) || known == Some(lock));
                }
            }
            for (name, party) in &after.parties {
                let known = before.parties.get(name);
                let facts = |party: &Party| (party.profile.clone(), party.standing);
                assert!(touched.parties.contains(name) || known.map(facts) == Some(facts(party)));
                for (id, key) in &party.keys {
                    let known = known.and_then(|party| party.keys.get(id));
                    assert!(touched.keys.contains(&(name.clone(), *id)) || known == Some(key));
                }
            }
            let untouched = after.accounts.iter().filter(|(key, _)| !touched.accounts.contains(key));
            untouched.for_each(|(key, account)| assert_eq!(before.accounts.get(key), Some(account)));
            let untouched = after.applications.iter().filter(|(id, _)| !touched.applications.contains(id));
            untouched.for_each(|(id, application)| assert_eq!(before.applications.get(id), Some(application)));
            let untouched = after.orders.iter().filter(|(key, _)| !touched.orders.contains(key));
            untouched.for_each(|(key, count)| assert_eq!(before.orders.get(key), Some(count)));
            let untouched = after.tops.iter().filter(|(prefix, _)| !touched.tops.contains(prefix));
            untouched.for_each(|(prefix, top)| assert_eq!(before.tops.get(prefix), Some(top)));
            for entry in after.rules.entries().filter(|entry| !touched.rules.contains(&entry.set.version)) {
                assert_eq!(before.rules.get(&entry.set.version), Some(entry));
            }
        });
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(raw in blocks(8)) {
        assert_eq!(sealed(&raw), sealed(&raw));
    }

    #[test]
    fn where_a_batch_is_cut_changes_no_outcome(raw in proptest::collection::vec(any::<[u8; 5]>(), 1..40), cut in 1_usize..9) {
        let mut whole = town();
        let mut made = Vec::new();
        let mut block = Vec::new();
        for raw in raw {
            let transition = read(&mut whole, &made, raw);
            made.push(transition.id);
            block.push(transition);
        }
        let mut pieces = whole.clone();
        let at_once = execute(&mut whole, &block).outcomes;
        let one_by_one = block.chunks(cut).flat_map(|part| execute(&mut pieces, part).outcomes).collect::<Vec<_>>();
        assert_eq!(at_once, one_by_one);
        assert_eq!(whole.state, pieces.state);
    }
}

/// Outcomes as JSON and the last block's hash and log root.
fn sealed(raw: &[RawBlock]) -> (Vec<String>, String) {
    let mut tip = Tip::genesis(genesis().first_block()).tip;
    let mut texts = Vec::new();
    let nonce = Nonce::new(&[1; 16]).unwrap();
    walk(raw, |before, block, _, executed| {
        let decided = block.iter().zip(&executed.outcomes).map(|(transition, outcome)| Decided {
            id: transition.id,
            nonce: &nonce,
            outcome,
        });
        tip = tip.seal(before.now, &decided.collect::<Vec<_>>()).unwrap().tip;
        texts.extend(executed.outcomes.iter().map(outcome_json));
    });
    (texts, format!("{} {:?}", tip.header.hash(), tip.frontier))
}

/// The random blocks are worth something: they are accepted and refused in many ways.
#[test]
fn random_blocks_reach_most_of_the_ledger() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::new(config(1, 2));
    let mut codes = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    for _ in 0..300 {
        let raw = blocks(14).new_tree(&mut runner).unwrap().current();
        walk(&raw, |_, block, _, executed| {
            for (transition, outcome) in block.iter().zip(&executed.outcomes) {
                match outcome {
                    Outcome::Accepted(_) => accepted.insert(transition.command.kind()),
                    Outcome::Rejected(rejection) => codes.insert(rejection.code),
                };
            }
        });
    }
    let all = piao_domain::command::Kind::ALL;
    let missing = all.iter().filter(|kind| !accepted.contains(kind)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "never accepted: {missing:?}");
    let collisions = [
        Code::LockExists,
        Code::LockClaimRef,
        Code::LockExpired,
        Code::LockNotOwner,
        Code::LockAmount,
        Code::ReimbursementSettled,
        Code::BookingOwner,
        Code::BookingState,
        Code::ClaimLocked,
        Code::ClaimTaken,
        Code::KeyRevoked,
        Code::KeyExists,
        Code::PartySuspended,
        Code::QuotaExhausted,
        Code::NumberUsed,
        Code::TransitionExpired,
    ];
    let missing = collisions.iter().filter(|code| !codes.contains(code)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "never refused with: {missing:?}");
}

/// A ledger with some checks taken away, and what two locks at once come to there.
fn two_locks(lock_guard: bool, invariants: bool, by: [usize; 2]) -> Result<Vec<Option<Code>>, Breach> {
    let mut world = town();
    let parameters = world.executor.parameters().clone();
    let executor = Executor::new(parameters, Safeguards::disarmed(lock_guard, invariants));
    let strict = piao_domain::rules::Limits { partial_locks: false, ..crate::given::limits() };
    world.activate(crate::given::version("city", 2), strict);
    let locks = by.map(|number| {
        let command: Command = world.lock_command(1, TOTAL);
        world.sign(&enterprise(number), command)
    });
    let executed = executor.execute(&mut world.state, &[&locks[0], &locks[1]], NOON)?;
    let live = world.state.invoices[&number(1)].live_locks(NOON).count();
    let codes = executed.outcomes.iter().map(Outcome::code).collect::<Vec<_>>();
    assert_eq!(live, codes.iter().filter(|code| code.is_none()).count());
    Ok(codes)
}

#[test]
fn each_check_stands_behind_the_one_before() {
    let invoice = number(1);
    assert_eq!(two_locks(true, true, [2, 3]), Ok(vec![None, Some(Code::LockExists)]));
    assert_eq!(two_locks(true, false, [2, 3]), Ok(vec![None, Some(Code::LockExists)]));
    assert_eq!(two_locks(false, true, [2, 3]), Err(Breach::ManyEnterprises(invoice)));
    assert_eq!(two_locks(false, true, [2, 2]), Err(Breach::ManyExclusive(invoice)));
    assert_eq!(two_locks(false, false, [2, 3]), Ok(vec![None, None]));
    assert_eq!(two_locks(false, false, [2, 2]), Ok(vec![None, None]));
}

#[test]
fn what_came_in_before_would_be_there_twice() {
    let mut world = town();
    let check = |state: &State, transition: &Transition, expect| {
        assert_eq!(invariants::twice(state, transition), expect, "{:?}", transition.command.kind());
    };
    let issue = world.sign(&enterprise(ISSUER), Command::InvoiceIssue(Box::new(content(1, None))));
    let register = world.sign(&bureau(), register(1, 11));
    // Both are there in the town. Without them nothing would be there twice.
    check(&world.state, &issue, Some(Breach::NumberTwice(number(1))));
    check(&world.state, &register, Some(Breach::PartyTwice(enterprise(1))));
    check(&State::default(), &issue, None);
    check(&State::default(), &register, None);
}

/// What comes of an application for ten numbers where the top of the prefix was moved down to `top`; the town has
/// allotted fifty.
fn allot_above(top: u64, invariants: bool) -> Result<(), Breach> {
    let mut world = World::town(2, 0, limits());
    let prefix = number(1).prefix();
    assert_eq!(world.state.tops.insert(prefix, top), Some(50));
    let parameters = world.executor.parameters().clone();
    let executor = Executor::new(parameters, Safeguards::disarmed(true, invariants));
    let transition = world.sign(&enterprise(1), apply(1_000, 10));
    executor.execute(&mut world.state, &[&transition], world.now).map(|_| ())
}

#[test]
fn numbers_that_are_allotted_twice_break_an_invariant() {
    let segment = |first, last| Segment::new(number(1).prefix(), first, last).unwrap();
    let overlap = |first, last| Err(Breach::SegmentsOverlap(segment(first, last), segment(1, 50)));
    assert_eq!(allot_above(50, true), Ok(()));
    assert_eq!(allot_above(49, true), overlap(50, 59));
    assert_eq!(allot_above(20, true), overlap(21, 30));
    assert_eq!(allot_above(0, true), overlap(1, 10));
    assert_eq!(allot_above(0, false), Ok(()), "the invariant alone stands in the way");
}
