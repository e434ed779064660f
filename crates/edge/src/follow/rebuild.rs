//! Replays a read model from block 0.

use piao_protocol::block::Header;
use piao_protocol::genesis::Genesis;

use super::{
    Applied, BlockDecoder, FETCH_BLOCKS_MAX, FollowError, FollowStore, LedgerError, LedgerReader, Place,
    place,
};
use crate::fault;

/// Empties a read model and applies every block that the ledger has; returns the last height.
pub(crate) async fn rebuild(
    store: &dyn FollowStore,
    ledger: &dyn LedgerReader,
    decoder: &BlockDecoder,
    genesis: &Genesis,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Option<u64>, FollowError> {
    // A crash from here on: the next start follows on from wherever the cursor is.
    store.clear().await.map_err(FollowError::Store)?;
    fault::point("edge.rebuild.after");
    let mut position: Option<Header> = None;
    let mut blocks_max = FETCH_BLOCKS_MAX;
    loop {
        let next = position.as_ref().map_or(0, |applied| applied.height() + 1);
        let lines = match ledger.blocks(next, blocks_max).await {
            Ok(lines) => lines,
            Err(error) if error.too_much && blocks_max > 1 => {
                blocks_max /= 2;
                continue;
            }
            Err(error) => return Err(FollowError::Ledger(error)),
        };
        if lines.is_empty() {
            return Ok(position.map(|applied| applied.height()));
        }
        for line in &lines {
            let block = decoder.line(line).await.map_err(FollowError::Decode)?;
            let placed = place(genesis.chain(), genesis.hash(), position.as_ref(), block.header())?;
            if placed != Place::Next {
                let doing = format!("gave block {} where block {next} was asked for", block.height());
                return Err(FollowError::Ledger(LedgerError { doing, source: None, too_much: false }));
            }
            match store.apply(&block).await.map_err(FollowError::Store)? {
                Applied::Here => {}
                Applied::Elsewhere(_) => return Err(FollowError::NotAlone),
            }
            progress(block.height());
            position = Some(block.header().clone());
        }
    }
}
