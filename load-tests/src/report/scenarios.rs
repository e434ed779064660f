//! What a day and a month are like.

use super::chart::bars;
use super::sections::{PROGRAMS, cpu_ms_each, mib};
use super::{Report, Section};
use crate::latency::Percentiles;
use crate::measured::{Row, Run, whole};
use crate::platform::PIAO;
use crate::processes::GENERATOR;
use crate::scenario::Measured;
use crate::servers::{POSTGRES, RABBITMQ};
use crate::table::{Table, number, spread};

/// How fast each is, and how long it takes.
pub(super) fn speeds(report: &Report) -> Section {
    let mut table = Table::new(&[
        "scenario",
        "transitions a second",
        "p50",
        "p95",
        "p99",
        "refused",
        "failed",
        "reads a second",
        "reads' p50",
        "reads' p99",
        "not as expected",
    ]);
    for Measured { row, .. } in &report.scenarios {
        let latency = |of: fn(&Percentiles) -> f64| spread(row.spread(|run| run.latency_ms.as_ref().map(of)));
        let read = |of: fn(&Percentiles) -> f64| {
            spread(row.spread(|run| run.reads.as_ref().map(|reads| of(&reads.latency_ms))))
        };
        let total = |of: fn(&Run) -> u64| row.runs.iter().map(of).sum::<u64>().to_string();
        table.row(vec![
            row.name.clone(),
            spread(row.spread(|run| Some(run.per_second()))),
            latency(|told| told.p50),
            latency(|told| told.p95),
            latency(|told| told.p99),
            total(|run| run.refused),
            total(|run| run.failed),
            spread(row.spread(|run| Some(whole(run.reads?.done) / run.seconds))),
            read(|told| told.p50),
            read(|told| told.p99),
            row.odd().unwrap_or_default(),
        ]);
    }
    let rows = || report.scenarios.iter().map(|measured| &measured.row);
    let median = |row: &Row, of: fn(&Percentiles) -> f64| {
        row.spread(|run| run.latency_ms.as_ref().map(of)).map(|spread| spread.median)
    };
    let latencies = rows().filter_map(|row| {
        let of = |of: fn(&Percentiles) -> f64| median(row, of);
        Some((row.name.clone(), vec![of(|told| told.p50)?, of(|told| told.p95)?, of(|told| told.p99)?]))
    });
    let speeds = rows().filter_map(|row| Some((row.name.clone(), vec![row.per_second()?])));
    let charts = vec![
        bars("Scenarios: transitions a second", &["transitions a second"], speeds.collect()),
        bars("Scenarios: from POST to receipt, ms", &["p50", "p95", "p99"], latencies.collect()),
    ];
    Section { title: "Scenarios", note: note(report), table, charts }
}

fn note(report: &Report) -> String {
    let hour = report.scenarios.iter().find_map(|measured| measured.hour_compressed);
    let hour = hour.map(|times| {
        format!(" At the month's end an hour goes by {} times as fast as it is.", number(Some(times)))
    });
    format!(
        "Times in milliseconds. Flat out: each client asks again when it is answered. Arrivals a second: half of what flat \
         out did, due whatever the answers, and times count from when something was due. A run in which the generator asked \
         for more than 1 % late counts for nothing, and is run again at most twice.{}",
        hour.unwrap_or_default()
    )
}

/// What each costs.
pub(super) fn costs(report: &Report) -> Section {
    let mut headings = vec!["scenario"];
    headings.extend([PIAO, POSTGRES, RABBITMQ, GENERATOR]);
    headings.extend(["cores busy", "WAL", "disk an invoice", "piao MiB", "PostgreSQL MiB", "RabbitMQ MiB"]);
    let mut table = Table::new(&headings);
    for measured in &report.scenarios {
        let row = &measured.row;
        let memory = |program: &str| {
            let of = row.spread(|run| run.memory_bytes.get(program).copied().map(mib));
            number(of.map(|spread| spread.median))
        };
        let mut cells = vec![row.name.clone()];
        cells.extend(cpu_ms_each(row).map(number));
        let busy = |run: &Run| Some(run.cpu_seconds.values().sum::<f64>() / run.seconds);
        cells.push(number(row.spread(busy).map(|spread| spread.median)));
        cells.push(number(row.spread(Run::wal_bytes_each).map(|spread| spread.median)));
        cells.push(number(measured.bytes_an_invoice()));
        cells.extend([PIAO, POSTGRES, RABBITMQ].map(memory));
        table.row(cells);
    }
    let bar = |measured: &Measured| {
        let row = &measured.row;
        (row.name.clone(), cpu_ms_each(row).iter().map(|ms| ms.unwrap_or(0.0)).collect::<Vec<_>>())
    };
    let charts = vec![
        bars("Scenarios: CPU for each transition, ms", &PROGRAMS, report.scenarios.iter().map(bar).collect())
            .stacked(),
    ];
    let note = "For each transition: milliseconds of CPU by program, with those of its reads, and bytes written ahead by \
                PostgreSQL. Cores busy: with all of these. Disk: bytes by which all tables and indexes grew for each new \
                invoice, after VACUUM, up to where the scenario takes it; at the month's end with its issue and claim. \
                Memory in MiB, at the end of a run."
        .to_owned();
    Section { title: "Scenarios: cost", note, table, charts }
}
