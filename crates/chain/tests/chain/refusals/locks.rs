use piao_domain::command::{Command, Transition};
use piao_domain::ids::ClaimRef;
use piao_domain::invoice::{LockRequest, LockUse};
use piao_domain::rejection::Code;
use piao_domain::rules::Limits;

use super::invoices::{claimed, withdraw};
use super::issuing::stricter;
use super::{Differ, Row, as_signer};
use crate::given::{
    DAY, TOTAL, World, book, enterprise, fen, limits, number, person, present, uscc, version,
};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let mut rows = vec![
        row(
            Code::ClaimNotPresented,
            "locked by whom it is not presented to",
            presented,
            locking,
            Differ::Says(|_, transition| as_signer(transition, enterprise(3))),
            "{}",
        ),
        row(
            Code::ClaimNotPresented,
            "withdrawn before the lock",
            presented,
            locking,
            Differ::Before(|world| world.does(&person(0), withdraw(1))),
            "{}",
        ),
        row(
            Code::LockBuyer,
            "not the named buyer",
            named,
            locking,
            Differ::Says(|_, transition| as_signer(transition, enterprise(2))),
            r#"{"actual":"26951000000000000001","check":"buyer_only","pointer":"/invoice","rule":{"id":"city","version":1}}"#,
        ),
        row(
            Code::LockClaimRef,
            "the reference was used, though its lock was released",
            presented,
            |world| world.sign(&enterprise(1), lock("EXP-7", TOTAL, DAY)),
            Differ::Before(|world| {
                let id = world.accept(&enterprise(1), lock("EXP-7", TOTAL, DAY));
                world.accept(&enterprise(1), release(LockUse { id, token: 1 }));
            }),
            r#"{"existing":"<id>"}"#,
        ),
        row(
            Code::LockExists,
            "another enterprise locked it",
            presented,
            locking,
            Differ::Before(|world| world.lock_by(1, 2)),
            "{}",
        ),
        row(
            Code::LockExists,
            "the signer locked it, whole",
            presented,
            locking,
            Differ::Before(|world| world.lock_by(1, 1)),
            "{}",
        ),
        row(
            Code::LockExists,
            "another enterprise's lease was renewed",
            || {
                let mut world = presented();
                world.lock(1, 2);
                world
            },
            |world| {
                world.pass(DAY);
                locking(world)
            },
            Differ::Before(|world| {
                let lock = named_lock(world);
                world.accept(&enterprise(2), renew(lock, DAY + 1));
            }),
            "{}",
        ),
        row(
            Code::LockExists,
            "another enterprise's lease ran out, but it booked",
            presented,
            |world| {
                world.pass(DAY);
                locking(world)
            },
            Differ::Before(|world| {
                world.lock(1, 2);
                world.accept(&enterprise(2), book(1));
            }),
            "{}",
        ),
    ];
    rows.push(Row {
        scene: fifteen,
        neighbour: |world| world.sign(&enterprise(1), lock("EXP-17", 1, DAY)),
        ..whole(
            Code::LockExists,
            "a sixteenth lock of the signer's own, where parts may be locked",
            Differ::Before(|world| world.does(&enterprise(1), lock("EXP-16", 1, DAY))),
            "{}",
        )
    });
    rows.extend(amount_rows());
    rows.extend(lease_rows());
    rows
};

/// A row whose neighbour locks the whole for a day.
fn whole(code: Code, difference: &'static str, differ: Differ, detail: &'static str) -> Row {
    let neighbour = |world: &mut World| world.sign(&enterprise(1), lock("EXP-7", TOTAL, DAY));
    row(code, difference, presented, neighbour, differ, detail)
}

fn amount_rows() -> Vec<Row> {
    vec![
        whole(
            Code::LockAmount,
            "a part, where only the whole may be locked",
            Differ::Says(|_, transition| transition.command = lock("EXP-7", TOTAL - 1, DAY)),
            r#"{"actual":"10599","check":"partial_locks.whole","expected":"10600","pointer":"/amount","rule":{"id":"city","version":1}}"#,
        ),
        whole(
            Code::LockAmount,
            "a fen more than the total",
            Differ::Says(|_, transition| transition.command = lock("EXP-7", TOTAL + 1, DAY)),
            r#"{"actual":"10601","check":"partial_locks.whole","expected":"10600","pointer":"/amount","rule":{"id":"city","version":1}}"#,
        ),
        Row {
            scene: partial,
            neighbour: |world| world.sign(&enterprise(1), lock("EXP-7", TOTAL - 1, DAY)),
            ..whole(
                Code::LockAmount,
                "a fen more than is free",
                Differ::Before(|world| world.does(&enterprise(1), lock("EXP-6", 2, DAY))),
                r#"{"actual":"10599","check":"partial_locks","expected":"1..10598","pointer":"/amount","rule":{"id":"city","version":2}}"#,
            )
        },
        Row {
            scene: partial,
            neighbour: |world| world.sign(&enterprise(1), lock("EXP-7", 1, DAY)),
            ..whole(
                Code::LockAmount,
                "nothing",
                Differ::Says(|_, transition| transition.command = lock("EXP-7", 0, DAY)),
                r#"{"actual":"0","check":"partial_locks","expected":"1..10600","pointer":"/amount","rule":{"id":"city","version":2}}"#,
            )
        },
    ]
}

