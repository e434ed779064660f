use piao_domain::command::Command;
use piao_domain::rejection::Code;
use piao_domain::rules::{Limits, RateEntry, RuleChange};
use piao_domain::time::Date;

use super::{Differ, Row, town};
use crate::given::{World, bureau, date, deploy, limits, version};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let row = |code, difference, neighbour, differ, detail| Row {
        difference,
        scene: town,
        neighbour,
        differ,
        code,
        detail,
    };
    vec![
        row(
            Code::RulesInvalid,
            "no lease at all",
            deploying,
            Differ::Says(|_, transition| {
                transition.command = second(Limits { lease_seconds_max: Some(0), ..limits() });
            }),
            r#"{"actual":"0","check":"rules.lease","expected":"1..","pointer":"/limits/lease_seconds_max"}"#,
        ),
        row(
            Code::RulesInvalid,
            "an allowance without numbers",
            deploying,
            Differ::Says(|_, transition| transition.command = second(Limits { numbering: None, ..limits() })),
            r#"{"check":"rules.numbering","pointer":"/limits/numbering"}"#,
        ),
        row(
            Code::RulesInvalid,
            "a rate that ends before it begins",
            deploying,
            Differ::Says(|_, transition| {
                let to = Some(date("2025-12-31"));
                let rates = limits().rates.into_iter().map(|entry| RateEntry { to, ..entry }).collect();
                transition.command = second(Limits { rates, ..limits() });
            }),
            r#"{"actual":"2025-12-31","check":"rules.rate_dates","expected":"2026-01-01..","pointer":"/limits/rates/0/to"}"#,
        ),
        row(
            Code::RulesInvalid,
            "active from yesterday",
            |world| {
                world.accept(&bureau(), second(limits()));
                world.sign(&bureau(), activate(2, date("2026-10-01")))
            },
            Differ::Says(|_, transition| transition.command = activate(2, date("2026-09-30"))),
            r#"{"actual":"2026-09-30","check":"rules.from","expected":"2026-10-01..","pointer":"/from"}"#,
        ),
        row(
            Code::RulesVersion,
            "the version is there",
            deploying,
            Differ::Before(|world| world.does(&bureau(), second(limits()))),
            "{}",
        ),
        row(
            Code::RulesVersion,
            "a higher version is there",
            deploying,
            Differ::Before(|world| world.does(&bureau(), deploy(version("city", 3), limits()))),
            "{}",
        ),
        row(
            Code::RulesVersion,
            "the version to activate is not there",
            activating,
            Differ::Says(|_, transition| transition.command = activate(3, date("2026-10-01"))),
            "{}",
        ),
        row(
            Code::RulesVersion,
            "the version to activate is active",
            activating,
            Differ::Says(|_, transition| transition.command = activate(1, date("2026-10-01"))),
            "{}",
        ),
        row(
            Code::RulesVersion,
            "the version to retire is retired",
            |world| world.sign(&bureau(), retire(1)),
            Differ::Before(|world| world.does(&bureau(), retire(1))),
            "{}",
        ),
        row(
            Code::RulesVersion,
            "the version to retire is not there",
            |world| world.sign(&bureau(), retire(1)),
            Differ::Says(|_, transition| transition.command = retire(2)),
            "{}",
        ),
    ]
};

fn deploying(world: &mut World) -> piao_domain::command::Transition {
    world.sign(&bureau(), second(limits()))
}

fn activating(world: &mut World) -> piao_domain::command::Transition {
    world.accept(&bureau(), second(limits()));
    world.sign(&bureau(), activate(2, date("2026-10-01")))
}

fn second(limits: Limits) -> Command {
    deploy(version("city", 2), limits)
}

fn activate(number: u32, from: Date) -> Command {
    Command::Rules(RuleChange::Activate { version: version("city", number), from })
}

pub(super) fn retire(number: u32) -> Command {
    Command::Rules(RuleChange::Retire { version: version("city", number) })
}
