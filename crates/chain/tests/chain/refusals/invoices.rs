use piao_domain::command::{ClaimSignature, Command, Transition};
use piao_domain::ids::PartyId;
use piao_domain::rejection::Code;
use piao_domain::uscc::Uscc;

use super::locks::{booked, locked, presented};
use super::{Differ, Row, as_signer, town};
use crate::given::{
    DAY, ISSUER, World, bureau, enterprise, new_key, number, person, present, reason, register, uscc,
};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let mut rows = vec![
        row(
            Code::InvoiceUnknown,
            "nobody issued it",
            issued,
            |world| taking(world, 0),
            Differ::Says(|world, transition| transition.command = world.take(2, &person(0))),
        ),
        row(
            Code::PartyUnknown,
            "presented to whom nobody registered",
            claimed,
            |world| world.sign(&person(0), present(1, 1)),
            Differ::Says(|_, transition| transition.command = present(1, 7)),
        ),
        row(
            Code::PartyUnknown,
            "force-released of whom nobody registered",
            locked,
            |world| world.sign(&bureau(), force_release(1)),
            Differ::Says(|_, transition| transition.command = force_release(7)),
        ),
        row(
            Code::ClaimNotHolder,
            "presented by another person",
            claimed,
            |world| world.sign(&person(0), present(1, 1)),
            Differ::Says(|_, transition| as_signer(transition, person(1))),
        ),
        row(
            Code::ClaimNotHolder,
            "presented before anybody claimed it",
            || {
                let mut world = issued();
                world.issue(2, None);
                let take = world.take(2, &person(0));
                world.accept(&person(0), take);
                world
            },
            |world| world.sign(&person(0), present(2, 1)),
            Differ::Says(|_, transition| transition.command = present(1, 1)),
        ),
        row(
            Code::ClaimNotHolder,
            "withdrawn by whom it is presented to",
            presented,
            |world| world.sign(&person(0), withdraw(1)),
            Differ::Says(|_, transition| as_signer(transition, enterprise(1))),
        ),
        row(
            Code::ClaimNotPresented,
            "withdrawn twice",
            presented,
            |world| world.sign(&person(0), withdraw(1)),
            Differ::Before(|world| world.does(&person(0), withdraw(1))),
        ),
        row(
            Code::ClaimFull,
            "presented to sixteen",
            crowd,
            |world| world.sign(&person(0), present(1, 0)),
            Differ::Before(|world| world.does(&person(0), present(1, 2))),
        ),
        row(
            Code::ClaimLocked,
            "withdrawn from whoever locked it",
            presented,
            |world| world.sign(&person(0), withdraw(1)),
            Differ::Before(|world| world.lock_by(1, 1)),
        ),
        row(
            Code::ClaimLocked,
            "withdrawn from whoever booked what it locked",
            booked,
            |world| {
                world.pass(DAY);
                world.sign(&person(0), withdraw(2))
            },
            Differ::Says(|_, transition| transition.command = withdraw(1)),
        ),
    ];
    rows.extend(claim_rows());
    rows.extend(take_over_rows());
    rows
};

fn claim_rows() -> Vec<Row> {
    vec![
        row(
            Code::ClaimProof,
            "no proof",
            issued,
            |world| taking(world, 0),
            Differ::Says(|_, transition| {
                transition.command = Command::ClaimTake { invoice: number(1), proof: None };
            }),
        ),
        row(
            Code::ClaimProof,
            "another holder's proof",
            issued,
            |world| taking(world, 0),
            Differ::Says(|world, transition| transition.command = world.take(1, &person(1))),
        ),
        row(
            Code::ClaimProof,
            "another invoice's proof",
            issued,
            |world| taking(world, 0),
            Differ::Says(|world, transition| {
                if let Command::ClaimTake { proof, .. } = world.take(2, &person(0)) {
                    transition.command = Command::ClaimTake { invoice: number(1), proof };
                }
            }),
        ),
        row(
            Code::ClaimProof,
            "a proof by nobody",
            issued,
            |world| taking(world, 0),
            Differ::Says(|_, transition| {
                let proof = Some(ClaimSignature([0; 64]));
                transition.command = Command::ClaimTake { invoice: number(1), proof };
            }),
        ),
        row(
            Code::ClaimProof,
            "the issuer takes by the key that it made",
            issued,
            |world| {
                let command = world.take(1, &enterprise(1));
                world.sign(&enterprise(1), command)
            },
            Differ::Says(|world, transition| {
                transition.command = world.take(1, &enterprise(ISSUER));
                as_signer(transition, enterprise(ISSUER));
            }),
        ),
        row(
            Code::ClaimTaken,
            "somebody took it before",
            issued,
            |world| taking(world, 0),
            Differ::Before(|world| {
                let take = world.take(1, &person(1));
                world.accept(&person(1), take);
            }),
        ),
    ]
}

