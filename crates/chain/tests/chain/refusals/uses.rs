use piao_domain::command::Command;
use piao_domain::ids::TransitionId;
use piao_domain::invoice::LockUse;
use piao_domain::rejection::Code;
use piao_domain::rules::Limits;

use super::locks::{
    booked, held_by_enterprise, lock, locked, locking, named_lock, presented, release, row, settle,
    settle_by, using,
};
use super::rules::retire;
use super::{Differ, Row, as_signer};
use crate::given::{DAY, TOTAL, book, enterprise, limits, number, version};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let mut rows = use_rows();
    rows.extend(settled_rows());
    rows.extend(booking_rows());
    rows
};

/// A row whose neighbour releases a lock.
fn released(code: Code, difference: &'static str, differ: Differ) -> Row {
    row(code, difference, locked, |world| using(world, release), differ, "{}")
}

fn use_rows() -> Vec<Row> {
    vec![
        released(
            Code::LockUnknown,
            "no lock of this id",
            Differ::Says(|_, transition| {
                transition.command = release(LockUse { id: TransitionId::new([5; 32]), token: 1 });
            }),
        ),
        released(
            Code::LockNotOwner,
            "another enterprise's lock",
            Differ::Says(|_, transition| as_signer(transition, enterprise(2))),
        ),
        released(
            Code::LockToken,
            "another token",
            Differ::Says(|world, transition| {
                transition.command = release(LockUse { token: 2, ..named_lock(world) });
            }),
        ),
        released(
            Code::LockExpired,
            "released before",
            Differ::Before(|world| {
                let lock = named_lock(world);
                world.accept(&enterprise(1), release(lock));
            }),
        ),
        released(Code::LockExpired, "the lease ran out this second", Differ::Before(|world| world.pass(DAY))),
        released(
            Code::LockExpired,
            "a bureau ended it",
            Differ::Before(|world| {
                world.accept(&crate::given::bureau(), super::invoices::force_release(1));
            }),
        ),
        Row {
            scene: booked,
            neighbour: |world| using(world, settle),
            ..released(
                Code::LockExpired,
                "unbooked after the lease ran out",
                Differ::Before(|world| {
                    world.pass(DAY);
                    world.accept(&enterprise(1), Command::Unbook { invoice: number(1) });
                }),
            )
        },
    ]
}

fn settled_rows() -> Vec<Row> {
    vec![
        Row {
            scene: booked,
            ..released(
                Code::ReimbursementSettled,
                "the lock is settled",
                Differ::Before(|world| {
                    let lock = named_lock(world);
                    world.accept(&enterprise(1), settle(lock));
                }),
            )
        },
        Row {
            scene: presented,
            neighbour: locking,
            ..released(
                Code::ReimbursementSettled,
                "another enterprise settled it",
                Differ::Before(|world| settle_by(world, 2)),
            )
        },
        Row {
            scene: presented,
            neighbour: locking,
            ..released(
                Code::ReimbursementSettled,
                "the signer settled all",
                Differ::Before(|world| settle_by(world, 1)),
            )
        },
        Row {
            scene: held_by_enterprise,
            neighbour: |world| world.sign(&enterprise(1), book(1)),
            ..released(
                Code::ReimbursementSettled,
                "another enterprise settled what the holder would book",
                Differ::Before(|world| settle_by(world, 2)),
            )
        },
    ]
}

fn booking_rows() -> Vec<Row> {
    vec![
        row(
            Code::BookingState,
            "not booked, and the rules no longer waive it",
            || {
                let mut world = locked();
                world.activate(version("city", 2), Limits { booking_required: false, ..limits() });
                world
            },
            |world| using(world, settle),
            Differ::Before(|world| world.does(&crate::given::bureau(), retire(2))),
            r#"{"actual":"01","check":"booking_required","expected":"02|03","pointer":"/invoice","rule":{"id":"city","version":1}}"#,
        ),
        row(
            Code::BookingState,
            "unbooked again before it is settled",
            booked,
            |world| using(world, settle),
            Differ::Before(|world| world.does(&enterprise(1), Command::Unbook { invoice: number(1) })),
            r#"{"actual":"06","check":"booking_required","expected":"02|03","pointer":"/invoice","rule":{"id":"city","version":1}}"#,
        ),
        row(
            Code::BookingState,
            "booked before",
            locked,
            |world| world.sign(&enterprise(1), book(1)),
            Differ::Before(|world| world.does(&enterprise(1), book(1))),
            "{}",
        ),
        row(
            Code::BookingState,
            "unbooked before",
            booked,
            |world| world.sign(&enterprise(1), Command::Unbook { invoice: number(1) }),
            Differ::Before(|world| world.does(&enterprise(1), Command::Unbook { invoice: number(1) })),
            "{}",
        ),
        row(
            Code::BookingOwner,
            "booked by whom it is only presented to",
            locked,
            |world| world.sign(&enterprise(1), book(1)),
            Differ::Says(|_, transition| as_signer(transition, enterprise(2))),
            "{}",
        ),
        row(
            Code::BookingOwner,
            "unbooked by another enterprise",
            booked,
            |world| world.sign(&enterprise(1), Command::Unbook { invoice: number(1) }),
            Differ::Says(|_, transition| as_signer(transition, enterprise(2))),
            "{}",
        ),
        row(
            Code::BookingOwner,
            "locked, though another enterprise booked it",
            held_by_enterprise,
            |world| world.sign(&enterprise(2), lock("EXP-7", TOTAL, DAY)),
            Differ::Before(|world| world.does(&enterprise(1), book(1))),
            "{}",
        ),
        row(
            Code::LockExists,
            "another enterprise locked what the holder would book",
            held_by_enterprise,
            |world| world.sign(&enterprise(1), book(1)),
            Differ::Before(|world| world.lock_by(1, 2)),
            "{}",
        ),
    ]
}
