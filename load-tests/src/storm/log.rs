//! The log as anybody can read it, every entry of it, under a checkpoint that its key signed.

use std::net::SocketAddr;
use std::time::Duration;

use piao_protocol::checkpoint::{NoteKey, UnverifiedCheckpoint};
use piao_protocol::jws::Nonce;
use piao_protocol::log::{Entry, Frontier, TILE_WIDTH, TilePath, parse_bundle};
use piao_protocol::receipt::Receipt;
use tokio::time::{Instant, sleep};

use crate::failure::Failure;
use crate::http::{Connection, Meaning};

/// Longest wait for a checkpoint over what was just decided; one is signed every second.
const CHECKPOINT_WAIT_MAX: Duration = Duration::from_secs(60);
/// Before something is asked for again.
const PAUSE: Duration = Duration::from_millis(500);

/// Entries whose tree has the root that was signed.
pub(super) struct Log(Vec<Entry>);

impl Log {
    /// Reads the whole log, once its checkpoint covers an entry.
    pub(super) async fn read(address: SocketAddr, key: &NoteKey, index: u64) -> Result<Self, Failure> {
        let mut connection = Connection::open(address).await?.keeping_bodies();
        let since = Instant::now();
        let checkpoint = loop {
            let note = get(&mut connection, "/log/checkpoint").await?;
            let note = String::from_utf8(note).map_err(Failure::doing("reading a checkpoint"))?;
            let read = UnverifiedCheckpoint::parse(&note).map_err(Failure::doing("reading a checkpoint"))?;
            let verified = read.verify(std::slice::from_ref(key));
            let verified = verified.map_err(Failure::doing("verifying a checkpoint"))?.checkpoint().clone();
            if verified.size > index {
                break verified;
            }
            if since.elapsed() > CHECKPOINT_WAIT_MAX {
                return Err(Failure::new("no checkpoint covers what was decided"));
            }
            sleep(PAUSE).await;
        };
        let mut entries = Vec::new();
        for tile in tiles(checkpoint.size) {
            let bundle = get(&mut connection, &format!("/log/{tile}")).await?;
            entries.extend(parse_bundle(&bundle).map_err(Failure::doing("reading entries"))?);
        }
        let mut frontier = Frontier::default();
        entries.iter().for_each(|entry| frontier.append(entry.leaf(), &mut Vec::new()));
        if (frontier.size(), frontier.root()) != (checkpoint.size, checkpoint.root) {
            return Err(Failure::new("the log is not what its checkpoint says"));
        }
        Ok(Self(entries))
    }

    /// Whether the entry that a receipt names is of that transition and that outcome.
    pub(super) fn holds(&self, receipt: &Receipt, nonce: &Nonce) -> bool {
        let expect = Entry::Transition { id: receipt.transition, outcome: receipt.outcome_digest(nonce) };
        usize::try_from(receipt.index).ok().and_then(|index| self.0.get(index)) == Some(&expect)
    }
}

/// The bundles of all entries of a log of this size.
fn tiles(size: u64) -> Vec<TilePath> {
    let full = (0..size / TILE_WIDTH).map(|index| TilePath::Entries { index, width: 256 });
    let rest = u16::try_from(size % TILE_WIDTH).ok().filter(|width| *width > 0);
    full.chain(rest.map(|width| TilePath::Entries { index: size / TILE_WIDTH, width })).collect()
}

/// What is public, as often as one may ask.
async fn get(connection: &mut Connection, path: &str) -> Result<Vec<u8>, Failure> {
    loop {
        let answer = connection.get(path).await?;
        match (answer.status, answer.meaning()) {
            (200, _) => return Ok(answer.body),
            (_, Meaning::Later) => sleep(PAUSE).await,
            (status, _) => return Err(Failure::new(format!("{path}: {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_in_one_tile() {
        let check = |size: u64, expect: &[&str]| {
            let tiles = tiles(size).iter().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(tiles, expect, "{size}");
        };
        check(1, &["tile/entries/000.p/1"]);
        check(256, &["tile/entries/000"]);
        check(513, &["tile/entries/000", "tile/entries/001", "tile/entries/002.p/1"]);
    }
}
