//! `cargo xtask simulate`: more seeds of the simulation than a test run has time for, in portions, each written down when
//! it is done, so that it can be stopped and gone on with at any time.

use crate::failure::Failure;
use crate::process;
use crate::workspace;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Seeds between two lines of the record.
const PORTION: u64 = 20_000;
/// No portion is begun that would end later than this, as long as the longest before it took.
const TIME_MAX: Duration = Duration::from_secs(90 * 60);
/// How far it stands back for whatever else the machine does, where nothing is said.
const NICE: u64 = 10;
/// As far as `nice` goes.
const NICE_MAX: u64 = 19;
/// How many seeds there are to be in all.
const TO_REACH: u64 = 1_000_000;
const RECORD: &str = "load-tests/results/simulation.md";
const FAILED_BEFORE: &str = "services/ledger/tests/simulate/failed_before.txt";
const HEADING: &str = "\
# Seeds of the simulation

Written by `cargo xtask simulate`, a row a portion. A seed that fails is kept in
`services/ledger/tests/simulate/failed_before.txt`, which the test command runs before all others.
";

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    from: u64,
    seeds: u64,
    nice: u64,
}

/// What a portion came to.
#[derive(Debug, PartialEq, Eq)]
struct Portion {
    seeds: u64,
    failed: Vec<u64>,
    seconds: String,
}

/// A portion as the record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    date: String,
    commit: String,
    first: u64,
    last: u64,
    /// `none`, or the seeds.
    failed: String,
    seconds: String,
}

/// `simulate [--seeds N] [--from S] [--nice N]`: by default one portion, from where the record ends, at nice 10.
pub(crate) fn command(options: &[&str]) -> Result<ExitCode, Failure> {
    let path = workspace::root().join(RECORD);
    let text = workspace::record(RECORD)?;
    let mut rows = rows(&text);
    let Wanted { from, seeds, nice } = wanted(options, next(&rows))?;
    let (began, mut longest, mut first, mut failed) = (Instant::now(), Duration::ZERO, from, false);
    while first < from + seeds && began.elapsed() + longest < TIME_MAX {
        let since = Instant::now();
        // Before the run: what is committed while it runs is not what it runs.
        let commit = said("git", &["rev-parse", "--short", "HEAD"])?;
        let portion = run(first, PORTION.min(from + seeds - first), nice)?;
        longest = longest.max(since.elapsed());
        failed |= !portion.failed.is_empty();
        first += portion.seeds.max(1);
        keep(&portion.failed, &commit)?;
        rows.push(row(first - portion.seeds.max(1), &portion, commit)?);
        fs::write(&path, written(&rows)).map_err(Failure::io(format!("writing {RECORD}")))?;
    }
    println!("simulated seeds {from} to {}; the record is {RECORD}", first.saturating_sub(1));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn wanted(options: &[&str], next: u64) -> Result<Wanted, Failure> {
    let number = |name: &str, text: &str| {
        text.parse().map_err(|_| Failure::Usage(format!("`{name}` needs a number, not `{text}`")))
    };
    let mut wanted = Wanted { from: next, seeds: PORTION, nice: NICE };
    for option in options.chunks(2) {
        match option {
            ["--from", text] => wanted.from = number("--from", text)?,
            ["--seeds", text] => wanted.seeds = number("--seeds", text)?,
            ["--nice", text] => wanted.nice = number("--nice", text)?.min(NICE_MAX),
            other => return Err(Failure::Usage(format!("`simulate` does not know {}", other.join(" ")))),
        }
    }
    Ok(wanted)
}

/// The rows of a record.
fn rows(record: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells = line.strip_prefix('|')?.split('|').map(str::trim).collect::<Vec<_>>();
        let [date, commit, first, last, failed, seconds, ..] = cells[..] else { return None };
        Some(Row {
            date: date.to_owned(),
            commit: commit.to_owned(),
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            failed: failed.to_owned(),
            seconds: seconds.to_owned(),
        })
    };
    record.lines().filter_map(row).collect()
}

/// The record of some rows.
fn written(rows: &[Row]) -> String {
    let mut table = String::new();
    let mut in_all = 0;
    for (place, Row { date, commit, first, last, failed, seconds }) in rows.iter().enumerate() {
        in_all = seeds(&rows[..=place]);
        table += &format!("| {date} | {commit} | {first} | {last} | {failed} | {seconds} | {in_all} |\n");
    }
    let failed = rows.iter().filter(|row| row.failed != "none").count();
    format!(
        "{HEADING}
{in_all} seeds so far, of {TO_REACH}; portions in which one failed: {failed}.

| date | commit | first seed | last seed | failed | seconds | seeds in all |
|---|---|---:|---:|---|---:|---:|
{table}"
    )
}

/// How many seeds some rows have run, each counted once.
fn seeds(rows: &[Row]) -> u64 {
    let mut ranges = rows.iter().map(|row| (row.first, row.last + 1)).collect::<Vec<_>>();
    ranges.sort_unstable();
    let (mut seeds, mut reached) = (0, 0);
    for (first, end) in ranges {
        seeds += end.saturating_sub(first.max(reached));
        reached = reached.max(end);
    }
    seeds
}

/// The seed after the highest in the record.
fn next(rows: &[Row]) -> u64 {
    rows.iter().map(|row| row.last).max().map_or(1, |last| last + 1)
}

/// A command that stands back for others.
fn gently(command: &Command, nice: u64) -> Command {
    let mut gently = Command::new("nice");
    gently.arg("-n").arg(nice.to_string()).arg(command.get_program()).args(command.get_args());
    gently.current_dir(workspace::root());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => gently.env(name, value),
            None => gently.env_remove(name),
        };
    }
    gently
}

