//! `cargo xtask torture`: real processes are killed, stopped and cut off for as long as one likes, in runs of some minutes,
//! each written down when it is done, so that it can be stopped and gone on with at any time.

mod record;

use crate::failure::Failure;
use crate::servers::install;
use crate::{process, python, workspace};
use record::{Pairs, Run};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// A run is as long as this, or as what is left.
const RUN: Duration = Duration::from_secs(5 * 60);
/// How long where nothing is said.
const MINUTES: u64 = 5;
/// After so long no other run is begun.
const MINUTES_MAX: u64 = 90;
const KINDS: &str = "service,postgres,broker,partition";
/// Of everything, where the machine can.
const KINDS_OF_SAMPLE: &str = "service,postgres,broker,partition,clock,disk";
/// So many digits of a commit's id are its seed: more would be hard to read out.
const SEED_DIGITS: usize = 6;
const RECORD: &str = "load-tests/results/torture.md";
const TEST: &str = "whatever_dies_or_is_cut_off_what_was_promised_holds";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    minutes: u64,
    seed: u64,
    kinds: String,
}

/// `torture [--minutes N] [--seed S] [--kinds K,…]`: by default one run, from the seed after the last of the record.
pub(crate) fn command(options: &[&str]) -> Result<ExitCode, Failure> {
    let path = workspace::root().join(RECORD);
    let text = workspace::record(RECORD)?;
    let (mut rows, mut pairs) = (record::rows(&text), record::pairs(&text));
    let wanted = wanted(options, record::next(&rows))?;
    // What a run starts for itself must be there; so must the Python of the second verifier.
    install::postgres_programs()?;
    install::rabbitmq_programs()?;
    install::cutting_programs();
    let python = python::ready()?;
    let (began, whole) = (Instant::now(), Duration::from_secs(60 * wanted.minutes));
    let (mut seed, mut failed) = (wanted.seed, false);
    while began.elapsed() < whole && !failed {
        let left = whole.saturating_sub(began.elapsed());
        let ended = run(seed, RUN.min(left), &wanted.kinds, &python, &mut pairs)?;
        failed = ended.failed();
        rows.push(row(ended)?);
        fs::write(&path, record::text(&rows, &pairs)).map_err(Failure::io(format!("writing {RECORD}")))?;
        if failed {
            println!("once more: cargo xtask torture --seed {seed} --kinds {}", wanted.kinds);
        }
        seed += 1;
    }
    println!("{}\nthe record is {RECORD}", record::totals(&rows));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Tells the test command's tests how they torture, where the environment does not say: as long as one run, in all ways, from
/// a seed of the commit's own. Another commit draws other faults, the same one always the same.
pub(crate) fn sample(tests: &mut Command) {
    let given = |name: &str, otherwise: String| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).unwrap_or(otherwise)
    };
    // Without git there is no commit, and its message is none.
    let commit = said("git", &["rev-parse", "HEAD"]).unwrap_or_default();
    let seconds = given("PIAO_TORTURE_SECONDS", RUN.as_secs().to_string());
    let seed = given("PIAO_TORTURE_SEED", seed_of(&commit).to_string());
    let kinds = given("PIAO_TORTURE_KINDS", KINDS_OF_SAMPLE.to_owned());
    println!("torture from seed {seed}; alone: cargo xtask torture --seed {seed} --kinds {kinds}");
    let set = [("PIAO_TORTURE_SECONDS", seconds), ("PIAO_TORTURE_SEED", seed), ("PIAO_TORTURE_KINDS", kinds)];
    tests.envs(set);
}

/// The seed of a commit; the first where its id is none.
fn seed_of(commit: &str) -> u64 {
    let digits = commit.get(..SEED_DIGITS).unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or(1)
}

