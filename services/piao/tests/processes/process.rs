//! One process of the program.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use piao_testkit::follower::PATIENCE;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{interval, timeout};

/// The program itself.
pub(crate) const PIAO: &str = env!("CARGO_BIN_EXE_piao");

/// A running process. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
    listening: watch::Receiver<bool>,
}

impl Process {
    /// Starts a command that serves at `address`.
    pub(crate) fn start(mut command: Command, address: SocketAddr) -> Self {
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = spawned.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (listens, listening) = watch::channel(false);
        let keep = Arc::clone(&said);
        // Read for as long as it runs, so that it never waits for us.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                listens.send_if_modified(|listens| {
                    *listens |= line.contains(&format!("http://{address}"));
                    *listens
                });
                keep.lock().unwrap().push(line);
            }
        });
        Self { child, address, said, listening }
    }

    /// Where it answers.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it listens.
    pub(crate) async fn listens(&self) {
        let mut listening = self.listening.clone();
        let listens = timeout(PATIENCE, listening.wait_for(|listens| *listens)).await;
        assert!(matches!(listens, Ok(Ok(_))), "it does not listen; it said {:#?}", self.said());
    }

    /// Waits until it says that it is ready, and returns what it says of its services.
    pub(crate) async fn ready(&self) -> Vec<Value> {
        self.listens().await;
        let mut last = Value::Null;
        let ready = timeout(PATIENCE, async {
            let mut beat = interval(Duration::from_millis(50));
            loop {
                beat.tick().await;
                let Ok(answer) = reqwest::get(format!("{}/readyz", self.base())).await else { continue };
                let ready = answer.status() == 200;
                last = serde_json::from_str(&answer.text().await.unwrap_or_default()).unwrap_or_default();
                if ready {
                    return last.as_array().cloned().unwrap_or_default();
                }
            }
        });
        match ready.await {
            Ok(services) => services,
            Err(_) => panic!("not ready: {last}; it said {:#?}", self.said()),
        }
    }

    /// Waits until it says that it is not ready, for this reason among others.
    pub(crate) async fn not_ready_for(&self, reason: &str) {
        let mut last = String::new();
        let waiting = timeout(PATIENCE, async {
            let mut beat = interval(Duration::from_millis(50));
            loop {
                beat.tick().await;
                let answer = reqwest::get(format!("{}/readyz", self.base())).await.unwrap();
                let status = answer.status();
                last = answer.text().await.unwrap_or_default();
                if status == 503 && last.contains(reason) {
                    return;
                }
            }
        });
        assert!(waiting.await.is_ok(), "not waiting for {reason:?}: {last}; it said {:#?}", self.said());
    }

    /// Kills it, as a machine that loses its power would.
    pub(crate) async fn kill(mut self) {
        kill_process(self.pid(), Signal::KILL).unwrap();
        self.ended().await;
    }

    /// Stops it where it is (SIGSTOP), as a machine that hangs would.
    pub(crate) fn stop(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// Tells it to end, and waits until it has.
    pub(crate) async fn terminate(mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        let status = self.ended().await;
        assert!(status.success(), "{status}; it said {:#?}", self.said());
    }

    /// Whether a signal has ended it.
    pub(crate) fn was_killed(&mut self) -> bool {
        use std::os::unix::process::ExitStatusExt as _;
        let status = self.child.try_wait().unwrap();
        let signal = status.and_then(|status| status.signal());
        assert!(status.is_none() || signal == Some(9), "{status:?}; it said {:#?}", self.said());
        signal.is_some()
    }

    /// The lines that it has written to stderr so far.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    fn pid(&self) -> Pid {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).expect("a process that was not waited for")
    }

    async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("an end in time").unwrap()
    }
}

/// An address that a process may be given, and be given again after it was killed. Outside the range from which the
/// system takes ports of its own choice, so that nobody sits there meanwhile.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 20_000;
    let start = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    for _ in 0..COUNT {
        let place = NEXT.fetch_add(7, Ordering::Relaxed).wrapping_add(start) % COUNT;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST + place));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port is free");
}
