//! PostgreSQL alone: pgbench with one commit a transition, no signatures, no ledger.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::failure::Failure;
use crate::ground::Ground;
use crate::measured::{Row, Run};
use crate::part::Part;
use crate::plan::Plan;
use crate::servers::Servers;

const SCHEMA: &str = include_str!("../sql/baseline_schema.sql");
const LIFECYCLE: &str = include_str!("../sql/baseline_lifecycle.sql");
/// Commits in one pass through the life cycle: issue, claim, lock.
const COMMITS: f64 = 3.0;
const CLIENTS: &str = "16";
const THREADS: &str = "2";

/// Runs pgbench on a database of its own, on the same server as everything else.
pub(crate) async fn measure(plan: &Plan, servers: &Servers, folder: &Path) -> Result<Row, Failure> {
    let ground = Ground::new(servers, SCHEMA).await?;
    let script = folder.join("lifecycle.sql");
    std::fs::write(&script, LIFECYCLE).map_err(Failure::doing("writing pgbench's script"))?;
    let pgbench = Pgbench {
        program: program(),
        config: ground.url().parse().map_err(Failure::doing("a URL"))?,
        script,
    };
    let watch = ground.watch(servers, Vec::new()).await?;
    pgbench.run(plan.warm_up).await?;
    let name = format!("PostgreSQL alone, one commit a transition, no signatures (pgbench -c {CLIENTS})");
    let mut row = Row::new(Part::Postgres, name, "transitions");
    for _ in 0..plan.repetitions {
        let before = watch.look().await?;
        let passes_a_second = pgbench.run(plan.measured).await?;
        let used = watch.since(&before).await?;
        // The moments include pgbench's own start; its count is of the time that it measured.
        let seconds = plan.measured.as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of a few thousand"
        )]
        let done = (passes_a_second * COMMITS * seconds) as u64;
        row.runs.push(Run { seconds, done, ..used });
    }
    Ok(row)
}

struct Pgbench {
    program: PathBuf,
    config: Config,
    script: PathBuf,
}

impl Pgbench {
    /// Passes through the script, a second.
    async fn run(&self, time: Duration) -> Result<f64, Failure> {
        let mut command = Command::new(&self.program);
        command.args(["-n", "-M", "prepared", "-c", CLIENTS, "-j", THREADS]);
        command.arg("-T").arg(time.as_secs().max(1).to_string()).arg("-f").arg(&self.script);
        if let Some(Host::Tcp(host)) = self.config.get_hosts().first() {
            command.args(["-h", host]);
        }
        if let Some(port) = self.config.get_ports().first() {
            command.args(["-p", &port.to_string()]);
        }
        command.args(["-U", self.config.get_user().unwrap_or("postgres")]);
        // Not among the arguments, which everybody on the machine can read.
        command.env("PGPASSWORD", std::ffi::OsString::from(password(&self.config)));
        command.arg(self.config.get_dbname().unwrap_or("postgres"));
        let ended = tokio::task::spawn_blocking(move || command.output()).await;
        let ended = ended.map_err(Failure::doing("waiting for pgbench"))?;
        let output = ended.map_err(Failure::doing(format!("starting {}", self.program.display())))?;
        let text = String::from_utf8_lossy(&output.stdout);
        rate(&text).filter(|_| output.status.success()).ok_or_else(|| {
            Failure::new(format!(
                "pgbench: {} {text} {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            ))
        })
    }
}

fn password(config: &Config) -> String {
    config.get_password().map(|password| String::from_utf8_lossy(password).into_owned()).unwrap_or_default()
}

/// The number in pgbench's `tps = 2014.5 (without initial connection time)`.
fn rate(output: &str) -> Option<f64> {
    let line = output.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Debian keeps it beside the server, in a folder a version, and perhaps not on PATH.
fn program() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        versions.map(|version| version.path().join("bin/pgbench")).filter(|path| path.is_file()).max();
    newest.unwrap_or_else(|| PathBuf::from("pgbench"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_what_pgbench_prints() {
        let check = |output: &str, expect: Option<f64>| assert_eq!(rate(output), expect, "{output}");
        check("latency average = 8 ms\ntps = 2014.5 (without initial connection time)\n", Some(2014.5));
        check("tps = x\n", None);
        check("", None);
    }
}
