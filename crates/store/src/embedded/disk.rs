//! Sees files onto the disk, because the embedded PostgreSQL cannot.
//!
//! Its files are those of the host, but its fsync ends in a flush of a Rust `File`, which does nothing
//! (pglite-oxide 0.5.1, `sync_host_fs.rs`; strace shows not one fsync or fdatasync). The kernel flushes a
//! file whoever asks, so we ask.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Modification times are coarse, and a file may be written while it is being synced: what is written so long after a time
/// of modification was first seen has another.
const OVERLAP: Duration = Duration::from_secs(2);

/// The files of one cluster.
#[derive(Debug)]
pub(super) struct Disk {
    data: PathBuf,
    /// The files of the log. The lock also keeps two syncs from running at once.
    seen: Mutex<HashMap<OsString, Seen>>,
    log_syncs: AtomicU64,
}

/// What is known of a file; moments are those of a clock that nobody sets, the times of files are the wall clock's.
#[derive(Clone, Copy, Debug)]
struct Seen {
    modified: SystemTime,
    /// When it was first seen with that time of modification.
    since: Instant,
    /// When its last sync began.
    synced: Instant,
}

impl Disk {
    pub(super) fn of(data: PathBuf) -> Self {
        Self { data, seen: Mutex::new(HashMap::new()), log_syncs: AtomicU64::new(0) }
    }

    /// Sees every file of the log that was written since the last call onto the disk, and their names.
    pub(super) fn sync_log(&self) -> io::Result<()> {
        self.sync_log_at(Instant::now())
    }

    fn sync_log_at(&self, now: Instant) -> io::Result<()> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let log = self.log();
        let mut after = HashMap::with_capacity(seen.len());
        for entry in std::fs::read_dir(&log)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if !metadata.is_file() {
                continue;
            }
            let (name, modified) = (entry.file_name(), metadata.modified()?);
            let before = seen.get(&name).filter(|before| before.modified == modified).copied();
            let since = before.map_or(now, |before| before.since);
            // Whatever has this time was written by then, and that sync began later.
            let settled = before.filter(|before| before.synced.duration_since(since) >= OVERLAP);
            let synced = match settled {
                Some(before) => before.synced,
                None => {
                    File::open(entry.path())?.sync_data()?;
                    self.log_syncs.fetch_add(1, Ordering::Relaxed);
                    now
                }
            };
            after.insert(name, Seen { modified, since, synced });
        }
        File::open(&log)?.sync_all()?;
        // Only now: what could not be synced is to be synced again.
        *seen = after;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_synced_whichever_way_its_time_changed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pg_wal")).unwrap();
        let segment = File::create(folder.path().join("pg_wal/000000010000000000000001")).unwrap();
        let disk = Disk::of(folder.path().to_owned());
        let began = Instant::now();
        let synced_at = |seconds: u64, modified: SystemTime| {
            segment.set_modified(modified).unwrap();
            let before = disk.log_syncs();
            disk.sync_log_at(began + Duration::from_secs(seconds)).unwrap();
            disk.log_syncs() - before
        };
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(synced_at(0, noon), 1, "never seen before");
        assert_eq!(synced_at(1, noon), 1, "what was written in the same moment has the same time");
        assert_eq!(synced_at(9, noon), 1, "the last sync may have begun before that moment was over");
        assert_eq!(synced_at(10, noon), 0, "not written since");
        assert_eq!(synced_at(11, noon - Duration::from_secs(50)), 1, "written after the clock was set back");
        assert_eq!(synced_at(20, noon - Duration::from_secs(50)), 1);
        assert_eq!(synced_at(21, noon - Duration::from_secs(50)), 0);
        assert_eq!(synced_at(22, noon), 1, "written after the clock was set right");
    }
}
