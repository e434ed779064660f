//! PostgreSQL inside this process, over files in one directory.
//!
//! **What survives.** A commit that was answered survives the end of this process at any moment, `kill -9`
//! included: PostgreSQL hands its log to the kernel before it answers, and [`disk`] then sees it onto the disk.
//! After a loss of *power* the log is there; only one that falls into a checkpoint of [`Embedded::maintain`], before the
//! pages it wrote are on the disk too, can damage the database. Whoever cannot live with that runs the
//! platform shape.
//!
//! It has one connection in the whole process, no timers, no background writer, no checkpointer and no
//! autovacuum: [`Embedded::maintain`] does by hand what must be done. It listens on a socket in a directory that only
//! this user may enter, since it asks for no password.

mod disk;

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pglite_oxide::PgliteServer;
use tokio::sync::watch;

use self::disk::Disk;
use crate::{Cause, Database, DatabaseConfig, StoreError};

/// `fsync` stays off, because with it on this PostgreSQL cannot open its directory a second time (its system
/// layer refuses to fsync a directory), and because its fsync reaches no disk anyway: see [`disk`].
const SETTINGS: [(&str, &str); 3] =
    [("fsync", "off"), ("synchronous_commit", "on"), ("full_page_writes", "on")];

/// Its name is what PostgreSQL's clients make of the port in the URL.
const SOCKET: &str = ".s.PGSQL.5432";
/// Where the library keeps the cluster, below the directory.
const DATA: &str = "tmp/pglite/base";
/// Longest path of a Unix socket that every system takes, in bytes.
const SOCKET_PATH_BYTES_MAX: usize = 100;

/// A running embedded database. Dropping it stops it; [`Embedded::shutdown`] also says whether that went well.
#[derive(Debug)]
pub struct Embedded {
    server: PgliteServer,
    directory: PathBuf,
    disk: Arc<Disk>,
}

/// Starts PostgreSQL over the files in `directory`, which is made (mode 0700) if it is not there. The first
/// start takes some seconds, later ones a fraction of one, and after a crash as long as there is log to replay.
///
/// # Errors
/// [`StoreError::Embedded`], also if another process has the directory open.
pub async fn start_embedded(directory: &Path) -> Result<Embedded, StoreError> {
    let directory = directory.to_path_buf();
    let doing = format!("starting in {} (one process at a time may have it open)", directory.display());
    off_runtime(doing, move || {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let directory = directory.canonicalize()?;
        let socket = directory.join(SOCKET);
        if socket.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            let length = socket.as_os_str().len();
            return Err(format!(
                "its path has {length} bytes; a socket there may have {SOCKET_PATH_BYTES_MAX}"
            )
            .into());
        }
        let server = PgliteServer::builder()
            .path(&directory)
            .unix(&socket)
            .database("postgres")
            .postgres_configs(SETTINGS)
            .start()?;
        let disk = Arc::new(Disk::of(directory.join(DATA)));
        Ok(Embedded { server, directory, disk })
    })
    .await
}

impl Embedded {
    /// URL for [`Database::connect`] and [`crate::migrate`], one connection at a time.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.server.database_url()
    }

    /// A pool of the one connection, without the timers that this PostgreSQL does not have, whose commits wait
    /// for the disk.
    #[must_use]
    pub fn database_config(&self) -> DatabaseConfig {
        let disk = Arc::clone(&self.disk);
        DatabaseConfig {
            after_commit: Some(Arc::new(move || disk.sync_log())),
            pool_size_max: 1,
            keep_statements: false,
            statement_wait_max: None,
            idle_wait_max: None,
            acquire_wait_max: Duration::from_secs(30),
            ..DatabaseConfig::new(self.database_url())
        }
    }

    /// Bytes of write-ahead log on disk, which [`Embedded::maintain`] keeps bounded.
    ///
    /// # Errors
    /// [`StoreError::Embedded`] if the directory cannot be read.
    pub fn log_bytes(&self) -> Result<u64, StoreError> {
        let doing = format!("measuring its log in {}", self.directory.display());
        self.disk.log_bytes().map_err(|error| StoreError::Embedded { doing, source: Some(error.into()) })
    }

    /// How often a file of the log was seen onto the disk since the start.
    #[must_use]
    pub fn log_syncs(&self) -> u64 {
        self.disk.log_syncs()
    }

    /// Frees dead rows, writes dirty pages out and lets go of log that is no longer needed. Meanwhile the one
    /// connection is busy, for milliseconds when this is done often enough.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Data`], [`StoreError::Embedded`] if a disk failed.
    pub async fn maintain_once(&self, database: &Database) -> Result<(), StoreError> {
        // Between the two the connection is given back, so that others wait for one at most.
        for statement in ["VACUUM", "CHECKPOINT"] {
            database.outside_transaction(statement).await?;
        }
        // A loss of power before this ends may find new log and old pages: see the module's documentation.
        let disk = Arc::clone(&self.disk);
        off_runtime("seeing pages onto the disk".to_owned(), move || Ok(disk.sync_everything()?)).await
    }

    /// Does [`Embedded::maintain_once`] every `pause` until `stopped` turns true or its sender is gone.
    pub async fn maintain(&self, database: Database, pause: Duration, mut stopped: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
            if let Err(error) = self.maintain_once(&database).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "maintenance of the embedded database failed");
            }
        }
    }

    /// Stops PostgreSQL. Close every [`Database`] on it first: an open connection keeps it running.
    ///
    /// # Errors
    /// [`StoreError::Embedded`]; the files are then as after a crash, which the next start repairs.
    pub async fn shutdown(self) -> Result<(), StoreError> {
        let doing = format!("stopping in {}", self.directory.display());
        off_runtime(doing, move || Ok(self.server.shutdown()?)).await
    }
}

/// The library blocks its thread.
async fn off_runtime<T: Send + 'static>(
    doing: String,
    work: impl FnOnce() -> Result<T, Cause> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(source)) => Err(StoreError::Embedded { doing, source: Some(source) }),
        Err(stopped) => Err(StoreError::Embedded { doing, source: Some(stopped.into()) }),
    }
}
