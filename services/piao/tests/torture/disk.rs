//! Disks that can be full, and that can fail: each a file system in a file, in memory of a bounded size. Full is the file
//! system; it fails where it is shut down as it shuts itself down when it trusts its disk no more: whatever is asked of it
//! is an `EIO` then, and what was not durable is gone.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::machines::{run, tried};
use super::running::{PATIENCE, is_within, within};

static PIECE: [u8; 1 << 16] = [0; 1 << 16];
/// What anybody says of a full disk, and of one that fails: by itself, or through a file system that gave up.
const FULL: [&str; 1] = ["No space left on device"];
const FAILED: [&str; 2] = ["Input/output error", "Read-only file system"];
/// Longest wait for somebody to notice. PostgreSQL may write where it has written before for a while, and a ledger writes
/// once a second.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);
/// `EXT4_IOC_SHUTDOWN` without a last look at the journal. No program of the system asks for it.
const SHUT_DOWN: &str = "import fcntl, os, struct, sys\n\
                         fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
/// The folder of the ledgers' file, on its disk: where that is not mounted there is no place to write to.
const LEDGERS_FOLDER: &str = "ledgers";

/// How large a disk is, and the memory that has room for all of it.
struct Size {
    disk: &'static str,
    memory: &'static str,
}

const OF_POSTGRES: Size = Size { disk: "1g", memory: "size=1200m" };
/// For a file of one block, and the journal of its file system.
const OF_LEDGERS: Size = Size { disk: "32m", memory: "size=48m" };

/// The disks that go wrong.
pub(crate) struct Disks {
    /// Of PostgreSQL's files.
    pub(crate) postgres: Disk,
    /// Of the file in which the ledgers keep their last checkpoint.
    pub(crate) ledgers: Disk,
}

impl Disks {
    /// Mounts both in a folder, PostgreSQL's where its files are to be.
    pub(crate) fn mount(folder: &Path) -> Self {
        let mount = |mounted: &str, memory: &str, size: &Size| {
            let disk = Disk::mount(&folder.join(mounted), &folder.join(memory), size);
            disk.unwrap_or_else(|why| panic!("no disk: {why}"))
        };
        let postgres = mount("postgres", "postgres-disk", &OF_POSTGRES);
        let ledgers = mount("outside", "ledgers-disk", &OF_LEDGERS);
        std::fs::create_dir(ledgers.mounted.join(LEDGERS_FOLDER)).unwrap();
        Self { postgres, ledgers }
    }

    /// The file of the ledgers.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        self.ledgers.mounted.join(LEDGERS_FOLDER).join("last-checkpoint")
    }

    /// Whether a disk can be made here and go wrong; else why not. Containers often have no loop devices.
    pub(crate) fn possible(folder: &Path) -> Result<(), String> {
        let disk = Disk::mount(&folder.join("tried"), &folder.join("tried-disk"), &OF_LEDGERS)?;
        disk.trim()?;
        disk.shut_down()
    }
}

/// One of them. It is unmounted when this is dropped, so that its folder can go.
pub(crate) struct Disk {
    memory: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    /// Mounts it at a folder. Only what is confined may; and where there are no loop devices nobody can.
    fn mount(mounted: &Path, memory: &Path, size: &Size) -> Result<Self, String> {
        [mounted, memory].into_iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
        let disk = Self { memory: memory.to_owned(), mounted: mounted.to_owned() };
        let image = disk.image();
        tried("mount", &["-t", "tmpfs", "-o", size.memory, "tmpfs", text(memory)])?;
        tried("truncate", &["-s", size.disk, text(&image)])?;
        // Small disks would get smaller blocks than memory has pages.
        tried("mkfs.ext4", &["-q", "-F", "-b", "4096", text(&image)])?;
        disk.mount_again()?;
        Ok(disk)
    }

    /// Fills it to the last byte. Whether a log says so in time.
    pub(crate) async fn fill(&self, log: &Path) -> bool {
        let before = said(log, &FULL);
        let mut ballast = File::create(self.ballast()).unwrap();
        is_within(NOTICED_WITHIN, async || {
            // Again and again: the one block that the file before leaves would do for the file after it for ever.
            take_all(&mut ballast);
            said(log, &FULL) > before
        })
        .await
    }

    /// There is room on it again.
    pub(crate) fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
        // What was freed can be written again only once that is durable itself; then the memory need not keep it either.
        run("sync", &["--file-system", text(&self.mounted)]);
        self.trim().unwrap();
    }

    /// From now on it gives and takes nothing. Whether a log says so in time.
    pub(crate) async fn fail(&self, log: &Path) -> bool {
        let before = said(log, &FAILED);
        self.shut_down().unwrap();
        is_within(NOTICED_WITHIN, async || said(log, &FAILED) > before).await
    }

    /// It is well again, with what was durable on it. Meanwhile nobody may hold a file of it open for long.
    pub(crate) async fn mend(&self) {
        within(PATIENCE, "nobody has a file of the disk open", async || {
            tried("umount", &[text(&self.mounted)]).is_ok()
        })
        .await;
        // What did not get written was not promised to anybody: journal and structure are put right.
        let mended = std::process::Command::new("e2fsck").args(["-p", "-f", text(&self.image())]).output();
        assert!(
            mended.unwrap().status.code().is_some_and(|code| code <= 1),
            "a file system that can be mended"
        );
        self.mount_again().unwrap();
    }

    fn shut_down(&self) -> Result<(), String> {
        // Whoever runs this test without the test command may have no other.
        let python = std::env::var("PIAO_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        tried(&python, &["-c", SHUT_DOWN, text(&self.mounted)]).map(drop)
    }

    fn trim(&self) -> Result<(), String> {
        tried("fstrim", &[text(&self.mounted)]).map(drop)
    }

    fn mount_again(&self) -> Result<(), String> {
        tried("mount", &["-o", "loop", text(&self.image()), text(&self.mounted)]).map(drop)
    }

    fn image(&self) -> PathBuf {
        self.memory.join("image")
    }

    fn ballast(&self) -> PathBuf {
        self.mounted.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // From sight at once, whoever still has a file of it open. What was not mounted is not missed.
        for place in [&self.mounted, &self.memory] {
            std::process::Command::new("umount").arg("-l").arg(place).output().ok();
        }
    }
}

/// Writes for as long as there is room.
fn take_all(file: &mut File) {
    let mut length = PIECE.len();
    // Where a large piece has no room, a small one may have some.
    while length > 0 {
        if file.write_all(&PIECE[..length]).is_err() {
            length /= 2;
        }
    }
    // What a file system still holds back comes to nothing only when all is to be durable.
    file.sync_all().ok();
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
