use piao_domain::command::{Command, Transition};
use piao_domain::ids::TransitionId;
use piao_domain::number::{NumberPrefix, Segment};
use piao_domain::quota::{Adjustment, ApplicationStatus, Grant};
use piao_domain::rejection::Code;

use super::issuing::issuing;
use super::rules::retire;
use super::{Differ, Row, town};
use crate::given::{DAY, ISSUER, World, allowance, apply, bureau, enterprise, month, reason, target, uscc};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let row = |code, difference, scene, neighbour, differ, detail| Row {
        difference,
        scene,
        neighbour,
        differ,
        code,
        detail,
    };
    vec![
        row(
            Code::QuotaMonth,
            "the month after next",
            town,
            |world| world.sign(&enterprise(1), apply_for("2026-11")),
            Differ::Says(|_, transition| transition.command = apply_for("2026-12")),
            r#"{"actual":"2026-12","check":"quota.month","expected":"2026-10|2026-11","pointer":"/month"}"#,
        ),
        row(
            Code::QuotaMonth,
            "the month before",
            town,
            |world| world.sign(&enterprise(1), apply_for("2026-10")),
            Differ::Says(|_, transition| transition.command = apply_for("2026-09")),
            r#"{"actual":"2026-09","check":"quota.month","expected":"2026-10|2026-11","pointer":"/month"}"#,
        ),
        row(
            Code::QuotaUnknown,
            "no such application to grant",
            waiting,
            granting,
            Differ::Says(|_, transition| {
                let target = target(1, TransitionId::new([1; 32]));
                transition.command = grant(Grant { target, given: allowance(10, 2), segment: None });
            }),
            "{}",
        ),
        row(
            Code::QuotaUnknown,
            "the application is another issuer's",
            waiting,
            granting,
            Differ::Says(|world, transition| {
                let target = target(2, pending(world));
                transition.command = grant(Grant { target, given: allowance(10, 2), segment: None });
            }),
            "{}",
        ),
        row(
            Code::QuotaUnknown,
            "the application is for another month",
            waiting,
            granting,
            Differ::Says(|world, transition| {
                let target = piao_domain::quota::ApplicationRef {
                    month: month("2026-11"),
                    ..target(1, pending(world))
                };
                transition.command = grant(Grant { target, given: allowance(10, 2), segment: None });
            }),
            "{}",
        ),
        row(
            Code::QuotaUnknown,
            "the application to refuse is granted",
            waiting,
            |world| {
                let target = target(1, first_of(world, 1));
                world.sign(&bureau(), Command::QuotaRefuse { target, reason: reason() })
            },
            Differ::Before(|world| {
                let transition = granting(world);
                world.execute(&transition);
            }),
            "{}",
        ),
        row(
            Code::QuotaUnknown,
            "the application to grant is refused",
            waiting,
            |world| {
                let target = target(1, first_of(world, 1));
                world.sign(&bureau(), grant(Grant { target, given: allowance(10, 2), segment: None }))
            },
            Differ::Before(|world| {
                let target = target(1, pending(world));
                world.accept(&bureau(), Command::QuotaRefuse { target, reason: reason() });
            }),
            "{}",
        ),
        row(
            Code::QuotaUnknown,
            "the application to adjust is not granted",
            waiting,
            |world| adjusting(world, ISSUER, 1_000, 5),
            Differ::Says(|world, transition| {
                let target = target(1, pending(world));
                transition.command = Command::QuotaAdjust(Adjustment { target, given: allowance(1_000, 5) });
            }),
            "{}",
        ),
        row(
            Code::QuotaExhausted,
            "the last invoice of the month is issued",
            || narrowed(200, 1),
            |world| issuing(world, 1),
            Differ::Before(|world| world.issue(2, None)),
            r#"{"check":"quota.invoices","pointer":""}"#,
        ),
        row(
            Code::QuotaExhausted,
            "a fen more than is left",
            || narrowed(200, 2),
            |world| {
                world.issue(2, None);
                issuing(world, 1)
            },
            Differ::Before(|world| {
                let transition = adjusting(world, ISSUER, 199, 2);
                world.execute(&transition);
            }),
            r#"{"actual":"10000","check":"quota.amount","expected":"..9900","pointer":"/amount"}"#,
        ),
        row(
            Code::QuotaExhausted,
            "adjusted below the amount used",
            one_issued,
            |world| adjusting(world, ISSUER, 100, 1),
            Differ::Says(|world, transition| transition.command = adjustment(world, ISSUER, 99, 1)),
            r#"{"actual":"9900","check":"quota.used_amount","expected":"10000..","pointer":"/amount"}"#,
        ),
        row(
            Code::QuotaExhausted,
            "adjusted below the count used",
            one_issued,
            |world| adjusting(world, ISSUER, 100, 1),
            Differ::Says(|world, transition| transition.command = adjustment(world, ISSUER, 100, 0)),
            r#"{"actual":"0","check":"quota.used_count","expected":"1..","pointer":"/count"}"#,
        ),
        row(
            Code::QuotaExhausted,
            "more than an amount can be",
            town,
            |world| world.sign(&enterprise(ISSUER), apply(90_071_992_447_409, 1)),
            Differ::Before(|world| world.does(&bureau(), adjustment(world, ISSUER, 90_071_992_447_409, 50))),
            "{}",
        ),
        row(
            Code::QuotaPending,
            "the month turned, and its application waits",
            || {
                let mut world = town();
                world.accept(
                    &enterprise(ISSUER),
                    Command::QuotaApply { month: month("2026-11"), asked: allowance(5_000_000, 50) },
                );
                world
            },
            |world| issuing(world, 1),
            Differ::Before(|world| world.pass(31 * DAY)),
            "{}",
        ),
        row(
            Code::NumberSegment,
            "begins at the last number allotted",
            waiting,
            |world| granting_segment(world, 51, 52),
            Differ::Says(|world, transition| transition.command = segment_grant(world, 50, 51)),
            r#"{"actual":"50","check":"segment.first","expected":"51..","pointer":"/segment/first"}"#,
        ),
        row(
            Code::NumberSegment,
            "a number too many",
            waiting,
            |world| granting_segment(world, 51, 52),
            Differ::Says(|world, transition| transition.command = segment_grant(world, 51, 53)),
            r#"{"actual":"3","check":"segment.count","expected":"2","pointer":"/segment"}"#,
        ),
        row(
            Code::NumberSegment,
            "no numbering is in force",
            waiting,
            granting,
            Differ::Before(|world| world.does(&bureau(), retire(1))),
            "{}",
        ),
    ]
};

