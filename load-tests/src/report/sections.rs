//! The tables of the report and what is drawn of them.

use super::chart::{Chart, bars, lines};
use super::{Report, Section};
use crate::disk::Disk;
use crate::latency::Percentiles;
use crate::machine::Machine;
use crate::measured::{Row, Run, whole};
use crate::part::Part;
use crate::plain_service::SERVICE;
use crate::platform::PIAO;
use crate::processes::GENERATOR;
use crate::servers::{POSTGRES, RABBITMQ};
use crate::table::{Table, number, spread};

/// All that something was measured for, in order.
pub(super) fn of(report: &Report) -> Vec<Section> {
    let mut sections = vec![
        speeds(report),
        ratios(report),
        latencies(report),
        costs(report),
        super::scenarios::speeds(report),
        super::scenarios::costs(report),
        super::load::overload(report),
        super::load::overload_memory(report),
        super::load::storms(report),
        super::grown::memory(report),
        super::grown::size(report),
    ];
    sections.extend(report.disk.as_ref().map(disk));
    sections.retain(|section| !section.table.is_empty());
    sections.push(machine(&report.machine));
    sections
}

fn speeds(report: &Report) -> Section {
    let mut table = Table::new(&["row", "a second", "transitions a block"]);
    for row in &report.rows {
        let block =
            row.spread(|run| run.blocks.filter(|blocks| *blocks > 0).map(|blocks| each(run.done, blocks)));
        table.row(vec![
            row.name.clone(),
            format!("{} {}", spread(row.spread(|run| Some(run.per_second()))), row.unit),
            spread(block),
        ]);
    }
    let bar = |row: &Row| Some((row.name.clone(), vec![row.per_second()?]));
    let transitions = report.rows.iter().filter(|row| row.unit == "transitions" && row.part != Part::Signing);
    let by_clients = |of: &dyn Fn(&Row) -> Option<f64>| {
        report.of(Part::Rest).filter_map(|row| Some((whole(row.clients? as u64), of(row)?))).collect()
    };
    let latency = |of: fn(&Percentiles) -> f64| {
        move |row: &Row| row.spread(|run| run.latency_ms.as_ref().map(of)).map(|spread| spread.median)
    };
    let charts = vec![
        bars("Transitions a second", &["transitions a second"], transitions.filter_map(bar).collect()),
        lines(
            "Closed loop over REST: transitions a second by clients",
            "clients",
            vec![("transitions a second".to_owned(), by_clients(&Row::per_second))],
        ),
        lines(
            "Closed loop over REST: from POST to receipt by clients, ms",
            "clients",
            vec![
                ("p50".to_owned(), by_clients(&latency(|told| told.p50))),
                ("p95".to_owned(), by_clients(&latency(|told| told.p95))),
                ("p99".to_owned(), by_clients(&latency(|told| told.p99))),
            ],
        ),
    ];
    Section { title: "Throughput", note: String::new(), table, charts }
}

fn ratios(report: &Report) -> Section {
    let ratio = |of: Option<f64>, to: Option<f64>| Some(of? / to.filter(|to| *to > 0.0)?);
    let best = |part: Part| report.best(part);
    // Of the same number of clients.
    let crowds = [Part::Service, Part::Storm].into_iter().flat_map(|part| report.of(part));
    let clients = crowds.filter_map(|row| row.clients).next();
    let same = report.of(Part::Rest).find(|row| row.clients == clients).and_then(Row::per_second);
    let rows = [
        ("best over REST : PostgreSQL alone", ratio(best(Part::Rest), best(Part::Postgres))),
        ("over REST : service without a ledger, as many clients", ratio(same, best(Part::Service))),
        ("service without a ledger : PostgreSQL alone", ratio(best(Part::Service), best(Part::Postgres))),
        ("refusals of the lock storm : over REST, as many clients", ratio(best(Part::Storm), same)),
        ("ledger alone : k256 on all cores", ratio(best(Part::Ledger), best(Part::Signatures))),
    ];
    let mut table = Table::new(&["ratio", ""]);
    for (name, of) in rows {
        if of.is_some() {
            table.row(vec![name.to_owned(), number(of)]);
        }
    }
    Section { title: "Ratios", note: String::new(), table, charts: Vec::new() }
}

fn latencies(report: &Report) -> Section {
    let mut table =
        Table::new(&["row", "p50", "p95", "p99", "most", "refused", "failed", "what came instead"]);
    let measured = || report.rows.iter().filter(|row| row.runs.iter().any(|run| run.latency_ms.is_some()));
    let median = |row: &Row, of: fn(&Percentiles) -> f64| row.spread(|run| run.latency_ms.as_ref().map(of));
    for row in measured() {
        let of = |of: fn(&Percentiles) -> f64| spread(median(row, of));
        let total = |of: fn(&Run) -> u64| row.runs.iter().map(of).sum::<u64>().to_string();
        table.row(vec![
            row.name.clone(),
            of(|told| told.p50),
            of(|told| told.p95),
            of(|told| told.p99),
            of(|told| told.max),
            total(|run| run.refused),
            total(|run| run.failed),
            row.odd().unwrap_or_default(),
        ]);
    }
    let bar = |row: &Row| {
        let of = |of: fn(&Percentiles) -> f64| median(row, of).map(|spread| spread.median);
        Some((row.name.clone(), vec![of(|told| told.p50)?, of(|told| told.p95)?, of(|told| told.p99)?]))
    };
    let charts =
        vec![bars("From POST to receipt, ms", &["p50", "p95", "p99"], measured().filter_map(bar).collect())];
    let note = "From POST to receipt in milliseconds, and what was not accepted.".to_owned();
    Section { title: "Latency", note, table, charts }
}

