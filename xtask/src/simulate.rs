//! `cargo xtask simulate`: more seeds of the simulation than a test run has time for, in portions, each written down when
//! it is done, so that it can be stopped and gone on with at any time.

use crate::failure::Failure;
use crate::process;
use crate::workspace;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Seeds between two lines of the record.
const PORTION: u64 = 20_000;
/// After so long no other portion is begun.
const TIME_MAX: Duration = Duration::from_secs(90 * 60);
const RECORD: &str = "load-tests/results/simulation.md";
const HEADING: &str = "\
# Seeds of the simulation

Written by `cargo xtask simulate`. A seed that fails is kept as a row of `services/ledger/tests/simulate`.

| date | commit | from | to | failed | seconds |
|---|---|---|---|---|---|
";

/// What a portion came to.
#[derive(Debug, PartialEq, Eq)]
struct Portion {
    seeds: u64,
    failed: String,
    seconds: String,
}

/// `simulate [--seeds N] [--from S]`: by default one portion, from where the record ends.
pub(crate) fn command(options: &[&str]) -> Result<ExitCode, Failure> {
    let path = workspace::root().join(RECORD);
    let record = match fs::read_to_string(&path) {
        Ok(record) => record,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => HEADING.to_owned(),
        Err(error) => return Err(Failure::io(format!("reading {RECORD}"))(error)),
    };
    let (from, seeds) = wanted(options, next(&record))?;
    let (began, mut first, mut record, mut failed) = (Instant::now(), from, record, false);
    while first < from + seeds && began.elapsed() < TIME_MAX {
        let portion = run(first, PORTION.min(from + seeds - first))?;
        record.push_str(&row(first, &portion)?);
        fs::write(&path, &record).map_err(Failure::io(format!("writing {RECORD}")))?;
        first += portion.seeds.max(1);
        failed |= portion.failed != "none";
    }
    println!("simulated seeds {from} to {}; the record is {RECORD}", first - 1);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn wanted(options: &[&str], next: u64) -> Result<(u64, u64), Failure> {
    let number = |name: &str, text: &str| {
        text.parse().map_err(|_| Failure::Usage(format!("`{name}` needs a number, not `{text}`")))
    };
    let (mut from, mut seeds) = (next, PORTION);
    for option in options.chunks(2) {
        match option {
            ["--from", text] => from = number("--from", text)?,
            ["--seeds", text] => seeds = number("--seeds", text)?,
            other => return Err(Failure::Usage(format!("`simulate` does not know {}", other.join(" ")))),
        }
    }
    Ok((from, seeds))
}

/// The seed after the highest in the record.
fn next(record: &str) -> u64 {
    let to = |line: &str| line.split('|').nth(4)?.trim().parse::<u64>().ok();
    record.lines().filter_map(to).max().map_or(1, |to| to + 1)
}

fn run(first: u64, seeds: u64) -> Result<Portion, Failure> {
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
    let ended =
        process::run_reading_lines(command, "simulating", "look at the seeds printed above", |line| {
            found = read(line).or(found.take());
        });
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
    let failed = if failed.is_empty() { "none" } else { failed };
    Some(Portion {
        seeds: seeds.parse().ok()?,
        failed: failed.to_owned(),
        seconds: seconds.trim().to_owned(),
    })
}

fn row(first: u64, portion: &Portion) -> Result<String, Failure> {
    let said = |arguments: &[&str], program: &str| {
        let mut command = std::process::Command::new(program);
        command.args(arguments).current_dir(workspace::root());
        process::run_quietly(command, "asking what day and commit it is", Duration::from_secs(10))
            .map(|finished| finished.output.trim().to_owned())
    };
    let date = said(&["-u", "+%F %H:%M"], "date")?;
    let commit = said(&["rev-parse", "--short", "HEAD"], "git")?;
    let Portion { seeds, failed, seconds } = portion;
    let to = first + seeds.saturating_sub(1);
    Ok(format!("| {date} | {commit} | {first} | {to} | {failed} | {seconds} |\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_portion_came_to_is_read() {
        let check = |line: &str, expect: Option<(u64, &str, &str)>| {
            let expect = expect.map(|(seeds, failed, seconds)| Portion {
                seeds,
                failed: failed.to_owned(),
                seconds: seconds.to_owned(),
            });
            assert_eq!(read(line), expect, "{line}");
        };
        check("simulated: from 1 seeds 20000 failed [] seconds 61.2", Some((20_000, "none", "61.2")));
        check("simulated: from 7 seeds 2 failed [7, 8] seconds 0.1", Some((2, "7, 8", "0.1")));
        check("test result: ok. 1 passed", None);
        check("simulated: from 7 seeds x failed [] seconds 0.1", None);
    }

    #[test]
    fn it_goes_on_after_the_highest_seed_of_the_record() {
        let check = |rows: &str, expect: u64| assert_eq!(next(&format!("{HEADING}{rows}")), expect, "{rows}");
        check("", 1);
        check("| 2026-11-23 10:00 | abc | 1 | 20000 | none | 61.2 |\n", 20_001);
        check("| a | b | 500 | 600 | none | 1 |\n| a | b | 1 | 100 | 7 | 1 |\n", 601);
    }

    #[test]
    fn options_name_the_seeds() {
        let check = |options: &[&str], expect: Option<(u64, u64)>| {
            assert_eq!(wanted(options, 9).ok(), expect, "{options:?}");
        };
        check(&[], Some((9, PORTION)));
        check(&["--from", "1", "--seeds", "5"], Some((1, 5)));
        check(&["--seeds", "many"], None);
        check(&["--seeds"], None);
        check(&["--until", "5"], None);
    }
}
