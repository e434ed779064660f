//! A process of the program of which everything that it says is kept, and how much memory it has.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use piao_testkit::follower::PATIENCE;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::installation::Installation;

/// A running process. It is killed when this is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    said: PathBuf,
}

impl Served {
    /// Starts services of an installation with a level of logging, both of its outputs in a file, and waits until they
    /// are ready.
    pub(crate) async fn start(
        installation: &Installation,
        services: &[&str],
        level: &str,
        said: PathBuf,
    ) -> Self {
        let address = installation.address(services[0]);
        let file = File::options().create(true).append(true).open(&said).unwrap();
        let mut command: Command = installation.command(&["serve"]);
        command.args(services).env("PIAO_LISTEN", address.to_string()).env("PIAO_LOG", level);
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.kill_on_drop(true).spawn().unwrap();
        let served = Self { child, address, said };
        let ready = async {
            let mut due = tokio::time::interval(Duration::from_millis(50));
            loop {
                due.tick().await;
                let answer = reqwest::get(served.url("/readyz")).await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    return;
                }
            }
        };
        let ready = tokio::time::timeout(PATIENCE, ready).await;
        assert!(ready.is_ok(), "{services:?} are not ready: {}", String::from_utf8_lossy(&served.said()));
        served
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that it has said, on either output.
    pub(crate) fn said(&self) -> Vec<u8> {
        std::fs::read(&self.said).unwrap()
    }

    /// A figure of `/proc/<pid>/status`, in KiB: `VmRSS` is what it has, `VmHWM` the most that it ever had.
    pub(crate) fn memory(&self, figure: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).expect("a figure in KiB")
    }

    /// Tells it to end, and waits until it has.
    pub(crate) async fn end(mut self) -> Vec<u8> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end in time").unwrap();
        assert!(ended.success(), "{ended}");
        self.said()
    }

    fn pid(&self) -> u32 {
        self.child.id().expect("a process that was not waited for")
    }
}
