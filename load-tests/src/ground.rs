//! What is measured besides the platform: a process of this program, on a database of its own.

use std::path::Path;
use std::process::Command;

use piao_domain::time::Time;
use piao_store::fresh::FreshDatabase;

use crate::child::Running;
use crate::failure::Failure;
use crate::processes::Program;
use crate::servers::{Servers, connect};
use crate::watch::Watch;

/// Names the environment variable with the database of such a process.
pub(crate) const DATABASE: &str = "PIAO_BENCH_DATABASE_URL";

/// A fresh database, gone when this is dropped: after whatever is connected to it.
pub(crate) struct Ground {
    database: FreshDatabase,
}

impl Ground {
    /// Makes a database, with these tables.
    pub(crate) async fn new(servers: &Servers, tables: &str) -> Result<Self, Failure> {
        let database = FreshDatabase::empty(&servers.database_url).await;
        let database = database.map_err(Failure::doing("making a database to measure on"))?;
        let postgres = connect(database.url()).await?;
        postgres.batch_execute(tables).await.map_err(Failure::doing("making tables to measure on"))?;
        Ok(Self { database })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    /// Starts this program as what `option` says, for a chain that begins at a time, with these variables.
    pub(crate) fn start(
        &self,
        name: &'static str,
        option: &str,
        at: Time,
        variables: &[(&str, &str)],
        folder: &Path,
    ) -> Result<Running, Failure> {
        let us = std::env::current_exe().map_err(Failure::doing("finding this program"))?;
        let mut command = Command::new(us);
        command.arg(option).arg(at.unix().to_string());
        command.env(DATABASE, self.url()).envs(variables.iter().copied());
        Running::start(name, command, folder)
    }

    /// Watches the servers and these programs.
    pub(crate) async fn watch(&self, servers: &Servers, programs: Vec<Program>) -> Result<Watch, Failure> {
        let programs = servers.programs.iter().cloned().chain(programs).collect();
        Ok(Watch::new(programs, connect(self.url()).await?))
    }
}
