//! The record of runs: a row each, which stays as it is, and the sums of all rows beside what is to be reached.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const HEADING: &str = "\
# Real processes, tortured

Written by `cargo xtask torture`, a row a run. What goes wrong in a run follows from its seed; when, from the machine.
Each run is checked as `docs/reliability.md` says; `failed` means that something was wrong, or that it came to no end.
*unknown* are transitions whose client gave up before it knew; *slowest* is from the end of a fault until everything is
ready and the next block is there, *takeover* from the stop of a ledger until another, started then, decides,
*handover* from the death or stop of a ledger until one that stood by leads, *journals* from when everything is ready and the
next block is there until no journal holds a row any more that it held then, while load goes on; each the longest of the run,
in seconds. A disk counts where somebody noticed: PostgreSQL's in *full* and *failing*, that of the ledgers' last checkpoint in
*ledger_full* and *ledger_failing*; runs before those were told apart have PostgreSQL's, either way, in *disks*.

";
/// What a run prints, in this order, and the head of each column.
const COLUMNS: [&str; 29] = [
    "date",
    "commit",
    "seed",
    "seconds",
    "kinds",
    "kills",
    "pairs",
    "stops",
    "takeovers",
    "handovers",
    "postgres",
    "broker",
    "partitions",
    "dropped",
    "clocks",
    "disks",
    "full",
    "failing",
    "ledger_full",
    "ledger_failing",
    "slowest",
    "takeover",
    "handover",
    "journals",
    "lives",
    "transitions",
    "unknown",
    "ended_alone",
    "result",
];
/// Columns that add up, and what they are to come to.
const GOALS: [(&str, &str, u64); 4] = [
    ("kills", "services killed", 1_000),
    ("postgres", "PostgreSQL killed", 100),
    ("broker", "RabbitMQ killed", 50),
    ("partitions", "partitions", 100),
];
const ALSO: [(&str, &str); 13] = [
    ("pairs", "pairs of crash points"),
    ("stops", "processes stopped and woken"),
    ("takeovers", "takeovers"),
    ("handovers", "handovers to a ledger that stood by"),
    ("clocks", "clock steps"),
    ("disks", "disks of PostgreSQL full or failing, not told apart"),
    ("full", "full disks of PostgreSQL"),
    ("failing", "failing disks of PostgreSQL"),
    ("ledger_full", "full disks of the ledger"),
    ("ledger_failing", "failing disks of the ledger"),
    ("lives", "lives"),
    ("transitions", "transitions decided"),
    ("unknown", "unknown outcomes"),
];

/// Pairs of crash points, one of a service and one of the ledger, at which both died together.
pub(super) type Pairs = BTreeSet<String>;

const PAIRS: &str = "\
## Pairs of crash points at which a service and the ledger died together

";
/// What processes come by in their daily work: 9 points of a service, 11 of the ledger.
const PAIRS_MAX: usize = 99;

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    said: BTreeMap<String, String>,
    failed: bool,
}

impl Run {
    /// Reads `tortured: seed 1 seconds 60 … flaws 0`.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words =
            line.strip_prefix("tortured: ")?.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (pairs, rest) = words.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        let said = pairs.iter().cloned().map(|[name, value]| (name, value)).collect::<BTreeMap<_, _>>();
        let failed = said.get("flaws")? != "0";
        Some(Self { said, failed })
    }

    /// A run that never said what it came to.
    pub(super) fn without_end(seed: u64, seconds: u64, kinds: &str) -> Self {
        let said =
            [("seed", seed.to_string()), ("seconds", seconds.to_string()), ("kinds", kinds.to_owned())];
        Self { said: said.map(|(name, value)| (name.to_owned(), value)).into(), failed: true }
    }

    pub(super) fn and_failed(self) -> Self {
        Self { failed: true, ..self }
    }

    pub(super) const fn failed(&self) -> bool {
        self.failed
    }

    pub(super) fn row(&self, date: &str, commit: &str) -> String {
        let cell = |column: &&str| match *column {
            "date" => date.to_owned(),
            "commit" => commit.to_owned(),
            "result" => if self.failed { "failed" } else { "held" }.to_owned(),
            other => self.said.get(other).cloned().unwrap_or_default(),
        };
        format!("| {} |", COLUMNS.iter().map(cell).collect::<Vec<_>>().join(" | "))
    }
}

/// The rows of a record. A column that it did not have yet is empty in them.
pub(super) fn rows(text: &str) -> Vec<String> {
    let head = text.lines().find(|line| line.starts_with("| date |")).map(cells).unwrap_or_default();
    let rows = text.lines().filter(|line| line.starts_with("| 20")).map(cells);
    let rows = rows.filter(|row| row.len() == head.len());
    rows.map(|row| {
        let place = |column: &str| head.iter().position(|name| *name == column);
        let cell = |column: &&str| place(column).map_or("", |place| row[place]);
        format!("| {} |", COLUMNS.iter().map(cell).collect::<Vec<_>>().join(" | "))
    })
    .collect()
}

/// The pairs of a record.
pub(super) fn pairs(text: &str) -> Pairs {
    text.lines().filter(|line| line.starts_with("| edge.")).map(str::to_owned).collect()
}

