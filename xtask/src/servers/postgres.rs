//! A private PostgreSQL, with durability on: tests that kill and restart rely on it.

use super::account::Account;
use super::install;
use super::place::{Folder, free_port, password};
use crate::failure::Failure;
use crate::process;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const INITDB_LIMIT: Duration = Duration::from_secs(120);
const READY_LIMIT: Duration = Duration::from_secs(60);
const LOG: &str = "postgres.log";
const USER: &str = "piao";

/// A running server; dropping it is a fast shutdown.
pub(crate) struct Postgres {
    url: String,
    server: Child,
    /// Dropped, and so removed, after the server ended.
    folder: Folder,
}

impl Postgres {
    /// Makes a new cluster and waits until it takes connections.
    pub(crate) fn start() -> Result<Self, Failure> {
        let programs = install::postgres_programs()?;
        let account = Account::of_server("postgres")?;
        let folder = Folder::create("postgres", account)?;
        let (port, password) = (free_port()?, password()?);
        init_cluster(&programs, account, &folder, &password)?;

        let mut command = account.command(&programs.join("postgres"), "INT");
        command.args(["-D", &folder.inside("data")]);
        for setting in settings(port, folder.path()) {
            command.args(["-c", &setting]);
        }
        let log = folder.open_log(LOG)?;
        let errors = log.try_clone().map_err(Failure::io("opening the log of PostgreSQL"))?;
        let server = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Failure::io("starting a private PostgreSQL"))?;

        let url = format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres");
        let mut started = Self { url, server, folder };
        started.wait_until_ready(&programs, port)?;
        Ok(started)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self, programs: &Path, port: u16) -> Result<(), Failure> {
        let doing = "waiting for the private PostgreSQL";
        let since = Instant::now();
        loop {
            let mut ask = std::process::Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            if process::run_quietly(ask, doing, Duration::from_secs(10))?.success {
                return Ok(());
            }
            let ended = self.server.try_wait().map_err(Failure::io(doing))?;
            if ended.is_some() || since.elapsed() > READY_LIMIT {
                return Err(Failure::Command {
                    doing: doing.into(),
                    outcome: format!("it does not take connections{}", self.folder.log_tail(LOG)),
                    next: format!("see the log above, or set {} to a server of yours", super::DATABASE_URL),
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown, what `pg_ctl stop -m fast` sends; this child is ours.
        process::end(&mut self.server, "INT");
    }
}

fn init_cluster(programs: &Path, account: Account, folder: &Folder, password: &str) -> Result<(), Failure> {
    let doing = "making a private PostgreSQL cluster";
    folder.write("password", password)?;
    let mut command = account.command(&programs.join("initdb"), "TERM");
    command.current_dir(folder.path()).args([
        "--pgdata",
        &folder.inside("data"),
        "--username",
        USER,
        "--pwfile",
        &folder.inside("password"),
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // Sorts the same on every machine.
        "--locale=C",
    ]);
    let finished = process::run_quietly(command, doing, INITDB_LIMIT)?;
    match finished.success {
        true => Ok(()),
        false => Err(Failure::Command {
            doing: doing.into(),
            outcome: finished.output,
            next: format!("see the output above, or set {} to a server of yours", super::DATABASE_URL),
        }),
    }
}

/// What differs from PostgreSQL's defaults, and the three that must be as they are there.
fn settings(port: u16, folder: &Path) -> Vec<String> {
    let socket_dir: PathBuf = folder.to_owned();
    vec![
        "listen_addresses=127.0.0.1".into(),
        format!("port={port}"),
        format!("unix_socket_directories={}", socket_dir.display()),
        // Many test processes, each with a pool.
        "max_connections=300".into(),
        "shared_buffers=256MB".into(),
        "fsync=on".into(),
        "synchronous_commit=on".into(),
        "full_page_writes=on".into(),
    ]
}
