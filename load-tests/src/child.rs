//! Processes that are measured, each with a log of its own, which end with us.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;
use crate::processes::Program;

/// From SIGTERM to SIGKILL.
const GRACE: Duration = Duration::from_secs(20);
/// Between two looks at a process that is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How much of a log is shown.
const TAIL_LINES: usize = 20;

/// A process of ours.
pub(crate) struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a command whose output goes into a log in `folder`.
    pub(crate) fn start(name: &'static str, mut command: Command, folder: &Path) -> Result<Self, Failure> {
        let doing = || format!("starting {name}");
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).map_err(Failure::doing(doing()))?;
        let errors = output.try_clone().map_err(Failure::doing(doing()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(Failure::doing(doing()))?;
        Ok(Self { name, child, log })
    }

    /// The process, to be watched.
    pub(crate) fn program(&self) -> Program {
        Program::tree(self.name, self.child.id())
    }

    /// Says so where it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Failure::new(format!("{} ended, {status}{}", self.name, self.tail()))),
            Err(error) => Err(Failure::doing(format!("looking at {}", self.name))(error)),
        }
    }

    /// The end of its log.
    pub(crate) fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines = text.lines().collect::<Vec<_>>();
        let last = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n  ");
        if last.is_empty() { String::new() } else { format!("; the end of its log:\n  {last}") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let since = Instant::now();
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), pid) {
            // Fails only where it is gone.
            kill_process(pid, Signal::TERM).ok();
            while since.elapsed() < GRACE && matches!(self.child.try_wait(), Ok(None)) {
                std::thread::sleep(LOOK_EVERY);
            }
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}
