//! The tiles that the log ends with, one a level, kept in memory so that a block adds to them without reading.

use std::collections::BTreeMap;

use piao_protocol::digest::TreeHash;
use piao_protocol::log::{Node, NodeId, TILE_WIDTH};

use crate::LedgerError;
use crate::db::{Stored, StoredBadly, bigint};
use crate::session::{LedgerSession, TileRow};

const TILE: Stored = Stored("log_tile");

/// The last, incomplete tile of each level.
#[derive(Clone, Debug, Default)]
pub(crate) struct TileEdge {
    levels: BTreeMap<u8, Vec<u8>>,
}

impl TileEdge {
    /// Reads the edge of a log of this size.
    pub(crate) async fn load<S: LedgerSession>(session: &mut S, size: u64) -> Result<Self, LedgerError> {
        let mut places = Vec::new();
        let mut nodes = size;
        for level in 0..8_i16 {
            if !nodes.is_multiple_of(TILE_WIDTH) {
                places.push((level, bigint(nodes / TILE_WIDTH)));
            }
            nodes /= TILE_WIDTH;
        }
        let rows = session.read_tiles(&places).await?;
        if rows.len() != places.len() {
            return Err(TILE.bad("the tiles at the end of the log are not all there").into());
        }
        let mut levels = BTreeMap::new();
        for row in rows {
            let level = u8::try_from(row.level).map_err(|_| TILE.bad("a level below 0"))?;
            let expected = size >> (8 * u32::from(level)) & (TILE_WIDTH - 1);
            if row.hashes.len() as u64 != 32 * expected {
                return Err(TILE.bad(format!("level {level} ends with another tile than the log's")).into());
            }
            levels.insert(level, row.hashes);
        }
        Ok(Self { levels })
    }

    /// Adds nodes that were completed, and says which tiles are to be written.
    pub(crate) fn grow(&mut self, nodes: &[Node]) -> Vec<TileRow> {
        let mut grown = BTreeMap::new();
        for Node { id: NodeId { level, index }, hash } in nodes.iter().filter(|node| node.id.level % 8 == 0) {
            let level = level / 8;
            let hashes = self.levels.entry(level).or_default();
            hashes.extend_from_slice(hash.as_bytes());
            grown.insert((level, index / TILE_WIDTH), hashes.clone());
            if hashes.len() as u64 == 32 * TILE_WIDTH {
                hashes.clear();
            }
        }
        let row = |((level, tile), hashes): ((u8, u64), Vec<u8>)| TileRow {
            level: i16::from(level),
            tile: bigint(tile),
            hashes,
        };
        grown.into_iter().map(row).collect()
    }
}

/// The hashes of complete nodes, wherever they stand: each from the tile that holds it or the nodes below it.
pub(crate) async fn read_nodes<S: LedgerSession>(
    session: &mut S,
    nodes: &[NodeId],
) -> Result<Vec<TreeHash>, LedgerError> {
    let place = |node: &NodeId| {
        let tile = (node.index << (node.level % 8)) / TILE_WIDTH;
        (i16::from(node.level / 8), i64::try_from(tile).unwrap_or(i64::MAX))
    };
    let mut places = nodes.iter().map(place).collect::<Vec<_>>();
    places.sort_unstable();
    places.dedup();
    let rows = session.read_tiles(&places).await?;
    let tiles = rows.into_iter().map(|row| ((row.level, row.tile), row.hashes)).collect::<BTreeMap<_, _>>();
    let hash = |node: &NodeId| {
        let hashes = tiles.get(&place(node)).ok_or_else(|| TILE.bad("a tile is missing"))?;
        node_in_tile(node, hashes)
    };
    nodes.iter().map(|node| hash(node).map_err(LedgerError::from)).collect()
}

fn node_in_tile(node: &NodeId, hashes: &[u8]) -> Result<TreeHash, StoredBadly> {
    let width = 1_usize << (node.level % 8);
    let first = usize::try_from((node.index << (node.level % 8)) % TILE_WIDTH).unwrap_or(0);
    let slice =
        hashes.get(32 * first..32 * (first + width)).ok_or_else(|| TILE.bad("a tile is too short"))?;
    let mut level = slice
        .chunks(32)
        .map(|hash| TILE.bytes(hash.to_vec()).map(TreeHash::new))
        .collect::<Result<Vec<_>, _>>()?;
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| piao_protocol::log::node_hash(&pair[0], &pair[1])).collect();
    }
    level.pop().ok_or_else(|| TILE.bad("an empty tile"))
}
