//! A ledger in a process of its own, which can be killed, stopped and continued.
//!
//! The process is the test's own binary once more: the test that it is told to run calls [`run_if_told`] first.

use std::io::Write as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use piao_bus::BatchLimits;
use piao_chain::execute::Safeguards;
use piao_domain::time::Time;
use piao_ledger::{BATCH_LIMITS, Ledger, LedgerConfig};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::bus::TestBus;
use crate::chain::TestChain;
use crate::database::open_with;
use crate::follower::PATIENCE;
use crate::world::{World, kept_beside, ledger_config};

/// What the process is to run; set for no other.
const TOLD: &str = "PIAO_TEST_NODE";

/// How a node differs from an ordinary ledger.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Where it kills itself: `name` or `name:n` of [`crate::points`].
    pub crash_point: Option<String>,
    /// Where it stops itself.
    pub stop_point: Option<String>,
    /// How long its statements and its idle transactions may take.
    pub statement_wait_max: Duration,
    /// Most transitions in a block.
    pub transitions_max: u32,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            crash_point: None,
            stop_point: None,
            statement_wait_max: Duration::from_secs(30),
            transitions_max: 50,
        }
    }
}

/// A running process. It is killed when this is dropped.
pub struct Node {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Node {
    /// Starts `test` of this binary as a ledger on the world's chain, database and broker.
    ///
    /// # Panics
    /// Where the world's bus is not over a broker, or no process can be started.
    #[must_use]
    pub fn start(world: &World, test: &str, config: &NodeConfig) -> Self {
        let told = [
            world.url(),
            world.bus.prefix().expect("a bus over a broker"),
            &world.chain.genesis.content().time.unix().to_string(),
            &config.statement_wait_max.as_millis().to_string(),
            &config.transitions_max.to_string(),
        ];
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--exact", test, "--nocapture"]).env(TOLD, told.join(" "));
        command.env_remove("PIAO_CRASH_POINT").env_remove("PIAO_STOP_POINT");
        for (name, point) in
            [("PIAO_CRASH_POINT", &config.crash_point), ("PIAO_STOP_POINT", &config.stop_point)]
        {
            if let Some(point) = point {
                command.env(name, point);
            }
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    /// Waits until it has opened the chain.
    ///
    /// # Panics
    /// Where it ends first.
    pub async fn opened(&mut self) {
        self.said("node opened").await.expect("a node that opens the chain");
    }

    /// Waits until it has ended by itself, and returns what it ended with: `Ok(())` or the error.
    ///
    /// # Panics
    /// Where it was killed instead.
    pub async fn ended(mut self) -> String {
        let said = self.said("node ended ").await.expect("a node that says why it ends");
        self.wait().await;
        said
    }

    /// Waits until a signal has killed it.
    ///
    /// # Panics
    /// Where it ended in another way.
    pub async fn killed(mut self) {
        use std::os::unix::process::ExitStatusExt as _;
        let status = self.wait().await;
        assert_eq!(status.signal(), Some(9), "killed at its crash point");
    }

    /// Waits until it has stopped (SIGSTOP), at its stop point or because it was told to.
    ///
    /// # Panics
    /// Where it ends instead.
    pub async fn stopped(&self) {
        let pid = self.pid();
        let waiting = tokio::task::spawn_blocking(move || waitpid(Some(pid), WaitOptions::UNTRACED));
        let status = timeout(PATIENCE, waiting).await.expect("a node that stops in time");
        let status = status.expect("no panic").expect("a child").map(|(_, status)| status);
        assert!(status.is_some_and(|status| status.stopped()), "{status:?}");
    }

    /// Lets it go on after it stopped.
    ///
    /// # Panics
    /// Where there is no such process.
    pub fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).expect("a process that is continued");
    }

    /// Closes it in an orderly way.
    pub async fn close(mut self) -> String {
        drop(self.child.stdin.take());
        self.ended().await
    }

    fn pid(&self) -> Pid {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).expect("a process that was not waited for")
    }

    async fn wait(&mut self) -> ExitStatus {
        // Its output first: what it said is read while it runs, so that it never waits for us.
        let ended = async {
            while let Ok(Some(_)) = self.lines.next_line().await {}
            self.child.wait().await
        };
        timeout(PATIENCE, ended).await.expect("an end in time").expect("a child")
    }

    async fn said(&mut self, what: &str) -> Option<String> {
        let line = async {
            while let Some(line) = self.lines.next_line().await.expect("its output") {
                // The test harness may have begun the line.
                if let Some((_, rest)) = line.split_once(what) {
                    return Some(rest.to_owned());
                }
            }
            None
        };
        timeout(PATIENCE, line).await.expect("a word in time")
    }
}

/// Becomes a ledger and never returns where this process was started as one by [`Node::start`].
///
/// # Panics
/// Where it was started wrongly.
pub async fn run_if_told() {
    let Ok(told) = std::env::var(TOLD) else { return };
    let ended = run(&told).await;
    say(&format!("node ended {ended}"));
    // Not by returning: somebody may still read the standard input.
    std::process::exit(0);
}

async fn run(told: &str) -> String {
    let told = told.split(' ').collect::<Vec<_>>();
    let [url, prefix, time, wait_ms, transitions_max] = told[..] else { panic!("told {told:?}") };
    let number = |text: &str| text.parse::<u32>().expect("a number");
    let time = time.parse().expect("a time");
    let chain = TestChain::new(Time::from_unix(time), 1);
    let database = open_with(url, 4, Duration::from_millis(number(wait_ms).into())).await;
    let TestBus { bus, .. } = TestBus::with_names(prefix);
    let limits = BatchLimits { transitions_max: number(transitions_max), ..BATCH_LIMITS };
    let config = ledger_config(&chain, &database, std::sync::Arc::clone(&bus), Safeguards::ALL);
    let config = LedgerConfig { limits, is_watched: true, kept: Some(kept_beside(url)), ..config };
    let ledger = match Ledger::start(config).await {
        Ok(ledger) => ledger,
        Err(error) => return format!("Err({error:?})"),
    };
    say("node opened");
    let mut running = tokio::spawn(ledger.run());
    let mut rest = Vec::new();
    tokio::select! {
        ended = &mut running => return format!("{:?}", ended.expect("no panic")),
        _ = async { tokio::io::stdin().read_to_end(&mut rest).await } => {}
    }
    bus.close().await;
    format!("{:?}", running.await.expect("no panic"))
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody who listens");
}