fn take_over_rows() -> Vec<Row> {
    vec![
        row(
            Code::ClaimTaken,
            "an enterprise took it before its buyer",
            named,
            |world| world.sign(&enterprise(1), take_as_buyer()),
            Differ::Before(|world| claim(world, &enterprise(2))),
        ),
        row(
            Code::ClaimLocked,
            "the buyer takes over what is locked",
            named_and_presented,
            |world| world.sign(&enterprise(1), take_as_buyer()),
            Differ::Before(|world| world.lock_by(1, 1)),
        ),
        row(
            Code::ReimbursementSettled,
            "the buyer takes over what is settled",
            named_and_presented,
            |world| world.sign(&enterprise(1), take_as_buyer()),
            Differ::Before(|world| {
                let lock = world.lock(1, 1);
                world.accept(&enterprise(1), crate::given::book(1));
                world.accept(&enterprise(1), Command::Settle { invoice: number(1), lock });
            }),
        ),
    ]
}

fn row(
    code: Code,
    difference: &'static str,
    scene: fn() -> World,
    neighbour: fn(&mut World) -> Transition,
    differ: Differ,
) -> Row {
    Row { difference, scene, neighbour, differ, code, detail: "{}" }
}

pub(super) fn issued() -> World {
    let mut world = town();
    world.issue(1, None);
    world
}

pub(super) fn claimed() -> World {
    let mut world = issued();
    claim(&mut world, &person(0));
    world
}

fn named() -> World {
    let mut world = town();
    world.issue(1, Some(uscc(1)));
    world
}

fn named_and_presented() -> World {
    let mut world = named();
    claim(&mut world, &person(0));
    world.accept(&person(0), present(1, 1));
    world
}

/// Presented to fifteen enterprises: one of the town, and fourteen from elsewhere.
fn crowd() -> World {
    let mut world = claimed();
    world.accept(&person(0), present(1, 1));
    for (place, code) in (0_u8..).zip(ELSEWHERE) {
        let Command::PartyRegister { name, region, industry, .. } = register(6, 16) else { unreachable!() };
        let (invoice, enterprise, key) = (number(1), Uscc::parse(code).unwrap(), new_key(80 + place));
        world.accept(&bureau(), Command::PartyRegister { enterprise, name, region, industry, key });
        world.accept(&person(0), Command::ClaimPresent { invoice, enterprise });
    }
    world
}

const ELSEWHERE: [&str; 14] = [
    "914403007954257495",
    "914403006188392540",
    "91440400192548256N",
    "91110000802100433B",
    "91110108551385082Q",
    "9111000071093123XX",
    "91100000100003962T",
    "911000001000013428",
    "91110000710925462X",
    "9152000071430580XT",
    "91330100799655058B",
    "91310000132260250X",
    "91310000631696382C",
    "9144030071526726XG",
];

fn claim(world: &mut World, holder: &PartyId) {
    let take = world.take(1, holder);
    world.accept(holder, take);
}

fn taking(world: &mut World, holder: u8) -> Transition {
    let command = world.take(1, &person(holder));
    world.sign(&person(holder), command)
}

fn take_as_buyer() -> Command {
    Command::ClaimTake { invoice: number(1), proof: None }
}

pub(super) fn withdraw(enterprise: usize) -> Command {
    Command::ClaimWithdraw { invoice: number(1), enterprise: uscc(enterprise) }
}

pub(super) fn force_release(enterprise: usize) -> Command {
    Command::ForceRelease { invoice: number(1), enterprise: uscc(enterprise), reason: reason() }
}
