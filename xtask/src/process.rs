//! Running other programs: bounded where asked, and stopped when we are told to stop.

use crate::failure::Failure;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a child process.
const POLL: Duration = Duration::from_millis(20);
/// From SIGTERM to SIGKILL.
const GRACE: Duration = Duration::from_secs(20);

/// Set by the interrupt key and never cleared: after it no new program is started.
static INTERRUPT: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// Set by those who end programs from outside; a program that a person talks to must end as well.
static TERMINATE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Makes SIGINT, SIGTERM and SIGHUP set a flag instead of ending the process, so that every guard
/// that holds a server is dropped on the way out.
pub(crate) fn catch_signals() -> Result<(), Failure> {
    for (signal, flag) in [(SIGINT, &INTERRUPT), (SIGTERM, &TERMINATE), (SIGHUP, &TERMINATE)] {
        signal_hook::flag::register(signal, Arc::clone(flag))
            .map_err(Failure::io(format!("catching signal {signal}")))?;
    }
    Ok(())
}

/// Refuses to go on once a signal came.
pub(crate) fn check_interrupted() -> Result<(), Failure> {
    match INTERRUPT.load(Ordering::Relaxed) || TERMINATE.load(Ordering::Relaxed) {
        true => Err(Failure::Interrupted),
        false => Ok(()),
    }
}

/// A cargo command in the workspace, without the variables that `cargo run` set for this program:
/// they would differ from those of a cargo command typed by hand and cause needless rebuilds.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(crate::workspace::root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs to the end with our own output; anything but success is a failure.
pub(crate) fn run(mut command: Command, doing: &str, next: &str) -> Result<(), Failure> {
    command.stdin(Stdio::null());
    let status = wait_in_group(&mut command, doing, None)?;
    succeeded(status, doing, next)
}

/// Like [`run`], handing each line of standard output to `on_line` after showing it.
pub(crate) fn run_reading_lines(
    mut command: Command,
    doing: &str,
    next: &str,
    mut on_line: impl FnMut(&str) + Send,
) -> Result<(), Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    let mut child = start(&mut command, doing)?;
    let stdout = child.stdout.take();
    let status = thread::scope(|scope| {
        let reader = scope.spawn(|| match stdout {
            Some(stdout) => show_lines(stdout, &mut on_line),
            None => Ok(()),
        });
        let status = wait(&mut child, doing, None);
        match reader.join() {
            Ok(read) => read.map_err(Failure::io(format!("{doing}: reading its output")))?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        status
    })?;
    succeeded(status, doing, next)
}

/// How a quiet command ended, and what it wrote.
pub(crate) struct Finished {
    pub(crate) success: bool,
    /// Standard output and standard error, in that order.
    pub(crate) output: String,
}

/// Runs quietly, for at most `limit`. A command that takes longer is ended and is not a success.
pub(crate) fn run_quietly(mut command: Command, doing: &str, limit: Duration) -> Result<Finished, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = start(&mut command, doing)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let out = scope.spawn(|| read_all(stdout));
        let err = scope.spawn(|| read_all(stderr));
        let status = wait(&mut child, doing, Some(limit));
        let mut output = out.join().unwrap_or_default();
        output.push_str(&err.join().unwrap_or_default());
        match status? {
            Some(status) => Ok(Finished { success: status.success(), output }),
            None => {
                output.push_str(&format!("\nnot done after {} s", limit.as_secs()));
                Ok(Finished { success: false, output })
            }
        }
    })
}

/// Runs in our own process group and with our own terminal, for a program that a person talks to.
/// The interrupt key reaches it directly and is its own affair: `psql` only cancels a query.
pub(crate) fn run_attached(mut command: Command, doing: &str) -> Result<ExitStatus, Failure> {
    let mut child = start(&mut command, doing)?;
    let mut told = false;
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::io(doing))? {
            return Ok(status);
        }
        if !told && TERMINATE.load(Ordering::Relaxed) {
            told = true;
            signal("TERM", &child.id().to_string());
        }
        thread::sleep(POLL);
    }
}

