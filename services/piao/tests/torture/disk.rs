//! A disk of PostgreSQL's own that can be full, and that can fail: a file system in a file, in memory of a bounded size. Full
//! is the file system; it fails (`EIO`) where the memory under it is full. For the one the memory is larger than the file,
//! and for the other what the file system does not use is given back to the memory.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::machines::run;
use super::postgres::Postgres;
use super::running::is_within;

/// Of the file; the memory has room for all of it.
const DISK: &str = "1g";
const MEMORY: &str = "size=1200m";
static PIECE: [u8; 1 << 16] = [0; 1 << 16];
/// What PostgreSQL says of a full disk, and of one that fails: by itself, or through a file system that gave up.
const FULL: [&str; 1] = ["No space left on device"];
const FAILED: [&str; 2] = ["Input/output error", "Read-only file system"];
/// Longest wait for it to notice. It may write where it has written before for a while.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);

/// The disk. It is unmounted when this is dropped, so that its folder can go.
pub(crate) struct Disk {
    memory: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    /// Mounts it at a folder. Only what is confined may; and where there are no loop devices nobody can.
    pub(crate) fn mount(mounted: &Path, memory: &Path) -> Self {
        [mounted, memory].into_iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
        let disk = Self { memory: memory.to_owned(), mounted: mounted.to_owned() };
        run("mount", &["-t", "tmpfs", "-o", MEMORY, "tmpfs", text(memory)]);
        run("truncate", &["-s", DISK, text(&disk.image())]);
        run("mkfs.ext4", &["-q", "-F", text(&disk.image())]);
        disk.mount_again();
        disk
    }

    /// Fills it to the last byte for a while. Returns whether PostgreSQL noticed.
    pub(crate) async fn fill(&self, log: &Path, lasting: Duration) -> bool {
        let before = said(log, &FULL);
        let ballast = ballast(&self.mounted);
        let noticed = is_within(NOTICED_WITHIN, async || said(log, &FULL) > before).await;
        sleep(lasting).await;
        std::fs::remove_file(ballast).unwrap();
        // What was freed can be written again only once that is durable itself.
        run("sync", &["--file-system", text(&self.mounted)]);
        run("fstrim", &[text(&self.mounted)]);
        noticed
    }

    /// Nothing new can be written under it for a while. PostgreSQL is killed, since what it read before it may have to
    /// read again from a disk that is well, and started again.
    pub(crate) async fn fail(&self, postgres: &mut Postgres, log: &Path, lasting: Duration) -> bool {
        let before = said(log, &FAILED);
        let ballast = ballast(&self.memory);
        let noticed = is_within(NOTICED_WITHIN, async || said(log, &FAILED) > before).await;
        sleep(lasting).await;
        postgres.kill().await;
        run("umount", &[text(&self.mounted)]);
        std::fs::remove_file(ballast).unwrap();
        // What it did not get written it did not promise to anybody: journal and structure are put right.
        let mended = std::process::Command::new("e2fsck").args(["-p", "-f", text(&self.image())]).output();
        assert!(
            mended.unwrap().status.code().is_some_and(|code| code <= 1),
            "a file system that can be mended"
        );
        self.mount_again();
        postgres.start_again().await;
        noticed
    }

    fn image(&self) -> PathBuf {
        self.memory.join("image")
    }

    fn mount_again(&self) {
        run("mount", &["-o", "loop", text(&self.image()), text(&self.mounted)]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // From sight at once, whoever still has a file of it open.
        for place in [&self.mounted, &self.memory] {
            std::process::Command::new("umount").arg("-l").arg(place).status().ok();
        }
    }
}

/// A file that takes all the room that there is.
fn ballast(folder: &Path) -> PathBuf {
    let path = folder.join("ballast");
    let mut file = File::create(&path).unwrap();
    while file.write_all(&PIECE).is_ok() {}
    // What a file system in a file still holds back comes to nothing only when it is to be durable.
    file.sync_all().ok();
    path
}

/// How often a log says something.
fn said(log: &Path, what: &[&str]) -> usize {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    what.iter().map(|what| text.matches(what).count()).sum()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}
