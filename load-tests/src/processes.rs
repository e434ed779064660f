//! What processes use, read from `/proc`: whole trees of them, since a PostgreSQL is many.

use std::collections::BTreeMap;
use std::fs;

/// A process by its number.
pub(crate) type Pid = u32;

/// Linux tells CPU time in hundredths of a second, whatever the kernel's own clock is (`USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;
/// Name of this program in tables.
pub(crate) const GENERATOR: &str = "generator";
/// The state of a listening socket in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// Programs that are watched together under one name.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    root: Pid,
    reach: Reach,
}

/// Which processes belong to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// All its descendants.
    Tree,
    /// Nobody else: its children are watched by themselves.
    Itself,
}

/// What a program and its children had used at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Use {
    /// Seconds of CPU since it started, of children that have ended too.
    pub(crate) cpu_seconds: f64,
    /// Its share of resident memory, in bytes; what is shared with others counts in part.
    pub(crate) memory_bytes: u64,
    /// Resident memory, in bytes; what is shared counts in full.
    pub(crate) resident_bytes: u64,
}

impl Program {
    /// A process and its descendants.
    pub(crate) const fn tree(name: &'static str, root: Pid) -> Self {
        Self { name, root, reach: Reach::Tree }
    }

    /// This process, without those that it started.
    pub(crate) fn ourselves() -> Self {
        Self { name: GENERATOR, root: std::process::id(), reach: Reach::Itself }
    }

    /// The program that listens on a port of this machine; nothing where it runs elsewhere or may not be looked at.
    pub(crate) fn listening(name: &'static str, port: u16) -> Option<Self> {
        let sockets =
            ["/proc/net/tcp", "/proc/net/tcp6"].iter().filter_map(|path| fs::read_to_string(path).ok());
        let tables = sockets.collect::<Vec<_>>();
        let inode = tables.iter().find_map(|table| listener(table, port))?;
        let socket = format!("socket:[{inode}]");
        let holds = |pid: &Pid| {
            let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            files
                .flatten()
                .any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == socket.as_str()))
        };
        // A child may have inherited the socket: the oldest holder is the program itself.
        pids().into_iter().filter(holds).min().map(|root| Self::tree(name, root))
    }

    /// What it uses now.
    pub(crate) fn look(&self) -> Use {
        let processes = match self.reach {
            Reach::Itself => vec![self.root],
            Reach::Tree => {
                let parents = pids().into_iter().filter_map(|pid| Some((pid, stat(pid)?.parent))).collect();
                tree(self.root, &parents)
            }
        };
        let mut used = Use::default();
        for pid in processes {
            used.cpu_seconds += stat(pid).map_or(0.0, |stat| stat.cpu_seconds);
            let resident = resident_bytes(pid).unwrap_or(0);
            used.memory_bytes += proportional_bytes(pid).unwrap_or(resident);
            used.resident_bytes += resident;
        }
        used
    }
}

fn pids() -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The inode of the socket that listens on a port, out of the text of `/proc/net/tcp`.
fn listener(table: &str, port: u16) -> Option<&str> {
    let port = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let fields = line.split_whitespace().collect::<Vec<_>>();
        match fields.as_slice() {
            [_, local, _, LISTENING, _, _, _, _, _, inode, ..] if local.ends_with(&port) => Some(*inode),
            _ => None,
        }
    })
}

struct Stat {
    parent: Pid,
    cpu_seconds: f64,
}

fn stat(pid: Pid) -> Option<Stat> {
    read_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads `/proc/<pid>/stat` (proc(5)): after the name, which may hold anything, come state, parent, …
fn read_stat(text: &str) -> Option<Stat> {
    let fields = text.rsplit_once(')')?.1.split_whitespace().collect::<Vec<_>>();
    let number = |field: usize| fields.get(field)?.parse::<f64>().ok();
    // utime and stime of its own, cutime and cstime of children that have ended and were waited for.
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    Some(Stat { parent: fields.get(1)?.parse().ok()?, cpu_seconds: ticks / TICKS_A_SECOND })
}

fn tree(root: Pid, parents: &BTreeMap<Pid, Pid>) -> Vec<Pid> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    found
}

/// Proportional set size, where it may be read.
fn proportional_bytes(pid: Pid) -> Option<u64> {
    kib(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?, "Pss:")
}

/// Resident set size.
fn resident_bytes(pid: Pid) -> Option<u64> {
    kib(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS:")
}

/// Bytes of a line such as `VmRSS:   1234 kB`.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_a_name_that_holds_anything() {
        let stat = read_stat("7 (a) b) (c) S 3 7 7 0 -1 4194560 1 2 3 4 150 50 25 25 20 0 1 0 99").unwrap();
        assert_eq!((stat.parent, stat.cpu_seconds), (3, 2.5));
        for wrong in ["", "7 (a", "7 (a) S", "7 (a) S x 7 7 0 -1 1 1 2 3 4 1 1 1 1"] {
            assert!(read_stat(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_listener_is_found_by_its_port_and_state() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4711 1 0\n\
             1: 0100007F:1539 0100007F:1538 01 00000000:00000000 00:00000000 00000000   101        0 4712 1 0";
        let check = |port: u16, expect: Option<&str>| assert_eq!(listener(table, port), expect, "{port}");
        check(0x1538, Some("4711"));
        check(0x1539, None);
        check(80, None);
    }

    #[test]
    fn a_tree_holds_all_descendants_and_nobody_else() {
        let parents = BTreeMap::from([(2, 1), (3, 2), (4, 2), (5, 3), (6, 1)]);
        let mut found = tree(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4, 5]);
    }

    #[test]
    fn this_process_uses_something() {
        let used = Program::ourselves().look();
        assert!(used.memory_bytes > 0 && used.resident_bytes > 0);
        assert_eq!(kib("VmPeak:\t 7 kB\nVmRSS:\t    12 kB\n", "VmRSS:"), Some(12 << 10));
    }
}
