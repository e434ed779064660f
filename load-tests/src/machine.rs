//! What it was measured on.

use std::fs;
use std::process::Command;

use serde::Serialize;
use tokio_postgres::Client;

use crate::failure::Failure;

/// Settings of PostgreSQL that decide how fast it commits.
const SETTINGS: [&str; 14] = [
    "server_version",
    "shared_buffers",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "wal_level",
    "wal_compression",
    "max_wal_size",
    "checkpoint_timeout",
    "commit_delay",
    "max_connections",
    "autovacuum",
    "jit",
];

/// Facts of a machine and of what runs on it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// UTC, as `2026-11-22`.
    pub(crate) date: String,
    pub(crate) commit: String,
    /// Whether files differed from that commit.
    pub(crate) changed: bool,
    pub(crate) cores: usize,
    pub(crate) cpu: String,
    pub(crate) memory_mib: u64,
    pub(crate) kernel: String,
    pub(crate) rabbitmq: String,
    pub(crate) postgres: Vec<(String, String)>,
    /// Processes that ran or waited to run in the last minute, before anything was measured.
    pub(crate) load_before: String,
    /// Of the threads that ask for what is due in an open loop; everybody else has 0, and less goes first.
    pub(crate) niceness: i32,
}

impl Machine {
    /// Looks around.
    pub(crate) async fn look(postgres: &Client, date: String) -> Result<Self, Failure> {
        let names = SETTINGS.as_slice();
        let text = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY($1)";
        let rows = postgres
            .query(text, &[&names])
            .await
            .map_err(Failure::doing("asking for PostgreSQL's settings"))?;
        let mut settings = rows.iter().map(|row| (row.get(0), row.get(1))).collect::<Vec<(String, String)>>();
        settings.sort_by_key(|(name, _)| SETTINGS.iter().position(|known| known == name));
        Ok(Self {
            date,
            commit: git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned()),
            changed: git(&["status", "--porcelain", "--untracked-files=no"])
                .is_none_or(|changes| !changes.is_empty()),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_default(),
            memory_mib: memory_mib(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            rabbitmq: rabbitmq().unwrap_or_else(|| "unknown".to_owned()),
            postgres: settings,
            load_before: fs::read_to_string("/proc/loadavg")
                .unwrap_or_default()
                .split(' ')
                .next()
                .unwrap_or_default()
                .into(),
            niceness: crate::open_loop::niceness(),
        })
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory_mib() -> u64 {
    let kib = field("/proc/meminfo", "MemTotal")
        .and_then(|size| size.trim_end_matches(" kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// Debian keeps each version in a folder that is named after it.
fn rabbitmq() -> Option<String> {
    let programs = fs::read_dir("/usr/lib/rabbitmq/lib").ok()?.flatten();
    let names = programs.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| Some(name.strip_prefix("rabbitmq_server-")?.to_owned())).max()
}
