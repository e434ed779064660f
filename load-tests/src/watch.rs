//! What the programs of a row use between two moments, and what PostgreSQL writes ahead.

use std::collections::BTreeMap;
use std::time::Instant;

use tokio_postgres::Client;

use crate::failure::Failure;
use crate::measured::Run;
use crate::processes::{Program, Use};

/// Watches programs and a PostgreSQL server.
pub(crate) struct Watch {
    programs: Vec<Program>,
    postgres: Client,
    has_chain: bool,
}

/// One moment.
pub(crate) struct Moment {
    at: Instant,
    used: BTreeMap<&'static str, Use>,
    wal_bytes: u64,
    height: Option<u64>,
}

impl Moment {
    /// Memory of a program then.
    pub(crate) fn memory_bytes(&self, program: &str) -> Option<u64> {
        self.used.get(program).map(|used| used.memory_bytes)
    }

    /// Resident memory of every program then.
    pub(crate) fn resident_bytes(&self) -> BTreeMap<&'static str, u64> {
        self.used.iter().map(|(program, used)| (*program, used.resident_bytes)).collect()
    }
}

impl Watch {
    pub(crate) const fn new(programs: Vec<Program>, postgres: Client) -> Self {
        Self { programs, postgres, has_chain: false }
    }

    /// Counts the blocks, too, of the chain that the connection's database holds.
    pub(crate) fn with_chain(self) -> Self {
        Self { has_chain: true, ..self }
    }

    /// The connection that it asks over.
    pub(crate) const fn postgres(&self) -> &Client {
        &self.postgres
    }

    /// What was used and written up to now.
    pub(crate) async fn look(&self) -> Result<Moment, Failure> {
        let doing = "asking how far the write-ahead log goes";
        let row =
            self.postgres.query_one("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8", &[]).await;
        let wal_bytes: i64 = row.map_err(Failure::doing(doing))?.get(0);
        let height = if self.has_chain { Some(self.height().await?) } else { None };
        let used = self.programs.iter().map(|program| (program.name, program.look())).collect();
        Ok(Moment { at: Instant::now(), used, wal_bytes: u64::try_from(wal_bytes).unwrap_or(0), height })
    }

    async fn height(&self) -> Result<u64, Failure> {
        let row = self.postgres.query_one("SELECT height FROM ledger.head", &[]).await;
        let height: i64 = row.map_err(Failure::doing("asking how long the chain is"))?.get(0);
        Ok(u64::try_from(height).unwrap_or(0))
    }

    /// What was used and written since, as the beginning of a run's account.
    pub(crate) async fn since(&self, before: &Moment) -> Result<Run, Failure> {
        Ok(self.between(before, &self.look().await?))
    }

    /// The same of two moments.
    pub(crate) fn between(&self, before: &Moment, after: &Moment) -> Run {
        let cpu_seconds = after
            .used
            .iter()
            .filter_map(|(name, used)| Some((*name, used.cpu_seconds - before.used.get(name)?.cpu_seconds)))
            .collect();
        Run {
            seconds: (after.at - before.at).as_secs_f64(),
            cpu_seconds,
            memory_bytes: after.used.iter().map(|(name, used)| (*name, used.memory_bytes)).collect(),
            wal_bytes: Some(after.wal_bytes.saturating_sub(before.wal_bytes)),
            blocks: after.height.zip(before.height).map(|(after, before)| after.saturating_sub(before)),
            ..Run::default()
        }
    }
}
