//! One process of the run.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, interval};

/// Longest time for what should take a moment: a machine on which others compile is no fault.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);
const TAIL_LINES: usize = 12;

/// A process, whose output goes into a log of its own. It is killed when this is dropped.
pub(crate) struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    pub(crate) fn start(name: &str, mut command: Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let output = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let errors = output.try_clone().unwrap();
        let spawned = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
        let child = spawned.unwrap_or_else(|error| panic!("starting {name}: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Fails only where it has ended by itself, and then there is nobody to signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(self.child.id()), signal).ok();
    }

    /// Kills it as a machine that loses its power would, with the processes that it started and that started none.
    pub(crate) async fn kill(&mut self) {
        let children = children(self.child.id());
        if self.has_ended().is_none() {
            self.signal(Signal::KILL);
        }
        for child in &children {
            // Gone, where it saw that its parent is.
            kill_process(pid(*child), Signal::KILL).ok();
        }
        self.ended().await;
        within(PATIENCE, &format!("the children of {} end", self.name), async || {
            children.iter().all(|child| is_gone(*child))
        })
        .await;
    }

    /// How it ended, where it has.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        within(PATIENCE, &what, async || self.has_ended().is_some()).await;
        self.has_ended().unwrap()
    }

    /// The end of its log.
    pub(crate) fn tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().collect::<Vec<_>>();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n  ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only where it is gone.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits until something holds.
pub(crate) async fn within(limit: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    assert!(is_within(limit, &mut holds).await, "not within {limit:?}: {what}");
}

/// Whether something holds in time.
pub(crate) async fn is_within(limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let (since, mut beat) = (Instant::now(), interval(LOOK_EVERY));
    loop {
        beat.tick().await;
        if holds().await {
            return true;
        }
        if since.elapsed() > limit {
            return false;
        }
    }
}

fn pid(id: u32) -> Pid {
    i32::try_from(id).ok().and_then(Pid::from_raw).expect("the number of a process")
}

/// State and parent of a process, as `/proc` tells.
fn stat(id: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn is_gone(id: u32) -> bool {
    stat(id).is_none_or(|(state, _)| state == 'Z')
}

fn children(of: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| stat(*id).is_some_and(|(_, parent)| parent == of)).collect()
}
