use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::rejection::Code;

use super::{Differ, Row, as_signer, town};
use crate::given::{World, apply, bureau, enterprise, new_key, node, person, reason, register, uscc};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let row = |code, difference, neighbour, differ| Row {
        difference,
        scene: two_keys,
        neighbour,
        differ,
        code,
        detail: "{}",
    };
    vec![
        row(
            Code::TransitionExpired,
            "signed a second too long ago",
            |world| {
                let mut transition = world.sign(&enterprise(1), apply(10, 1));
                transition.issued_at = world.now.plus(-600);
                transition
            },
            Differ::Says(|_, transition| transition.issued_at = transition.issued_at.plus(-1)),
        ),
        row(
            Code::TransitionExpired,
            "signed a second too far ahead",
            |world| {
                let mut transition = world.sign(&enterprise(1), apply(10, 1));
                transition.issued_at = world.now.plus(600);
                transition
            },
            Differ::Says(|_, transition| transition.issued_at = transition.issued_at.plus(1)),
        ),
        row(
            Code::KeyRevoked,
            "the signing key was revoked",
            |world| signed_by_second_key(world, apply(10, 1)),
            Differ::Before(revoke_second),
        ),
        row(
            Code::KeyRevoked,
            "all keys were reset",
            |world| world.sign(&enterprise(1), apply(10, 1)),
            Differ::Before(|world| world.does(&bureau(), reset(71))),
        ),
        row(
            Code::KeyRevoked,
            "the key to revoke is revoked already",
            |world| world.sign(&enterprise(1), Command::KeyRevoke { key: new_key(70).id }),
            Differ::Before(revoke_second),
        ),
        row(
            Code::KeyRevoked,
            "the key to revoke is another party's",
            |world| world.sign(&enterprise(1), Command::KeyRevoke { key: new_key(70).id }),
            Differ::Says(|_, transition| transition.command = Command::KeyRevoke { key: new_key(12).id }),
        ),
        row(
            Code::PartySuspended,
            "the signer is suspended",
            |world| world.sign(&enterprise(1), apply(10, 1)),
            Differ::Before(|world| suspend(world, enterprise(1))),
        ),
        row(
            Code::PartySuspended,
            "a suspended party adds a key",
            |world| world.sign(&enterprise(1), Command::KeyAdd { key: new_key(72) }),
            Differ::Before(|world| suspend(world, enterprise(1))),
        ),
        row(
            Code::RoleForbidden,
            "an enterprise suspends",
            |world| world.sign(&bureau(), suspension(enterprise(2))),
            Differ::Says(|_, transition| as_signer(transition, enterprise(1))),
        ),
        row(
            Code::RoleForbidden,
            "a bureau applies for quota",
            |world| world.sign(&enterprise(1), apply(10, 1)),
            Differ::Says(|_, transition| as_signer(transition, bureau())),
        ),
        row(
            Code::RoleForbidden,
            "a person applies for quota",
            |world| world.sign(&enterprise(1), apply(10, 1)),
            Differ::Says(|_, transition| as_signer(transition, person(0))),
        ),
        row(
            Code::RoleForbidden,
            "a node registers an enterprise",
            |world| world.sign(&bureau(), register(6, 16)),
            Differ::Says(|_, transition| as_signer(transition, node())),
        ),
        row(
            Code::PartyExists,
            "the enterprise is registered",
            |world| world.sign(&bureau(), register(6, 16)),
            Differ::Before(|world| world.register(6)),
        ),
        row(
            Code::PartyExists,
            "the person enrolled before",
            |world| world.sign(&person(5), Command::PartyEnroll { key: new_key(55) }),
            Differ::Before(|world| {
                world.accept(&person(5), Command::PartyEnroll { key: new_key(55) });
            }),
        ),
        row(
            Code::PartyUnknown,
            "nobody registered the party to suspend",
            |world| world.sign(&bureau(), suspension(enterprise(1))),
            Differ::Says(|_, transition| transition.command = suspension(enterprise(7))),
        ),
        row(
            Code::PartyUnknown,
            "nobody registered the party to reinstate",
            |world| world.sign(&bureau(), reinstatement(enterprise(1))),
            Differ::Says(|_, transition| transition.command = reinstatement(person(9))),
        ),
        row(
            Code::PartyUnknown,
            "nobody registered the party whose keys to reset",
            |world| world.sign(&bureau(), reset(71)),
            Differ::Says(|_, transition| {
                transition.command =
                    Command::KeyReset { enterprise: uscc(7), key: new_key(71), reason: reason() };
            }),
        ),
        row(
            Code::KeyExists,
            "the key to add is the signer's own, not another party's",
            |world| {
                let add = Command::KeyAdd { key: new_key(72) };
                world.does(&enterprise(2), add.clone());
                world.sign(&enterprise(1), add)
            },
            Differ::Before(|world| world.does(&enterprise(1), Command::KeyAdd { key: new_key(72) })),
        ),
        row(
            Code::KeyExists,
            "the key to add was the signer's own and is revoked",
            |world| world.sign(&enterprise(1), Command::KeyAdd { key: new_key(72) }),
            Differ::Before(|world| {
                world.accept(&enterprise(1), Command::KeyAdd { key: new_key(72) });
                world.accept(&enterprise(1), Command::KeyRevoke { key: new_key(72).id });
            }),
        ),
        row(
            Code::KeyExists,
            "the key to reset to was the party's own and is revoked",
            |world| world.sign(&bureau(), reset(71)),
            Differ::Before(|world| {
                world.accept(&enterprise(1), Command::KeyAdd { key: new_key(71) });
                world.accept(&enterprise(1), Command::KeyRevoke { key: new_key(71).id });
            }),
        ),
        row(
            Code::KeyExists,
            "the key to reset to is the party's own",
            |world| world.sign(&bureau(), reset(71)),
            Differ::Says(|_, transition| transition.command = reset(70)),
        ),
        row(
            Code::KeyFull,
            "a seventeenth key, not a sixteenth",
            |world| {
                // Two are there already.
                (80..93).for_each(|key| world.does(&enterprise(1), Command::KeyAdd { key: new_key(key) }));
                world.sign(&enterprise(1), Command::KeyAdd { key: new_key(72) })
            },
            Differ::Before(|world| world.does(&enterprise(1), Command::KeyAdd { key: new_key(79) })),
        ),
        row(
            Code::KeyLast,
            "the other key is revoked",
            |world| world.sign(&enterprise(1), Command::KeyRevoke { key: new_key(11).id }),
            Differ::Before(revoke_second),
        ),
    ]
};

/// A town whose enterprise 1 has a second key, 70.
pub(super) fn two_keys() -> World {
    let mut world = town();
    world.accept(&enterprise(1), Command::KeyAdd { key: new_key(70) });
    world
}

pub(super) fn signed_by_second_key(world: &mut World, command: Command) -> piao_domain::command::Transition {
    let mut transition = world.sign(&enterprise(1), command);
    transition.key = new_key(70).id;
    transition
}

pub(super) fn revoke_second(world: &mut World) {
    world.accept(&enterprise(1), Command::KeyRevoke { key: new_key(70).id });
}

pub(super) fn suspension(party: PartyId) -> Command {
    Command::PartySuspend { party, reason: reason() }
}

pub(super) fn suspend(world: &mut World, party: PartyId) {
    world.accept(&bureau(), suspension(party));
}

fn reinstatement(party: PartyId) -> Command {
    Command::PartyReinstate { party, reason: reason() }
}

fn reset(key: u8) -> Command {
    Command::KeyReset { enterprise: uscc(1), key: new_key(key), reason: reason() }
}