fn lease_rows() -> Vec<Row> {
    vec![
        Row {
            neighbour: |world| world.sign(&enterprise(1), lock("EXP-7", TOTAL, 30 * DAY)),
            ..whole(
                Code::LockLease,
                "a second longer than thirty days",
                Differ::Says(|_, transition| transition.command = lock("EXP-7", TOTAL, 30 * DAY + 1)),
                r#"{"actual":"2592001","check":"lease_seconds_max","expected":"1..2592000","pointer":"/lease_seconds","rule":{"id":"city","version":1}}"#,
            )
        },
        whole(
            Code::LockLease,
            "no lease at all",
            Differ::Says(|_, transition| transition.command = lock("EXP-7", TOTAL, 0)),
            r#"{"actual":"0","check":"lease_seconds_max","expected":"1..2592000","pointer":"/lease_seconds","rule":{"id":"city","version":1}}"#,
        ),
        whole(
            Code::LockLease,
            "the rules allow less",
            Differ::Before(|world| stricter(world, |limits| limits.lease_seconds_max = Some(86_399))),
            r#"{"actual":"86400","check":"lease_seconds_max","expected":"1..86399","pointer":"/lease_seconds","rule":{"id":"city","version":2}}"#,
        ),
        Row {
            scene: locked,
            neighbour: |world| using(world, |lock| renew(lock, 30 * DAY)),
            ..whole(
                Code::LockLease,
                "renewed beyond thirty days from acceptance",
                Differ::Before(|world| world.pass(1)),
                r#"{"actual":"2592000","check":"lease_seconds_max","expected":"1..2591999","pointer":"/lease_seconds","rule":{"id":"city","version":1}}"#,
            )
        },
    ]
}

pub(super) fn row(
    code: Code,
    difference: &'static str,
    scene: fn() -> World,
    neighbour: fn(&mut World) -> Transition,
    differ: Differ,
    detail: &'static str,
) -> Row {
    Row { difference, scene, neighbour, differ, code, detail }
}

/// Held by a person, and presented to enterprises 1 and 2.
pub(super) fn presented() -> World {
    let mut world = claimed();
    world.accept(&person(0), present(1, 1));
    world.accept(&person(0), present(1, 2));
    world
}

/// Locked by enterprise 1.
pub(super) fn locked() -> World {
    let mut world = presented();
    world.lock(1, 1);
    world
}

/// Locked and booked by enterprise 1.
pub(super) fn booked() -> World {
    let mut world = locked();
    world.accept(&enterprise(1), book(1));
    world
}

/// Presented where parts may be locked.
fn partial() -> World {
    let mut world = presented();
    world.activate(version("city", 2), Limits { partial_locks: true, ..limits() });
    world
}

/// Under fifteen locks of enterprise 1: there is room for one.
fn fifteen() -> World {
    let mut world = partial();
    for place in 1..=15 {
        world.accept(&enterprise(1), lock(&format!("EXP-{place}"), 1, DAY));
    }
    world
}

/// Names enterprise 1 as buyer; a person presented it to enterprises 1 and 2.
pub(super) fn named() -> World {
    let mut world = super::town();
    world.issue(1, Some(uscc(1)));
    let take = world.take(1, &person(0));
    world.accept(&person(0), take);
    world.accept(&person(0), present(1, 1));
    world.accept(&person(0), present(1, 2));
    world
}

/// Held by enterprise 1, and presented to enterprise 2.
pub(super) fn held_by_enterprise() -> World {
    let mut world = super::invoices::issued();
    let take = world.take(1, &enterprise(1));
    world.accept(&enterprise(1), take);
    world.accept(&enterprise(1), present(1, 2));
    world
}

pub(super) fn locking(world: &mut World) -> Transition {
    let command = world.lock_command(1, TOTAL);
    world.sign(&enterprise(1), command)
}

pub(super) fn lock(reference: &str, amount: i64, lease_seconds: i64) -> Command {
    let claim_ref = ClaimRef::parse(reference).unwrap();
    let lease_seconds = u32::try_from(lease_seconds).unwrap();
    Command::Lock {
        invoice: number(1),
        request: LockRequest { claim_ref, amount: fen(amount), lease_seconds },
    }
}

/// The newest lock.
pub(super) fn named_lock(world: &World) -> LockUse {
    let locks = &world.invoice(1).reimbursement.locks;
    let (id, lock) = locks.iter().max_by_key(|(_, lock)| lock.token).unwrap();
    LockUse { id: *id, token: lock.token }
}

/// Enterprise 1 does something with the newest lock.
pub(super) fn using(world: &mut World, command: fn(LockUse) -> Command) -> Transition {
    let command = command(named_lock(world));
    world.sign(&enterprise(1), command)
}

pub(super) fn release(lock: LockUse) -> Command {
    Command::Release { invoice: number(1), lock }
}

pub(super) fn settle(lock: LockUse) -> Command {
    Command::Settle { invoice: number(1), lock }
}

pub(super) fn renew(lock: LockUse, lease_seconds: i64) -> Command {
    Command::Renew { invoice: number(1), lock, lease_seconds: u32::try_from(lease_seconds).unwrap() }
}

pub(super) fn settle_by(world: &mut World, number: usize) {
    let lock = world.lock(1, number);
    world.accept(&enterprise(number), book(1));
    world.accept(&enterprise(number), settle(lock));
}
