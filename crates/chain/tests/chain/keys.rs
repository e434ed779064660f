//! Keys are each party's own: what somebody else did with the same public key changes nothing.

use piao_chain::adopt::SignerError;
use piao_chain::replay::ReplayFault;
use piao_domain::command::{Command, Transition};
use piao_domain::ids::PartyId;
use piao_domain::party::KEYS_LIVE_MAX;
use piao_domain::rejection::Code;
use piao_protocol::outcome::Outcome;

use crate::given::{
    NOON, World, apply, bureau, enterprise, first_key, genesis, limits, new_key, person, reason, register,
    uscc,
};
use crate::recorded::{Scribe, replay, reseal, sign};

/// A key that enterprise 2 added before anybody else had it; the same as person 5's.
const SHARED: u8 = 55;

fn squatted() -> World {
    let mut world = World::town(4, 0, limits());
    world.accept(&enterprise(2), Command::KeyAdd { key: new_key(SHARED) });
    world
}

fn signed(world: &mut World, party: &PartyId, key: u8, command: Command) -> Transition {
    let mut transition = world.sign(party, command);
    transition.key = new_key(key).id;
    transition
}

fn code(world: &mut World, party: &PartyId, key: u8, command: Command) -> Option<Code> {
    let transition = signed(world, party, key, command);
    world.execute(&transition).code()
}

#[test]
fn whoever_registers_a_public_key_first_keeps_nobody_else_from_it() {
    let check = |owner: PartyId, signer: PartyId, command: Command| {
        let mut world = squatted();
        assert_eq!(code(&mut world, &signer, first_key(&signer), command.clone()), None, "{command:?}");
        let more = |number| Command::KeyAdd { key: new_key(number) };
        assert_eq!(code(&mut world, &owner, SHARED, more(100)), None, "its owner signs with it");
        assert_eq!(code(&mut world, &enterprise(2), SHARED, more(101)), None, "and so does the other");
        // What becomes of it with one changes nothing for the other.
        let revoke = Command::KeyRevoke { key: new_key(SHARED).id };
        assert_eq!(code(&mut world, &enterprise(2), first_key(&enterprise(2)), revoke), None);
        assert_eq!(code(&mut world, &enterprise(2), SHARED, more(102)), Some(Code::KeyRevoked));
        assert_eq!(code(&mut world, &owner, SHARED, more(102)), None);
    };
    let key = new_key(SHARED);
    check(enterprise(6), bureau(), register(6, SHARED));
    check(person(5), person(5), Command::PartyEnroll { key });
    check(enterprise(1), enterprise(1), Command::KeyAdd { key });
    check(enterprise(1), bureau(), Command::KeyReset { enterprise: uscc(1), key, reason: reason() });
    check(bureau(), bureau(), Command::KeyAdd { key });
}

#[test]
fn a_key_signs_only_for_parties_that_registered_it() {
    let mut world = squatted();
    assert_eq!(code(&mut world, &enterprise(2), SHARED, apply(10, 1)), None);
    assert_eq!(code(&mut world, &enterprise(3), SHARED, apply(10, 1)), Some(Code::KeyRevoked));
    // Which no ledger puts into a block: nobody knows the key as that party's.
    let mut scribe = Scribe::new();
    let registered = |number| (bureau(), register(number, first_key(&enterprise(number))));
    scribe.record(NOON, &[registered(2), registered(3)]);
    scribe.record(NOON, &[(enterprise(2), Command::KeyAdd { key: new_key(SHARED) })]);
    scribe.record(NOON, &[(enterprise(2), Command::KeyAdd { key: new_key(100) })]);
    let mut chain = scribe.chain;
    let theirs = sign(&enterprise(3), SHARED, NOON, 77, &apply(10, 1));
    chain[2].block[0] = (theirs, Outcome::Rejected(Code::KeyRevoked.into()));
    reseal(&genesis(), &mut chain);
    let error = replay(&genesis(), &chain).expect_err("the key is another party's");
    assert_eq!(
        (error.height, error.fault),
        (3, ReplayFault::Signer { place: 0, source: SignerError::UnknownKey })
    );
}

#[test]
fn a_reset_makes_room_for_keys_and_so_does_a_revocation() {
    let mut world = World::town(2, 0, limits());
    let first = first_key(&enterprise(1));
    let add = |number: usize| Command::KeyAdd { key: new_key(u8::try_from(60 + number).unwrap()) };
    (1..KEYS_LIVE_MAX).for_each(|number| world.does(&enterprise(1), add(number)));
    assert_eq!(code(&mut world, &enterprise(1), first, add(30)), Some(Code::KeyFull));
    // A key that is there already is told apart, full or not.
    assert_eq!(code(&mut world, &enterprise(1), first, add(1)), Some(Code::KeyExists));
    world.does(&enterprise(1), Command::KeyRevoke { key: new_key(61).id });
    assert_eq!(code(&mut world, &enterprise(1), first, add(30)), None);
    assert_eq!(code(&mut world, &enterprise(1), first, add(31)), Some(Code::KeyFull));
    world.does(&bureau(), Command::KeyReset { enterprise: uscc(1), key: new_key(100), reason: reason() });
    assert_eq!(world.state.parties[&enterprise(1)].live_keys(), 1);
    assert_eq!(code(&mut world, &enterprise(1), 100, add(31)), None);
}
