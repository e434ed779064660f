//! What must hold when everything is well again, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};

use piao_chain::replay::Replay;
use piao_domain::ids::TransitionId;
use piao_domain::invoice::Invoice;
use piao_edge::submit::Verifier;
use piao_protocol::block::Header;
use piao_protocol::body;
use piao_protocol::export::read_block_line;
use piao_protocol::jws::{PreparedKey, Unverified};
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;

use super::cast::Cast;
use super::tables::Tables;
use super::world::World;

/// A chain as anybody can read it: what was decided where.
struct Chain {
    receipts: BTreeMap<TransitionId, Receipt>,
    /// What was decided by this run, and not before it.
    fresh: BTreeSet<TransitionId>,
}

/// Checks everything; each thing that does not hold is a violation of the run.
pub(super) fn check(world: &World, replay: &Replay) {
    let tables = world.ledger.tables();
    let chain = match read(&tables, &world.cast, replay.clone()) {
        Ok(chain) => chain,
        Err(what) => return world.sim.violated(what),
    };
    commits(world, replay.tip().header.height());
    decisions(world, &chain);
    services(world, &tables, &chain);
}

/// Reads the chain from its bodies and executes it once more: signatures, links, outcomes, roots and invariants after
/// every block.
fn read(tables: &Tables, cast: &Cast, mut replay: Replay) -> Result<Chain, String> {
    let mut chain = Chain { receipts: BTreeMap::new(), fresh: BTreeSet::new() };
    let base = replay.tip().header.height();
    for (height, stored) in tables.blocks().iter().enumerate() {
        let line = zstd::bulk::decompress(&stored.body, 1 << 22).map_err(|error| error.to_string())?;
        let line = std::str::from_utf8(&line).map_err(|error| error.to_string())?;
        let (header, transitions, outcomes) =
            read_block_line(line.trim_end()).map_err(|error| format!("block {height}: {error}"))?;
        if header != stored.header || header.height() != height as u64 {
            return Err(format!("block {height} is stored under another header"));
        }
        let ids = cast.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fresh = header.height() > base;
        let mut block = Vec::new();
        for (place, (text, outcome)) in transitions.into_iter().zip(outcomes).enumerate() {
            let Some(id) = ids.get(text.as_str()).copied() else {
                return Err(format!("block {height} holds what nobody signed"));
            };
            let receipt = receipt(id, &outcome, &header, place);
            if chain.receipts.insert(id, receipt).is_some() {
                return Err(format!("{id} is decided twice"));
            }
            if fresh {
                chain.fresh.insert(id);
                block.push((verified(cast, text, &replay)?, outcome));
            }
        }
        if fresh {
            replay.push_verified(&header, block).map_err(|error| error.to_string())?;
        }
    }
    let head = tables.head().map(|head| (head.header.clone(), head.frontier.clone()));
    let tip = replay.tip();
    if head != Some((tip.header.clone(), tip.frontier.clone())) {
        return Err("the head is not where the replay ends".to_owned());
    }
    let replayed = replay.finish().state;
    if replayed.invoices != tables.state().invoices || replayed.accounts != tables.state().accounts {
        return Err("the state is not that of a replay".to_owned());
    }
    Ok(chain)
}

fn receipt(id: TransitionId, outcome: &Outcome, header: &Header, place: usize) -> Receipt {
    Receipt {
        transition: id,
        outcome: outcome.clone(),
        height: header.height(),
        index: header.first() + place as u64,
        block: header.hash(),
        time: header.time(),
    }
}

fn verified(
    cast: &Cast,
    text: String,
    replay: &Replay,
) -> Result<piao_protocol::jws::Verified<body::Body>, String> {
    let unverified = Unverified::parse(text).map_err(|error| error.to_string())?;
    let unverified = unverified.decode(body::parse).map_err(|error| error.to_string())?;
    let party = replay.state().parties.get(&unverified.claims().party);
    let key = party.and_then(|party| party.keys.get(&unverified.kid())).ok_or("an unknown key")?;
    let key = PreparedKey::new(&key.public).map_err(|error| error.to_string())?;
    cast.verifier.verify(unverified, &key).map_err(|error| error.to_string())
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
}

fn decisions(world: &World, chain: &Chain) {
    let book = world.book.borrow();
    for id in &chain.fresh {
        match book.submitted.get(id) {
            None => world.sim.violated(format!("{id} is decided and was never submitted")),
            Some(floor) if chain.receipts[id].index <= *floor => {
                world
                    .sim
                    .violated(format!("{id} is decided before something that was known when it was sent"));
            }
            Some(_) => {}
        }
    }
    for id in book.recorded.iter().filter(|id| !chain.receipts.contains_key(id)) {
        world.sim.violated(format!("{id} was said to be written down and is not decided"));
    }
    for (id, receipt) in &book.receipts {
        if chain.receipts.get(id) != Some(receipt) {
            world.sim.violated(format!("a receipt of {id} was given that is not the chain's"));
        }
    }
    for (wish, ids) in &book.wishes {
        let accepted = |id: &&TransitionId| {
            chain.receipts.get(id).is_some_and(|receipt| matches!(receipt.outcome, Outcome::Accepted(_)))
        };
        // To take what one holds, or to let go what one let go, is accepted or refused by rules of its own.
        if ids.iter().filter(accepted).count() > 1 && !wish.starts_with("book") {
            world.sim.violated(format!("{wish} came true more than once"));
        }
    }
}

/// Each service shows what the chain says.
fn services(world: &World, tables: &Tables, chain: &Chain) {
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
            if chain.receipts.get(&receipt.transition) != Some(receipt) {
                world.sim.violated(format!("a service keeps another receipt of {}", receipt.transition));
            }
        }
        if receipts != chain.receipts.len() {
            let decided = chain.receipts.len();
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
