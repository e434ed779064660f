//! What must hold when everything is well again, whatever happened before.

use std::collections::BTreeMap;

use piao_chain::replay::Replay;
use piao_chain::state::State;
use piao_domain::ids::TransitionId;
use piao_domain::invoice::Invoice;
use piao_protocol::block::Header;
use piao_protocol::export::read_block_line;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use zstd::bulk::Decompressor;

use super::cast::Cast;
use super::tables::Tables;
use super::world::{Prepared, World};

/// A chain as anybody can read it: what was decided where.
struct Chain<'a> {
    base: &'a BTreeMap<TransitionId, Receipt>,
    /// What was decided by this run, and not before it.
    fresh: BTreeMap<TransitionId, Receipt>,
}

impl Chain<'_> {
    fn receipt(&self, id: &TransitionId) -> Option<&Receipt> {
        self.fresh.get(id).or_else(|| self.base.get(id))
    }

    fn len(&self) -> usize {
        self.fresh.len() + self.base.len()
    }
}

/// Checks everything; each thing that does not hold is a violation of the run.
pub(super) fn check(world: &World, prepared: &Prepared, lines: &mut Lines) {
    let tables = world.ledger.tables();
    let mut chain = Chain { base: &prepared.receipts, fresh: BTreeMap::new() };
    if let Err(what) = read(&tables, &world.cast, prepared.replay.clone(), &mut chain, lines) {
        return world.sim.violated(what);
    }
    commits(world, prepared.tables.height());
    decisions(world, &chain);
    services(world, &tables, &chain);
}

/// The longest line that a run writes, in bytes.
const LINE_BYTES_MAX: usize = 1 << 22;

/// Reads the lines of stored blocks. To make one costs as much as to read a dozen lines.
pub(super) struct Lines(Decompressor<'static>);

impl Lines {
    pub(super) fn new() -> Self {
        Self(Decompressor::new().expect("memory for a decompressor"))
    }

    /// The line of a stored block.
    pub(super) fn line(&mut self, body: &[u8]) -> Result<String, String> {
        let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LINE_BYTES_MAX);
        let size = size.ok_or("a body that says no size, or too large a one")?;
        let line = self.0.decompress(body, size).map_err(|error| error.to_string())?;
        String::from_utf8(line).map_err(|error| error.to_string())
    }
}

/// Reads the chain from its bodies and executes it once more: signatures, links, outcomes, roots and invariants after
/// every block.
fn read(
    tables: &Tables,
    cast: &Cast,
    mut replay: Replay,
    chain: &mut Chain<'_>,
    lines: &mut Lines,
) -> Result<(), String> {
    let base = usize::try_from(replay.tip().header.height()).unwrap_or(usize::MAX);
    for (height, stored) in tables.blocks().iter().enumerate().skip(base + 1) {
        let line = lines.line(&stored.body)?;
        let (header, transitions, outcomes) =
            read_block_line(line.trim_end()).map_err(|error| format!("block {height}: {error}"))?;
        if header != stored.header || header.height() != height as u64 {
            return Err(format!("block {height} is stored under another header"));
        }
        let mut block = Vec::new();
        for (place, (text, outcome)) in transitions.into_iter().zip(outcomes).enumerate() {
            let Some(verified) = cast.verifier.recall(&text) else {
                return Err(format!("block {height} holds what nobody verified"));
            };
            let receipt = receipt(verified.id(), &outcome, &header, place);
            let id = verified.id();
            if chain.receipt(&id).is_some() {
                return Err(format!("{id} is decided twice"));
            }
            chain.fresh.insert(id, receipt);
            block.push((verified, outcome));
        }
        replay.push_verified(&header, block).map_err(|error| error.to_string())?;
    }
    let head = tables.head().map(|head| (head.header.clone(), head.frontier.clone()));
    let tip = replay.tip();
    if head != Some((tip.header.clone(), tip.frontier.clone())) {
        return Err("the head is not where the replay ends".to_owned());
    }
    // What lies highest is read from the segments, and stored nowhere.
    let replayed = State { highest: BTreeMap::new(), ..replay.finish().state };
    if replayed == *tables.state() { Ok(()) } else { Err("the state is not that of a replay".to_owned()) }
}