/// What stands in a column of costs: the program that is measured, and the servers below it.
pub(super) const PROGRAMS: [&str; 4] = ["piao or service", POSTGRES, RABBITMQ, GENERATOR];

fn costs(report: &Report) -> Section {
    let mut headings = vec!["row"];
    headings.extend(PROGRAMS);
    headings.extend(["all but the generator", "WAL", "program MiB", "PostgreSQL MiB", "RabbitMQ MiB"]);
    let mut table = Table::new(&headings);
    let measured = || report.rows.iter().filter(|row| row.runs.iter().any(|run| !run.cpu_seconds.is_empty()));
    for row in measured() {
        let cpu = cpu_ms_each(row);
        let memory = |of: fn(&Run) -> Option<u64>| {
            number(row.spread(|run| of(run).map(mib)).map(|spread| spread.median))
        };
        let mut cells = vec![row.name.clone()];
        cells.extend(cpu.iter().copied().map(number));
        // A sum of nothing is a negative zero.
        cells.push(number(Some(cpu[..3].iter().flatten().sum::<f64>().abs())));
        cells.push(number(row.spread(Run::wal_bytes_each).map(|spread| spread.median)));
        cells.push(memory(|run| {
            [PIAO, SERVICE].iter().find_map(|program| run.memory_bytes.get(program)).copied()
        }));
        cells.push(memory(|run| run.memory_bytes.get(POSTGRES).copied()));
        cells.push(memory(|run| run.memory_bytes.get(RABBITMQ).copied()));
        table.row(cells);
    }
    let bar = |row: &Row| {
        (row.name.clone(), cpu_ms_each(row).iter().map(|ms| ms.unwrap_or(0.0)).collect::<Vec<_>>())
    };
    // A lonely client's row would be all there is to see.
    let busy = measured().filter(|row| row.clients != Some(1));
    let charts = vec![bars("CPU for each transition, ms", &PROGRAMS, busy.map(bar).collect()).stacked()];
    let note = "For each transition: milliseconds of CPU by program, and bytes written ahead by PostgreSQL. At the end of a \
                row: memory in MiB."
        .to_owned();
    Section { title: "Cost", note, table, charts }
}

pub(super) fn cpu_ms_each(row: &Row) -> [Option<f64>; 4] {
    let of = |program: &str| row.spread(|run| run.cpu_ms_each(program)).map(|spread| spread.median);
    [of(PIAO).or_else(|| of(SERVICE)), of(POSTGRES), of(RABBITMQ), of(GENERATOR)]
}

fn disk(disk: &Disk) -> Section {
    let mut table = Table::new(&["schema", "MiB", "bytes a transition"]);
    for (schema, bytes) in &disk.schemas {
        let share = each(*bytes, disk.transitions);
        table.row(vec![schema.clone(), number(Some(mib(*bytes))), number(Some(share))]);
    }
    table.row(vec!["all".to_owned(), number(Some(mib(disk.bytes))), number(disk.bytes_each())]);
    let bar = |(schema, bytes): &(String, u64)| (schema.clone(), vec![each(*bytes, disk.transitions)]);
    let charts = vec![bars(
        "Bytes on disk for each transition, by schema",
        &["bytes a transition"],
        disk.schemas.iter().map(bar).collect(),
    )];
    let note = format!(
        "Tables and indexes of the platform after VACUUM, {} transitions on the record.",
        disk.transitions
    );
    Section { title: "Disk", note, table, charts }
}

fn machine(machine: &Machine) -> Section {
    let Machine { cores, cpu, memory_mib, kernel, rabbitmq, postgres, load_before, niceness, .. } = machine;
    let mut table = Table::new(&["machine", ""]);
    let mut row = |name: &str, value: String| table.row(vec![name.to_owned(), value]);
    row("cores", format!("{cores} of {cpu}"));
    row("memory", format!("{memory_mib} MiB"));
    row("Linux", kernel.clone());
    row("load before", load_before.clone());
    row("niceness of the open loop's threads", niceness.to_string());
    row("RabbitMQ", rabbitmq.clone());
    for (name, value) in postgres {
        row(&format!("PostgreSQL {name}"), value.clone());
    }
    let note = "The settings of PostgreSQL hold for all rows: there is one server.".to_owned();
    Section { title: "Machine", note, table, charts: Vec::<Chart>::new() }
}

pub(super) fn mib(bytes: u64) -> f64 {
    whole(bytes) / f64::from(1 << 20)
}

pub(super) fn each(what: u64, of: u64) -> f64 {
    whole(what) / whole(of.max(1))
}
