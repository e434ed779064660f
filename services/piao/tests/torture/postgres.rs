//! A PostgreSQL of the run's own, with durability on, which may be killed and started again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls, Row};

use super::machines::{Machine, account, run};
use super::running::{PATIENCE, Running, is_within};

const USER: &str = "piao";
const PASSWORD: &str = "torture";
/// Longest wait for an answer to one question.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);

/// The server and the place where it is.
pub(crate) struct Postgres {
    pub(crate) machine: Machine,
    programs: PathBuf,
    folder: PathBuf,
    logs: PathBuf,
    port: u16,
    url: String,
    running: Running,
}

impl Postgres {
    /// Makes a new cluster in a folder and starts it.
    pub(crate) async fn start(folder: &Path, logs: &Path) -> Self {
        let machine = Machine::new("postgres");
        let (programs, account) = (programs(), account("postgres"));
        std::fs::create_dir_all(folder).unwrap();
        if let Some((user, group)) = account {
            std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
        }
        let password = logs.join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let mut init = machine.command(&programs.join("initdb"), account);
        init.current_dir("/").arg("--pgdata").arg(folder.join("data")).args(["--username", USER]);
        init.arg("--pwfile").arg(&password).args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
        let done = init.output().unwrap();
        assert!(done.status.success(), "initdb: {}", String::from_utf8_lossy(&done.stderr));
        let rules = folder.join("data/pg_hba.conf");
        let told = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, told + "host all,replication all samenet scram-sha-256\n").unwrap();
        let address = machine.listens_at(5432);
        let url = format!("postgres://{USER}:{PASSWORD}@{address}/postgres");
        let (folder, logs) = (folder.to_owned(), logs.to_owned());
        let running = spawn(&machine, &programs, &folder, &logs, address.port());
        let started = Self { machine, programs, folder, logs, port: address.port(), url, running };
        started.answers().await;
        started
    }

    /// The database that everything is in.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn kill(&mut self) {
        self.running.kill().await;
    }

    /// Starts it again, and waits until it answers.
    pub(crate) async fn start_again(&mut self) {
        self.running = spawn(&self.machine, &self.programs, &self.folder, &self.logs, self.port);
        self.answers().await;
    }

    /// Starts it again where it has ended by itself.
    pub(crate) async fn revive(&mut self) {
        if self.running.has_ended().is_some() {
            self.start_again().await;
        }
        self.answers().await;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.running.signal(signal);
    }

    /// Copies the cluster while it runs, into a folder that is not there yet.
    pub(crate) async fn back_up(&self, to: &Path) {
        let address = self.url.split_once('@').unwrap().1.split_once('/').unwrap().0;
        let (host, port) = address.split_once(':').unwrap();
        let mut copy = self.machine.command(&self.programs.join("pg_basebackup"), account("postgres"));
        copy.current_dir("/")
            .args(["--host", host, "--port", port, "--username", USER])
            .env("PGPASSWORD", PASSWORD);
        copy.args(["--wal-method=stream", "--checkpoint=fast", "--pgdata"]).arg(to);
        let done = tokio::process::Command::from(copy).output().await.unwrap();
        assert!(done.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Puts a copy in the place of the cluster, which must not run, and starts it.
    pub(crate) async fn put_back(&mut self, copy: &Path) {
        std::fs::remove_dir_all(self.folder.join("data")).unwrap();
        std::fs::rename(copy, self.folder.join("data")).unwrap();
        self.start_again().await;
    }

    /// A folder that the server may write to.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    async fn answers(&self) {
        let answers = is_within(PATIENCE, async || ask(&self.url, "SELECT 1").await.is_some()).await;
        assert!(answers, "PostgreSQL does not answer; the end of its log:\n  {}", self.running.tail());
    }
}

/// One number that a query gives; nothing where there is no answer in time.
pub(crate) async fn ask(url: &str, query: &str) -> Option<i64> {
    let asking = async {
        let client = connect(url).await?;
        let row = client.query_one(&format!("SELECT ({query})::int8"), &[]).await.ok()?;
        row.try_get(0).ok()
    };
    timeout(ANSWER_WAIT_MAX, asking).await.ok().flatten()
}

/// The rows that a query gives; nothing where there is no answer in time.
pub(crate) async fn rows(url: &str, query: &str) -> Option<Vec<Row>> {
    let asking = async {
        let client = connect(url).await?;
        client.query(query, &[]).await.ok()
    };
    timeout(ANSWER_WAIT_MAX, asking).await.ok().flatten()
}

/// A connection of the harness's own.
pub(crate) async fn connect(url: &str) -> Option<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
    tokio::spawn(connection);
    Some(client)
}

fn spawn(machine: &Machine, programs: &Path, folder: &Path, logs: &Path, port: u16) -> Running {
    let mut command = machine.command(&programs.join("postgres"), account("postgres"));
    command.current_dir("/").arg("-D").arg(folder.join("data"));
    for setting in [
        "listen_addresses=*",
        &format!("port={port}"),
        &format!("unix_socket_directories={}", folder.display()),
        "max_connections=200",
        "shared_buffers=64MB",
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
    ] {
        command.args(["-c", setting]);
    }
    Running::start("postgres", command, logs)
}

/// The folder that holds `initdb` and `postgres`: Debian keeps each version in one of its own.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let folder = entry.path().join("bin");
        folder.join("initdb").is_file().then_some((version, folder))
    });
    let newest = found.max().map(|(_, folder)| folder);
    newest.unwrap_or_else(|| PathBuf::from(run("pg_config", &["--bindir"]).trim()))
}