fn run(first: u64, seeds: u64, nice: u64) -> Result<Portion, Failure> {
    let mut command = process::cargo(&[
        "test",
        "--release",
        "--locked",
        "--workspace",
        "--test",
        "simulate",
        "--",
        "--exact",
        "whatever_goes_wrong_what_was_promised_holds",
        "--nocapture",
    ]);
    command.env("PIAO_SIM_SEED", first.to_string()).env("PIAO_SIM_SEEDS", seeds.to_string());
    let mut found = None;
    let ended = process::run_reading_lines(
        gently(&command, nice),
        "simulating",
        "look at the seeds printed above",
        |line| found = read(line).or(found.take()),
    );
    // A seed that fails fails the test, too: that it was run is written down all the same.
    match (found, ended) {
        (Some(portion), _) => Ok(portion),
        (None, Err(failure)) => Err(failure),
        (None, Ok(())) => Err(Failure::Check {
            what: "the simulation did not say what it came to".into(),
            next: "run `cargo test --release --test simulate` by hand".into(),
        }),
    }
}

/// Reads `simulated: from 1 seeds 20000 failed [] seconds 61.2`.
fn read(line: &str) -> Option<Portion> {
    let rest = line.strip_prefix("simulated: from ")?;
    let (_, rest) = rest.split_once(" seeds ")?;
    let (seeds, rest) = rest.split_once(" failed [")?;
    let (failed, seconds) = rest.split_once("] seconds ")?;
    let failed = failed.split(',').map(str::trim).filter(|seed| !seed.is_empty());
    Some(Portion {
        seeds: seeds.parse().ok()?,
        failed: failed.map(|seed| seed.parse().ok()).collect::<Option<_>>()?,
        seconds: seconds.trim().to_owned(),
    })
}

/// Keeps seeds that failed where the test finds them.
fn keep(failed: &[u64], commit: &str) -> Result<(), Failure> {
    if failed.is_empty() {
        return Ok(());
    }
    let path = workspace::root().join(FAILED_BEFORE);
    let mut text = fs::read_to_string(&path).map_err(Failure::io(format!("reading {FAILED_BEFORE}")))?;
    let listed = |text: &str, seed: u64| text.lines().any(|line| line.starts_with(&format!("{seed} ")));
    for seed in failed {
        if listed(&text, *seed) {
            continue;
        }
        text += &format!("{seed} # failed at {commit}\n");
    }
    fs::write(&path, text).map_err(Failure::io(format!("writing {FAILED_BEFORE}")))
}

fn said(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root());
    process::run_quietly(command, "asking what day and commit it is", Duration::from_secs(10))
        .map(|finished| finished.output.trim().to_owned())
}

fn row(first: u64, portion: &Portion, commit: String) -> Result<Row, Failure> {
    let failed = portion.failed.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    Ok(Row {
        date: said("date", &["-u", "+%F %H:%M"])?,
        commit,
        first,
        last: first + portion.seeds.saturating_sub(1),
        failed: if failed.is_empty() { "none".to_owned() } else { failed },
        seconds: portion.seconds.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_portion_came_to_is_read() {
        let check = |line: &str, expect: Option<(u64, &[u64], &str)>| {
            let expect = expect.map(|(seeds, failed, seconds)| Portion {
                seeds,
                failed: failed.to_owned(),
                seconds: seconds.to_owned(),
            });
            assert_eq!(read(line), expect, "{line}");
        };
        check("simulated: from 1 seeds 20000 failed [] seconds 61.2", Some((20_000, &[], "61.2")));
        check("simulated: from 7 seeds 2 failed [7, 8] seconds 0.1", Some((2, &[7, 8], "0.1")));
        check("test result: ok. 1 passed", None);
        check("simulated: from 7 seeds x failed [] seconds 0.1", None);
        check("simulated: from 7 seeds 2 failed [x] seconds 0.1", None);
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_gone_on_with() {
        let row = |first, last, failed: &str| Row {
            date: "2026-11-23 10:00".to_owned(),
            commit: "abc".to_owned(),
            first,
            last,
            failed: failed.to_owned(),
            seconds: "61.2".to_owned(),
        };
        let check = |expect: &[Row], next_seed: u64, says: &str| {
            let text = written(expect);
            assert_eq!(rows(&text), expect, "{text}");
            assert_eq!(next(&rows(&text)), next_seed, "{text}");
            assert!(text.contains(says), "{text}");
        };
        check(&[], 1, "0 seeds so far, of 1000000; portions in which one failed: 0.");
        check(&[row(1, 20_000, "none")], 20_001, "| 61.2 | 20000 |");
        // What is run again is not more.
        check(&[row(1, 100, "none"), row(50, 120, "none")], 121, "| 61.2 | 120 |");
        check(
            &[row(500, 600, "none"), row(1, 100, "7, 8")],
            601,
            "201 seeds so far, of 1000000; portions in which one failed: 1.",
        );
    }

    #[test]
    fn options_name_the_seeds() {
        let check = |options: &[&str], expect: Option<(u64, u64, u64)>| {
            let expect = expect.map(|(from, seeds, nice)| Wanted { from, seeds, nice });
            assert_eq!(wanted(options, 9).ok(), expect, "{options:?}");
        };
        check(&[], Some((9, PORTION, NICE)));
        check(&["--from", "1", "--seeds", "5"], Some((1, 5, NICE)));
        check(&["--nice", "0"], Some((9, PORTION, 0)));
        check(&["--nice", "99"], Some((9, PORTION, NICE_MAX)));
        check(&["--seeds", "many"], None);
        check(&["--seeds"], None);
        check(&["--until", "5"], None);
    }
}