/// A town where enterprise 1 waits for more than the automatic allowance.
fn waiting() -> World {
    let mut world = town();
    world.accept(&enterprise(1), apply(2_000_000, 5));
    world
}

/// A town whose issuer has just so much.
fn narrowed(yuan: i64, count: u32) -> World {
    let mut world = town();
    let command = adjustment(&world, ISSUER, yuan, count);
    world.accept(&bureau(), command);
    world
}

fn one_issued() -> World {
    let mut world = town();
    world.issue(1, None);
    world
}

fn apply_for(text: &str) -> Command {
    Command::QuotaApply { month: month(text), asked: allowance(10, 1) }
}

fn first_of(world: &World, issuer: usize) -> TransitionId {
    let mut own =
        world.state.applications.iter().filter(|(_, application)| application.issuer == uscc(issuer));
    *own.next().unwrap().0
}

fn pending(world: &World) -> TransitionId {
    let waits = world.state.applications.iter().find(|(_, known)| known.status == ApplicationStatus::Pending);
    *waits.unwrap().0
}

fn grant(grant: Grant) -> Command {
    Command::QuotaGrant(grant)
}

fn granting(world: &mut World) -> Transition {
    let target = target(1, pending(world));
    world.sign(&bureau(), grant(Grant { target, given: allowance(10, 2), segment: None }))
}

fn segment_grant(world: &World, first: u64, last: u64) -> Command {
    let segment = Segment::new(NumberPrefix::parse("26951").unwrap(), first, last).unwrap();
    grant(Grant { target: target(1, pending(world)), given: allowance(10, 2), segment: Some(segment) })
}

fn granting_segment(world: &mut World, first: u64, last: u64) -> Transition {
    let command = segment_grant(world, first, last);
    world.sign(&bureau(), command)
}

fn adjustment(world: &World, issuer: usize, yuan: i64, count: u32) -> Command {
    let target = target(issuer, first_of(world, issuer));
    Command::QuotaAdjust(Adjustment { target, given: allowance(yuan, count) })
}

fn adjusting(world: &mut World, issuer: usize, yuan: i64, count: u32) -> Transition {
    let command = adjustment(world, issuer, yuan, count);
    world.sign(&bureau(), command)
}
