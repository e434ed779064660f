//! What becomes of memory and speed when much was done.

use super::chart::lines;
use super::sections::mib;
use super::{Report, Section};
use crate::measured::{Row, whole};
use crate::part::Part;
use crate::platform::PIAO;
use crate::servers::{POSTGRES, RABBITMQ};
use crate::table::{Table, number, spread};

/// Memory after few and after many transitions.
pub(super) fn memory(report: &Report) -> Section {
    let programs = [PIAO, POSTGRES, RABBITMQ];
    let mut headings = vec!["transitions"];
    headings.extend(programs);
    headings.push("piao, more than at first");
    let mut table = Table::new(&headings);
    let piao = |growth: &crate::growth::Growth| growth.resident_bytes.get(PIAO).copied().map(mib);
    let first = report.growth.first().and_then(piao);
    for growth in &report.growth {
        let mut cells = vec![growth.transitions.to_string()];
        cells.extend(programs.map(|program| number(growth.resident_bytes.get(program).copied().map(mib))));
        let more = piao(growth).zip(first).map(|(now, first)| (now / first - 1.0) * 100.0);
        cells.push(more.map_or_else(|| number(None), |more| format!("{more:+.1} %")));
        table.row(cells);
    }
    let points = report.growth.iter().filter_map(|growth| Some((whole(growth.transitions), piao(growth)?)));
    let charts = vec![lines(
        "Resident memory of piao, MiB, by transitions",
        "transitions",
        vec![("piao".to_owned(), points.collect())],
    )];
    let note = "Resident memory (VmRSS) in MiB, over all processes of a program, each time after 3 s with nothing to do. \
                PostgreSQL's counts what its processes share once for each."
        .to_owned();
    Section { title: "Memory", note, table, charts }
}

/// How fast it is in a full database.
pub(super) fn size(report: &Report) -> Section {
    let mut table = Table::new(&[
        "invoices in the database",
        "a second",
        "of the first",
        "p50",
        "p99",
        "database GiB",
        "disk free GiB",
        "rows copied",
        "seconds for it",
        "instead of",
    ]);
    let rows = report.of(Part::Size).collect::<Vec<_>>();
    let first = rows.first().and_then(|row| row.per_second());
    for (row, filled) in rows.iter().zip(&report.filled) {
        let latency = |of: fn(&crate::latency::Percentiles) -> f64| {
            spread(row.spread(|run| run.latency_ms.as_ref().map(of)))
        };
        table.row(vec![
            filled.invoices.to_string(),
            spread(row.spread(|run| Some(run.per_second()))),
            number(Row::per_second(row).zip(first).map(|(now, first)| now / first)),
            latency(|told| told.p50),
            latency(|told| told.p99),
            number(Some(mib(filled.database_bytes) / 1024.0)),
            number(Some(mib(filled.free_bytes) / 1024.0)),
            filled.rows.to_string(),
            number(Some(filled.seconds)),
            filled.instead_of.map(|wanted| wanted.to_string()).unwrap_or_default(),
        ]);
    }
    let note = "The first three steps of new invoices, in a database that holds so many others. Those were copied by COPY \
                from rows that the services themselves had written, each with a number, ids and places of its own. Where the \
                disk had no room for as many as were wanted, the last column says how many those were."
        .to_owned();
    Section { title: "Size", note, table, charts: Vec::new() }
}