/// Ends a child of ours: the named signal, then SIGKILL after a grace period. Never fails: it runs in drops.
pub(crate) fn end(child: &mut Child, first: &str) {
    // Once a child was waited for, its number may belong to somebody else.
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    signal(first, &child.id().to_string());
    let since = Instant::now();
    while since.elapsed() < GRACE {
        match child.try_wait() {
            Ok(None) => thread::sleep(POLL),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    // Both can only fail because the process is gone.
    let _ = child.kill();
    let _ = child.wait();
}

fn start(command: &mut Command, doing: &str) -> Result<Child, Failure> {
    check_interrupted()?;
    command.spawn().map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Failure::Missing {
            what: format!("{} ({doing})", command.get_program().to_string_lossy()),
            next: "install it, or put it on PATH".into(),
        },
        _ => Failure::Io { doing: format!("{doing}: starting {}", shown(command)), source },
    })
}

fn wait_in_group(
    command: &mut Command,
    doing: &str,
    limit: Option<Duration>,
) -> Result<Option<ExitStatus>, Failure> {
    let mut child = start(command.process_group(0), doing)?;
    wait(&mut child, doing, limit)
}

/// Waits for the leader of a process group. At a signal or past the limit the whole group is ended,
/// because cargo and apt leave the real work to children; `None` means the limit was reached.
fn wait(child: &mut Child, doing: &str, limit: Option<Duration>) -> Result<Option<ExitStatus>, Failure> {
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::io(doing))? {
            check_interrupted()?;
            return Ok(Some(status));
        }
        let interrupted = check_interrupted();
        let late = limit.is_some_and(|limit| since.elapsed() > limit);
        if interrupted.is_err() || late {
            let group = format!("-{}", child.id());
            signal("TERM", &group);
            end(child, "TERM");
            // Whoever of the group ignored SIGTERM would hold our pipes open for ever.
            signal("KILL", &group);
            return interrupted.map(|()| None);
        }
        thread::sleep(POLL);
    }
}

/// `kill` by the shell's builtin: a slim machine has no `kill` program, and calling the system
/// directly would need unsafe code. A target that is gone is what we wanted.
fn signal(name: &str, target: &str) {
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", name, target])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

fn succeeded(status: Option<ExitStatus>, doing: &str, next: &str) -> Result<(), Failure> {
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            Err(Failure::Command { doing: doing.into(), outcome: status.to_string(), next: next.into() })
        }
        None => {
            Err(Failure::Command { doing: doing.into(), outcome: "took too long".into(), next: next.into() })
        }
    }
}

fn show_lines(from: impl Read, on_line: &mut impl FnMut(&str)) -> std::io::Result<()> {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let mut shown = std::io::stdout().lock();
        shown.write_all(&line)?;
        shown.flush()?;
        on_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(())
}

fn read_all(from: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        // What was read before an error is still worth showing.
        let _ = from.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(60);

    fn shell(program: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", program]);
        command
    }

    fn check(program: &str, limit: Duration, success: bool, output: &str) {
        let finished = run_quietly(shell(program), "a test", limit).unwrap();
        assert_eq!((finished.success, finished.output.as_str()), (success, output), "{program}");
    }

    #[test]
    fn a_quiet_command_hands_back_what_it_wrote_and_how_it_ended() {
        check("echo out; echo err >&2", LONG, true, "out\nerr\n");
        check("echo out; exit 3", LONG, false, "out\n");
    }

    #[test]
    fn a_late_command_ends_with_its_children_and_is_no_success() {
        let since = Instant::now();
        check("sleep 600 & sleep 600", SHORT, false, "\nnot done after 0 s");
        // The children hold the pipes too: had they lived on, reading would have lasted as long.
        assert!(since.elapsed() < LONG);
    }

    #[test]
    fn lines_are_handed_over_in_order_and_a_bad_end_is_a_failure() {
        let mut lines = Vec::new();
        let ended =
            run_reading_lines(shell("echo a; echo b; exit 1"), "x", "y", |line| lines.push(line.to_owned()));
        assert_eq!(lines, ["a", "b"]);
        assert!(matches!(ended, Err(Failure::Command { .. })));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = run(Command::new("piao-no-such-program"), "trying", "no").unwrap_err();
        assert!(matches!(&failure, Failure::Missing { what, .. } if what.contains("piao-no-such-program")));
    }
}
