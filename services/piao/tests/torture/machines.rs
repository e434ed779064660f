//! Machines: namespaces of the network that hang on one bridge, each with an address and a firewall of its own; or all of
//! them this machine, where that cannot be.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use super::confine::{is_confined, is_root};

/// Which packets no longer get through, as the machine sees it that is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// What it sends.
    Out,
    /// What is sent to it.
    In,
    Both,
}

/// A place for one process.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    name: String,
    address: Ipv4Addr,
}

/// Makes the bridge on which machines hang. Only what is confined has any.
pub(crate) fn network() {
    if !is_confined() {
        return;
    }
    // Ours and those of our machines, which copy them: what is no longer mounted here must not stay mounted there.
    run("mount", &["--make-rshared", "/"]);
    std::fs::create_dir_all("/run/netns").unwrap();
    for place in ["/run/netns", "/dev/shm"] {
        run("mount", &["-t", "tmpfs", "tmpfs", place]);
    }
    ip(&["link", "set", "lo", "up"]);
    ip(&["link", "add", "bridge", "type", "bridge"]);
    ip(&["addr", "add", "10.83.0.1/24", "dev", "bridge"]);
    ip(&["link", "set", "bridge", "up"]);
}

impl Machine {
    pub(crate) fn new(name: &str) -> Self {
        if !is_confined() {
            return Self { name: name.to_owned(), address: Ipv4Addr::LOCALHOST };
        }
        static NEXT: AtomicU16 = AtomicU16::new(2);
        let number = u8::try_from(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap();
        let (address, outside) = (Ipv4Addr::new(10, 83, 0, number), format!("machine{number}"));
        ip(&["netns", "add", name]);
        ip(&["link", "add", &outside, "type", "veth", "peer", "name", "eth0", "netns", name]);
        ip(&["link", "set", &outside, "master", "bridge", "up"]);
        ip(&["-n", name, "link", "set", "lo", "up"]);
        ip(&["-n", name, "addr", "add", &format!("{address}/24"), "dev", "eth0"]);
        ip(&["-n", name, "link", "set", "eth0", "up"]);
        let machine = Self { name: name.to_owned(), address };
        machine.nft("add table inet cut");
        for (chain, hook) in [("sent", "output"), ("received", "input")] {
            machine.nft(&format!("add chain inet cut {chain} {{ type filter hook {hook} priority 0; }}"));
        }
        machine
    }

    /// Where a server with a usual port listens on this machine.
    pub(crate) fn listens_at(&self, usual: u16) -> SocketAddr {
        let port = if is_confined() { usual } else { free_port() };
        SocketAddr::new(IpAddr::V4(self.address), port)
    }

    /// A command that runs on this machine under an account (user and group, as numbers), which ends with us.
    pub(crate) fn command(&self, program: &Path, account: Option<(u32, u32)>) -> Command {
        let mut words = Vec::new();
        if is_confined() {
            words.extend(["ip", "netns", "exec", &self.name].map(str::to_owned));
        }
        words.extend(["setpriv", "--pdeathsig", "KILL"].map(str::to_owned));
        if let Some((user, group)) = account {
            words.extend([
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".to_owned(),
            ]);
        }
        words.push("--".to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(program).env_clear().env("LC_ALL", "C.UTF-8");
        for name in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Nothing passes between this machine and another any more, on these ways.
    pub(crate) fn cut(&self, from: &Self, way: Way) {
        let address = from.address;
        if way != Way::In {
            self.nft(&format!("add rule inet cut sent ip daddr {address} counter drop"));
        }
        if way != Way::Out {
            self.nft(&format!("add rule inet cut received ip saddr {address} counter drop"));
        }
    }

    /// Everything passes again. Returns how many packets did not.
    pub(crate) fn heal(&self) -> u64 {
        let rules = self.nft("list table inet cut");
        let dropped = rules.split("counter packets ").skip(1);
        let dropped = dropped.filter_map(|rest| rest.split(' ').next()?.parse::<u64>().ok()).sum();
        self.nft("flush table inet cut");
        dropped
    }

    fn nft(&self, words: &str) -> String {
        run("ip", &["netns", "exec", &self.name, "nft", words])
    }
}

/// The account for a server that does not run as root: the one that its package made, where we are root.
pub(crate) fn account(user: &str) -> Option<(u32, u32)> {
    if !is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find_map(|line| line.strip_prefix(&format!("{user}:x:")));
    let mut fields = line.unwrap_or_else(|| panic!("there is no user {user}")).split(':');
    let mut number = || fields.next().and_then(|text| text.parse().ok()).unwrap();
    Some((number(), number()))
}

fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 9_000).unwrap();
    let ports = (0..9_000).map(|_| 20_000 + (start + NEXT.fetch_add(7, Ordering::Relaxed) % 9_000) % 9_000);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.into_iter().find(is_free).expect("a free port")
}

fn ip(words: &[&str]) {
    run("ip", words);
}

/// Runs a program of the system to its end, and returns what it printed.
pub(crate) fn run(program: &str, words: &[&str]) -> String {
    tried(program, words).unwrap_or_else(|why| panic!("{why}"))
}

/// As [`run`], for what cannot be done everywhere: else why not.
pub(crate) fn tried(program: &str, words: &[&str]) -> Result<String, String> {
    let done = Command::new(program).args(words).output().map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        Err(format!("{program} {words:?}: {}", String::from_utf8_lossy(&done.stderr).trim()))
    }
}