fn wanted(options: &[&str], next: u64) -> Result<Wanted, Failure> {
    let number = |name: &str, text: &str| {
        text.parse::<u64>().map_err(|_| Failure::Usage(format!("`{name}` needs a number, not `{text}`")))
    };
    let mut wanted = Wanted { minutes: MINUTES, seed: next, kinds: KINDS.to_owned() };
    for option in options.chunks(2) {
        match option {
            ["--minutes", text] => wanted.minutes = number("--minutes", text)?.min(MINUTES_MAX),
            ["--seed", text] => wanted.seed = number("--seed", text)?,
            ["--kinds", text] => wanted.kinds = (*text).to_owned(),
            other => return Err(Failure::Usage(format!("`torture` does not know {}", other.join(" ")))),
        }
    }
    Ok(wanted)
}

fn run(seed: u64, lasting: Duration, kinds: &str, python: &Path, pairs: &mut Pairs) -> Result<Run, Failure> {
    let mut command = process::cargo(&[
        "test",
        "--release",
        "--locked",
        "--workspace",
        "--test",
        "torture",
        "--",
        "--exact",
        TEST,
        "--nocapture",
    ]);
    command.env("PIAO_TORTURE_SEED", seed.to_string());
    command.env("PIAO_TORTURE_SECONDS", lasting.as_secs().max(1).to_string());
    command.env("PIAO_TORTURE_KINDS", kinds).env(python::PYTHON, python);
    let (mut found, mut held) = (None, false);
    let ended = process::run_reading_lines(command, "torturing", "see what is wrong above", |line| {
        found = Run::read(line).or(found.take());
        held |= line.starts_with("test result: ok. 1 passed");
        pairs.extend(record::read_pair(line));
    });
    if let Err(failure) = &ended {
        println!("{failure}");
    }
    // A run that finds something wrong fails, and is written down all the same; so is one that came to no end. What
    // becomes of cargo afterwards changes nothing of it.
    match (found, ended) {
        (Some(run), _) if held => Ok(run),
        (Some(run), Ok(()) | Err(Failure::Command { .. })) => Ok(run.and_failed()),
        (None, Err(Failure::Command { .. })) => Ok(Run::without_end(seed, lasting.as_secs(), kinds)),
        (_, Err(failure)) => Err(failure),
        (None, Ok(())) => Err(Failure::Check {
            what: "the run did not say what it came to".into(),
            next: "run `cargo test --release --workspace --test torture` by hand".into(),
        }),
    }
}

/// The run as a row of the record.
fn row(run: Run) -> Result<String, Failure> {
    let date = said("date", &["-u", "+%F %H:%M"])?;
    let commit = said("git", &["rev-parse", "--short", "HEAD"])?;
    Ok(run.row(&date, &commit))
}

fn said(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root());
    process::run_quietly(command, "asking what day and commit it is", Duration::from_secs(10))
        .map(|finished| finished.output.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_has_a_seed_and_without_one_it_is_the_first() {
        let check = |commit: &str, expect: u64| assert_eq!(seed_of(commit), expect, "{commit}");
        check("5435807000000000000000000000000000000000", 0x54_3580);
        check("000000f", 0);
        check("fatal: not a git repository", 1);
        check("", 1);
    }

    #[test]
    fn options_say_how_long_from_where_and_what() {
        let check = |options: &[&str], expect: Option<(u64, u64, &str)>| {
            let found = wanted(options, 7).ok();
            let expect =
                expect.map(|(minutes, seed, kinds)| Wanted { minutes, seed, kinds: kinds.to_owned() });
            assert_eq!(found, expect, "{options:?}");
        };
        check(&[], Some((MINUTES, 7, KINDS)));
        check(&["--minutes", "60", "--seed", "3", "--kinds", "broker"], Some((60, 3, "broker")));
        check(&["--minutes", "6000"], Some((MINUTES_MAX, 7, KINDS)));
        check(&["--minutes"], None);
        check(&["--minutes", "long"], None);
        check(&["--hours", "1"], None);
    }
}