/// Reads `died together: edge.journal.after ledger.ack.before`.
pub(super) fn read_pair(line: &str) -> Option<String> {
    let (edge, ledger) = line.strip_prefix("died together: ")?.split_once(' ')?;
    Some(format!("| {edge} | {ledger} |"))
}

/// The whole record.
pub(super) fn text(rows: &[String], pairs: &Pairs) -> String {
    let mut text = format!("{HEADING}{}\n\n", totals(rows));
    let head = |of: &dyn Fn(&str) -> String| {
        format!("| {} |", COLUMNS.iter().map(|column| of(column)).collect::<Vec<_>>().join(" | "))
    };
    writeln!(text, "{}\n{}", head(&str::to_owned), head(&|_| "---".to_owned())).ok();
    rows.iter().for_each(|row| {
        writeln!(text, "{row}").ok();
    });
    writeln!(text, "\n{PAIRS}{} of {PAIRS_MAX}.\n\n| service | ledger |\n|---|---|", pairs.len()).ok();
    pairs.iter().for_each(|pair| {
        writeln!(text, "{pair}").ok();
    });
    text
}

/// What all runs come to, beside what they are to come to.
pub(super) fn totals(rows: &[String]) -> String {
    let mut text = "| all runs | so far | to reach |\n|---|---:|---:|\n".to_owned();
    for (column, name, goal) in GOALS {
        writeln!(text, "| {name} | {} | {goal} |", sum(rows, column)).ok();
    }
    for (column, name) in ALSO {
        writeln!(text, "| {name} | {} | |", sum(rows, column)).ok();
    }
    let failed = rows.iter().filter(|row| cell(row, "result") == "failed").count();
    writeln!(text, "| runs, of which failed | {}, {failed} | |", rows.len()).ok();
    text.trim_end().to_owned()
}

/// The seed after the highest.
pub(super) fn next(rows: &[String]) -> u64 {
    rows.iter().filter_map(|row| cell(row, "seed").parse::<u64>().ok()).max().map_or(1, |last| last + 1)
}

fn sum(rows: &[String], column: &str) -> u64 {
    rows.iter().filter_map(|row| cell(row, column).parse::<u64>().ok()).sum()
}

fn cell<'a>(row: &'a str, column: &str) -> &'a str {
    let place = COLUMNS.iter().position(|name| *name == column);
    place.and_then(|place| cells(row).get(place).copied()).unwrap_or_default()
}

fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "tortured: seed 4 seconds 60 kinds service,broker kills 12 postgres 3 lives 200 flaws 0";

    #[test]
    fn what_a_run_came_to_is_read_and_becomes_a_row_that_is_found_again() {
        let run = Run::read(LINE).unwrap();
        assert!(!run.failed());
        let pair = read_pair("died together: edge.journal.after ledger.ack.before").unwrap();
        let text = text(&[run.row("2026-11-23 10:00", "abc")], &Pairs::from([pair.clone()]));
        assert_eq!((read_pair("test result: ok"), pairs(&text)), (None, Pairs::from([pair])));
        let rows = rows(&text);
        assert_eq!(rows.len(), 1);
        assert_eq!((cell(&rows[0], "kinds"), cell(&rows[0], "result")), ("service,broker", "held"));
        assert_eq!((sum(&rows, "kills"), sum(&rows, "broker"), next(&rows)), (12, 0, 5));
        assert_eq!(Run::read("test result: ok"), None);
        assert_eq!(Run::read("tortured: seed"), None);
        assert!(Run::read(&LINE.replace("flaws 0", "flaws 2")).unwrap().failed());
    }

    #[test]
    fn rows_from_before_a_column_was_there_stay_and_say_nothing_of_it() {
        let before = "| date | commit | seed | disks | result |\n| --- | --- | --- | --- | --- |\n\
                      | 2026-11-23 10:00 | abc | 4 | 3 |  |\n| 2026-11-23 10:05 | short |\n";
        let found = rows(before);
        assert_eq!(found.len(), 1);
        for (column, expect) in
            [("seed", "4"), ("disks", "3"), ("full", ""), ("slowest", ""), ("journals", ""), ("result", "")]
        {
            assert_eq!(cell(&found[0], column), expect, "{column}");
        }
        assert_eq!(rows(&text(&found, &Pairs::new())), found);
        assert_eq!((sum(&found, "disks"), sum(&found, "full")), (3, 0));
    }

    #[test]
    fn rows_add_up_and_a_failed_run_is_counted() {
        let good = Run::read(LINE).unwrap().row("2026-11-23 10:00", "abc");
        let bad = Run::without_end(9, 60, "service").row("2026-11-23 10:05", "abc");
        let all = [good.clone(), good, bad];
        let text = text(&all, &Pairs::new());
        assert!(text.contains("| services killed | 24 | 1000 |"), "{text}");
        assert!(text.contains("| runs, of which failed | 3, 1 | |"), "{text}");
        assert_eq!((rows(&text).as_slice(), next(&all)), (all.as_slice(), 10));
        assert_eq!(next(&[]), 1);
    }
}
