//! What is told of rows that are about more than how fast something is.

use super::chart::{Chart, bars, lines};
use super::sections::mib;
use super::{Report, Section};
use crate::measured::{Spread, whole};
use crate::overload::{Flood, Overload};
use crate::storm::{INVOICES, Storm};
use crate::table::{Table, number, spread};

/// What became of more than the platform can do.
pub(super) fn overload(report: &Report) -> Section {
    let mut table = Table::new(&[
        "offered",
        "accepted a second",
        "of the peak",
        "told to wait",
        "refused",
        "failed",
        "p99 before",
        "p99 of accepted",
        "seconds until normal",
        "generator's cores",
        "not as expected",
    ]);
    for overload in &report.overload {
        table.row(overload_row(overload));
    }
    let bar = |overload: &Overload| {
        (format!("{} times the peak", overload.times), median(overload, |run| Some(run.accepted_per_second)))
    };
    let told = report.overload.iter().map(bar).filter_map(|(name, told)| Some((name, vec![told?.median])));
    let mut charts = vec![bars("Accepted a second under overload", &["accepted a second"], told.collect())];
    charts.extend(report.overload.iter().filter_map(timeline));
    let note = "Issuing alone, offered at a fixed rate: half of the peak, then so many times the peak, then half of it again. \
                Latency counts from when it was due. Told to wait is 429 or 503 with Retry-After; normal is again when in \
                three seconds nothing was turned away and 95 of a hundred had their receipt within twice what 99 of a \
                hundred had before, or within 50 ms."
        .to_owned();
    Section { title: "Overload", note, table, charts }
}

fn median(overload: &Overload, of: impl Fn(&Flood) -> Option<f64>) -> Option<Spread> {
    Spread::of(overload.runs.iter().filter(|run| run.discarded.is_none()).filter_map(of).collect())
}

fn overload_row(overload: &Overload) -> Vec<String> {
    let told = |of: &dyn Fn(&Flood) -> Option<f64>| spread(median(overload, of));
    let total = |of: fn(&Flood) -> u64| overload.runs.iter().map(of).sum::<u64>().to_string();
    let counted = overload.runs.iter().filter(|run| run.discarded.is_none()).count();
    // A run after which it was never normal has no number, and must not be left out of a median.
    let never = overload.runs.iter().any(|run| run.discarded.is_none() && run.normal_after_seconds.is_none());
    let normal = told(&|run| run.normal_after_seconds.map(whole));
    let odd = overload.runs.iter().find_map(|run| run.discarded.clone().or_else(|| run.surprise.clone()));
    vec![
        format!(
            "{} × {}, {counted} of {} runs",
            overload.times,
            number(Some(overload.peak_per_second)),
            overload.runs.len()
        ),
        told(&|run| Some(run.accepted_per_second)),
        told(&|run| Some(run.accepted_per_second / overload.peak_per_second)),
        total(|run| run.told_to_wait),
        total(|run| run.refused),
        total(|run| run.failed),
        told(&|run| run.before_ms.map(|told| told.p99)),
        told(&|run| run.under_ms.map(|told| told.p99)),
        if never { "never".to_owned() } else { normal },
        told(&|run| Some(run.used.cpu_seconds.get(crate::processes::GENERATOR)? / run.used.seconds)),
        odd.unwrap_or_default(),
    ]
}

/// What the platform had in memory, run by run: what grows from one to the next has no bound.
pub(super) fn overload_memory(report: &Report) -> Section {
    let mut table = Table::new(&["run", "MiB before", "while it lasted", "at its end", "long after"]);
    for Overload { times, runs, .. } in &report.overload {
        for (place, Flood { memory_bytes, .. }) in runs.iter().enumerate() {
            let told = memory_bytes.iter().map(|bytes| number(Some(mib(*bytes)))).collect::<Vec<_>>();
            let [before, meanwhile @ .., end, after] = told.as_slice() else { continue };
            let name = format!("{times} times the peak, {}", place + 1);
            table.row(vec![name, before.clone(), meanwhile.join(", "), end.clone(), after.clone()]);
        }
    }
    let note = "Proportional set size of piao, one run after the other on one platform, at equal times while more was offered \
                than it could do."
        .to_owned();
    Section { title: "Overload: memory", note, table, charts: Vec::new() }
}

/// Who won, and where the receipts of all others are.
pub(super) fn storms(report: &Report) -> Section {
    let mut table = Table::new(&[
        "lock storm",
        "attempts of whoever tried least",
        "invoices with one winner",
        "locks",
        "refusals",
        "receipts in the log",
        "bundles verified",
        "not as expected",
    ]);
    for (place, storm) in report.storms.iter().enumerate() {
        let Storm {
            attempts_each_least, invoices_with_one_winner, accepted, refused, receipts_in_log, ..
        } = storm;
        table.row(vec![
            format!("{}", place + 1),
            attempts_each_least.to_string(),
            format!("{invoices_with_one_winner} of {INVOICES}"),
            accepted.to_string(),
            refused.to_string(),
            format!("{receipts_in_log} of {}", accepted + refused),
            storm.bundles_verified.to_string(),
            storm.odd.clone().unwrap_or_default(),
        ]);
    }
    let note = "How many refusals a second: see the row above. Afterwards every receipt, whenever it came, was looked up: the \
                whole log was read, its root compared with the checkpoint that the log's key signed, and the entry at the \
                place that the receipt names with its transition and outcome. One proof bundle an enterprise was verified \
                as well."
        .to_owned();
    Section { title: "Lock storm", note, table, charts: Vec::new() }
}

fn timeline(overload: &Overload) -> Option<Chart> {
    let run = overload.runs.iter().find(|run| run.discarded.is_none())?;
    let points = |of: fn(&crate::overload::Second) -> f64| {
        run.timeline.iter().enumerate().map(|(place, second)| (whole(place as u64), of(second))).collect()
    };
    let title = format!("{} times the peak, second by second", overload.times);
    let series: Vec<(String, Vec<(f64, f64)>)> = vec![
        ("offered".to_owned(), points(|second| whole(second.offered))),
        ("receipts".to_owned(), points(|second| whole(second.receipts))),
        ("told to wait".to_owned(), points(|second| whole(second.told_to_wait))),
    ];
    Some(lines(&title, "second", series).plain())
}