pub(super) fn receipt(id: TransitionId, outcome: &Outcome, header: &Header, place: usize) -> Receipt {
    Receipt {
        transition: id,
        outcome: outcome.clone(),
        height: header.height(),
        index: header.first() + place as u64,
        block: header.hash(),
        time: header.time(),
    }
}

/// No block is committed in an epoch that has ended, and each follows the one before.
fn commits(world: &World, base: u64) {
    let mut expected = base + 1;
    for commit in world.ledger.log() {
        if commit.epoch != commit.current {
            let (epoch, current) = (commit.epoch, commit.current);
            world.sim.violated(format!("epoch {epoch} committed a block while epoch {current} was on"));
        }
        if commit.header.height() != expected {
            world.sim.violated(format!("block {} was committed for {expected}", commit.header.height()));
        }
        expected = commit.header.height() + 1;
    }
    links(world).into_iter().for_each(|astray| world.sim.violated(astray));
}

/// Blocks that do not follow the one before.
pub(super) fn links(world: &World) -> Vec<String> {
    let log = world.ledger.log();
    let astray = log.iter().filter(|commit| !commit.follows);
    astray.map(|commit| format!("block {} follows none that is there", commit.header.height())).collect()
}

fn decisions(world: &World, chain: &Chain<'_>) {
    let book = world.book.borrow();
    for (id, receipt) in &chain.fresh {
        match book.submitted.get(id) {
            None => world.sim.violated(format!("{id} is decided and was never submitted")),
            Some(floor) if receipt.index <= *floor => {
                world
                    .sim
                    .violated(format!("{id} is decided before something that was known when it was sent"));
            }
            Some(_) => {}
        }
    }
    for id in book.recorded.iter().filter(|id| chain.receipt(id).is_none()) {
        world.sim.violated(format!("{id} was said to be written down and is not decided"));
    }
    for (id, receipt) in &book.receipts {
        if chain.receipt(id) != Some(receipt) {
            world.sim.violated(format!("a receipt of {id} was given that is not the chain's"));
        }
    }
    for (wish, ids) in &book.wishes {
        let accepted = |id: &&TransitionId| {
            chain.receipt(id).is_some_and(|receipt| matches!(receipt.outcome, Outcome::Accepted(_)))
        };
        // To take what one holds, or to let go what one let go, is accepted or refused by rules of its own.
        if ids.iter().filter(accepted).count() > 1 && !wish.starts_with("book") {
            world.sim.violated(format!("{wish} came true more than once"));
        }
    }
}

/// Each service shows what the chain says.
fn services(world: &World, tables: &Tables, chain: &Chain<'_>) {
    for edge in &world.edges {
        let edge = edge.tables();
        let open = edge.open().count();
        if open > 0 {
            world.sim.violated(format!("{open} rows of a journal have no receipt"));
        }
        if edge.cursor() != tables.head().map(|head| &head.header) {
            world.sim.violated("a service is not where the chain is".to_owned());
        }
        let mut receipts = 0;
        for receipt in edge.receipts() {
            receipts += 1;
            if chain.receipt(&receipt.transition) != Some(receipt) {
                world.sim.violated(format!("a service keeps another receipt of {}", receipt.transition));
            }
        }
        if receipts != chain.len() {
            let decided = chain.len();
            world.sim.violated(format!("a service keeps {receipts} receipts of {decided}"));
        }
        let invoices = edge.invoices().iter().map(|(number, record)| (number, &record.invoice));
        if !invoices.eq(tables
            .state()
            .invoices
            .iter()
            .map(|(number, invoice): (_, &Invoice)| (number, invoice)))
        {
            world.sim.violated("a service shows other invoices than the chain has".to_owned());
        }
    }
}
