//! `cargo xtask test`: the stages a change must pass, in order, each timed, stopping at the first
//! that fails. The last line is always `N passed, M failed`.

mod count;
mod demo;
mod report;

use crate::failure::Failure;
use crate::servers::{Servers, install};
use crate::{deny, instructions, process, python, tidy, torture};
use count::Tally;
use report::Report;
use std::process::ExitCode;
use std::time::Instant;

/// One step of the test command. Each can be run alone by its name.
struct Stage {
    name: &'static str,
    /// What passing it means, for `--list`.
    means: &'static str,
    run: fn(&mut Tally) -> Result<(), Failure>,
}

/// Cheap ones first. All of cargo's work is in the release profile, which the demo and the benches
/// use too, so that nothing heavy is built twice.
const STAGES: &[Stage] = &[
    Stage { name: "format", means: "the code is as rustfmt writes it", run: |_| format() },
    Stage { name: "tidy", means: "import arrows, sizes, names and words are in order", run: |_| tidy::run() },
    Stage { name: "deny", means: "licences, bans, sources, advisories of all crates", run: |_| deny::run() },
    Stage { name: "clippy", means: "no warning of the compiler or of clippy", run: |_| clippy() },
    Stage { name: "build", means: "everything compiles, tests too", run: |_| build() },
    Stage {
        name: "count",
        means: "the pure core needs no more instructions than it may",
        run: |_| instructions::run(),
    },
    Stage { name: "test", means: "every test passes, on real servers", run: run_tests },
    Stage { name: "demo", means: "the README's first command does what it says", run: |_| demo::run() },
];

/// `test [--only STAGE]... [--list]`.
pub(crate) fn command(options: &[&str]) -> Result<ExitCode, Failure> {
    if options == ["--list"] {
        for stage in STAGES {
            println!("{:<8} {}", stage.name, stage.means);
        }
        return Ok(ExitCode::SUCCESS);
    }
    Ok(run_stages(&chosen(options)?))
}

/// All stages, or those named; always in the order of [`STAGES`].
fn chosen(options: &[&str]) -> Result<Vec<&'static Stage>, Failure> {
    let mut names = Vec::new();
    for option in options.chunks(2) {
        match option {
            ["--only", name] if STAGES.iter().any(|stage| stage.name == *name) => names.push(*name),
            ["--only", name] => {
                return Err(Failure::Usage(format!("there is no stage `{name}`; see `test --list`")));
            }
            ["--only"] => return Err(Failure::Usage("`--only` needs the name of a stage".into())),
            other => return Err(Failure::Usage(format!("`test` does not know {}", other.join(" ")))),
        }
    }
    Ok(STAGES.iter().filter(|stage| names.is_empty() || names.contains(&stage.name)).collect())
}

fn run_stages(stages: &[&Stage]) -> ExitCode {
    let mut tally = Tally::default();
    let mut report = Report::default();
    let mut failed = None;
    for stage in stages {
        println!("\n== {} ==", stage.name);
        let since = Instant::now();
        let ended = (stage.run)(&mut tally);
        report.add(stage.name, since.elapsed(), ended.is_ok());
        if let Err(failure) = ended {
            failed = Some((stage.name, failure));
            break;
        }
    }
    println!("\n{report}");
    let code = match failed {
        None => ExitCode::SUCCESS,
        Some((name, failure)) => {
            println!(
                "stage `{name}` FAILED\n  {failure}\n  this stage alone: cargo xtask test --only {name}\n"
            );
            tally.stage_failed();
            ExitCode::from(failure.exit_code())
        }
    };
    println!("{tally}");
    code
}

fn format() -> Result<(), Failure> {
    process::run(process::cargo(&["fmt", "--all", "--check"]), "checking the format", "run `cargo fmt --all`")
}

fn clippy() -> Result<(), Failure> {
    let check = process::cargo(&[
        "clippy",
        "--release",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]);
    process::run(check, "linting", "mend what clippy names above")
}

/// Apart from running, so that the table of times shows what compiling costs and no server waits for it.
fn build() -> Result<(), Failure> {
    let build = process::cargo(&["test", "--release", "--locked", "--workspace", "--no-run"]);
    process::run(build, "compiling", "mend what the compiler names above")
}

fn run_tests(tally: &mut Tally) -> Result<(), Failure> {
    let python = python::ready()?;
    let servers = Servers::start()?;
    // One test starts, and kills, servers of its own.
    install::postgres_programs()?;
    install::rabbitmq_programs()?;
    install::cutting_programs();
    // All failures of a run are worth more than the first one.
    let mut tests = process::cargo(&["test", "--release", "--locked", "--workspace", "--no-fail-fast"]);
    servers.name_to(&mut tests);
    tests.env(python::PYTHON, python);
    torture::sample(&mut tests);
    process::run_reading_lines(
        tests,
        "running the tests",
        "the failed tests are named above; one of them by hand: \
         cargo xtask servers -- cargo test --release -p CRATE NAME",
        |line| tally.count_line(line),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &[&str], expect: Result<&[&str], &str>) {
        let names = chosen(options).map(|stages| stages.iter().map(|stage| stage.name).collect::<Vec<_>>());
        match (names, expect) {
            (Ok(names), Ok(expect)) => assert_eq!(names, expect),
            (Err(failure), Err(part)) => assert!(failure.to_string().contains(part), "{failure}"),
            (names, expect) => panic!("{options:?}: {names:?} instead of {expect:?}"),
        }
    }

    #[test]
    fn stages_run_in_their_order_whatever_the_order_of_the_options() {
        check(&["--only", "clippy", "--only", "format"], Ok(&["format", "clippy"]));
        check(&["--only", "tidy", "--only", "tidy"], Ok(&["tidy"]));
        check(&[], Ok(&STAGES.iter().map(|stage| stage.name).collect::<Vec<_>>()));
    }

    #[test]
    fn wrong_options_are_refused_by_name() {
        check(&["--only", "nothing"], Err("no stage `nothing`"));
        check(&["--only"], Err("needs the name"));
        check(&["--fast"], Err("does not know --fast"));
        check(&["--list", "--only"], Err("does not know --list"));
    }
}
