//! Sees files onto the disk, because the embedded PostgreSQL cannot.
//!
//! Its files are those of the host, but its fsync ends in a flush of a Rust `File`, which does nothing
//! (pglite-oxide 0.5.1, `sync_host_fs.rs`; strace shows not one fsync or fdatasync). The kernel flushes a
//! file whoever asks, so we ask.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Modification times are coarse, and a file may be written while it is being synced.
const OVERLAP: Duration = Duration::from_secs(2);

/// The files of one cluster.
#[derive(Debug)]
pub(super) struct Disk {
    data: PathBuf,
    /// When the last sync of the log began. The lock also keeps two syncs from running at once.
    synced: Mutex<Option<SystemTime>>,
    log_syncs: AtomicU64,
}

impl Disk {
    pub(super) fn of(data: PathBuf) -> Self {
        Self { data, synced: Mutex::new(None), log_syncs: AtomicU64::new(0) }
    }

    /// Sees every file of the log that was written since the last call onto the disk, and their names.
    pub(super) fn sync_log(&self) -> io::Result<()> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        let began = SystemTime::now();
        let since = synced.and_then(|synced| synced.checked_sub(OVERLAP));
        let log = self.log();
        for entry in std::fs::read_dir(&log)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let fresh = since.is_none_or(|since| metadata.modified().is_ok_and(|modified| modified >= since));
            if metadata.is_file() && fresh {
                File::open(entry.path())?.sync_data()?;
                self.log_syncs.fetch_add(1, Ordering::Relaxed);
            }
        }
        File::open(&log)?.sync_all()?;
        *synced = Some(began);
        Ok(())
    }

    /// Sees every file of the cluster and every name onto the disk.
    pub(super) fn sync_everything(&self) -> io::Result<()> {
        let mut directories = vec![self.data.clone()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(&directory)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    directories.push(entry.path());
                } else if kind.is_file() {
                    sync_if_there(&entry.path())?;
                }
            }
            sync_if_there(&directory)?;
        }
        Ok(())
    }

    pub(super) fn log_bytes(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for entry in std::fs::read_dir(self.log())? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes)
    }

    pub(super) fn log_syncs(&self) -> u64 {
        self.log_syncs.load(Ordering::Relaxed)
    }

    fn log(&self) -> PathBuf {
        self.data.join("pg_wal")
    }
}

/// PostgreSQL may remove a file while we walk.
fn sync_if_there(path: &Path) -> io::Result<()> {
    match File::open(path).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
