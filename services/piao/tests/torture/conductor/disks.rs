//! Disks are full, or fail, and are well again. Where nobody said so in time nothing went wrong, and it does not count.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::sleep;

use super::{Conductor, EPOCH};
use crate::disk::Disk;
use crate::faults::Until;
use crate::platform::Platform;

const DISKS: &str = "disks, where faults of disks are wanted";
/// How many entries the log has of which anybody may have a checkpoint.
const SHOWN: &str = "SELECT coalesce(max(tree_size), 0) FROM ledger.checkpoint";
/// The last words of a ledger that can keep nothing, and the exit code of a fault.
const CANNOT: &str = "the last checkpoint cannot be";
const FAULT: Option<i32> = Some(3);

impl Conductor<'_> {
    /// PostgreSQL's disk is full for a while.
    pub(super) async fn fill(&mut self, lasting: Duration) {
        let Platform { disks, folder, .. } = &*self.platform;
        let disk = &disks.as_ref().expect(DISKS).postgres;
        let noticed = disk.fill(&folder.join("postgres.log")).await;
        sleep(lasting).await;
        disk.empty();
        self.counts.full += u64::from(noticed);
    }

    /// It fails for a while. PostgreSQL is killed, since what it read before it may have to read again from a disk that is
    /// well, and started again.
    pub(super) async fn fail(&mut self, lasting: Duration) {
        let Platform { disks, folder, postgres, .. } = &mut *self.platform;
        let disk = &disks.as_ref().expect(DISKS).postgres;
        let noticed = disk.fail(&folder.join("postgres.log")).await;
        sleep(lasting).await;
        postgres.kill().await;
        disk.mend().await;
        postgres.start_again().await;
        self.counts.failing += u64::from(noticed);
    }

    /// The disk of the ledgers' own file is full.
    pub(super) async fn fill_ledgers(&mut self, until: &Until) {
        let noticed = self.ledgers_disk().fill(&self.ledgers_log()).await;
        self.wait_until(until, noticed).await;
        let shown = self.ask(SHOWN).await;
        self.is_kept(shown);
        self.ledgers_disk().empty();
        self.start_where_ended();
        self.counts.ledger_full += u64::from(noticed);
    }

    /// It fails. A ledger that runs goes on with what is durable of its file.
    pub(super) async fn fail_ledgers(&mut self, until: &Until) {
        let noticed = self.ledgers_disk().fail(&self.ledgers_log()).await;
        self.wait_until(until, noticed).await;
        let shown = self.ask(SHOWN).await;
        self.ledgers_disk().mend().await;
        self.is_kept(shown);
        self.start_where_ended();
        self.counts.ledger_failing += u64::from(noticed);
    }

    /// A ledger that noticed nothing does not end.
    async fn wait_until(&mut self, until: &Until, noticed: bool) {
        match until {
            Until::Passed(lasting) => sleep(*lasting).await,
            Until::Ended if noticed => self.ends().await,
            Until::Ended => {}
        }
    }

    /// The ledger ends, and does not lead before its disk is well: both times it says why, and its epoch is the last.
    async fn ends(&mut self) {
        let epoch = self.ask(EPOCH).await;
        self.ended_for_its_disk().await;
        self.platform.launch("ledger", None);
        self.ended_for_its_disk().await;
        if self.ask(EPOCH).await != epoch {
            self.flaws.push("a ledger that can keep nothing has begun an epoch".to_owned());
        }
    }

    async fn ended_for_its_disk(&mut self) {
        let (code, said) = self.platform.ended("ledger").await;
        let says_why = said.lines().next_back().is_some_and(|last| last.contains(CANNOT));
        if code != FAULT || !says_why {
            self.flaws.push(format!("a ledger that can keep nothing ends with {code:?}: {said}"));
        }
    }

    /// What anybody may have seen is on the disk, whatever became of it.
    fn is_kept(&mut self, shown: i64) {
        let note = std::fs::read_to_string(self.platform.checkpoint_file()).unwrap_or_default();
        let kept = note.lines().nth(1).and_then(|size| size.parse::<i64>().ok());
        if kept.is_none_or(|kept| kept < shown) {
            self.flaws.push(format!("a checkpoint of {shown} was shown, the ledgers' file has {kept:?}"));
        }
    }

    fn start_where_ended(&mut self) {
        if self.platform.has_ended("ledger") {
            self.platform.launch("ledger", None);
        }
    }

    fn ledgers_disk(&self) -> &Disk {
        &self.platform.disks.as_ref().expect(DISKS).ledgers
    }

    fn ledgers_log(&self) -> PathBuf {
        self.platform.folder.join("ledger.log")
    }
}
