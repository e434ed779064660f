//! A batch becomes the block after a position, whoever cut it: executed, sealed and written in one transaction.

use piao_chain::execute::{Executed, Executor};
use piao_chain::needs::Needs;
use piao_chain::seal::{Decided, Sealed};
use piao_chain::state::State;
use piao_domain::command::Transition;
use piao_domain::time::Time;

use crate::LedgerError;
use crate::announce::{Announcement, block_line, compress};
use crate::decide::Position;
use crate::intake::{Cores, Taken};
use crate::session::{Commit, LedgerSession};

/// A block that is written, and what follows from it once it is durable.
pub(crate) struct Block {
    pub(crate) position: Position,
    pub(crate) announcement: Announcement,
}

/// Executes transitions that are not decided yet at a time, and writes what comes of it. The head is held.
pub(crate) async fn commit_batch<S: LedgerSession>(
    session: &mut S,
    executor: &Executor,
    cores: Cores,
    position: &Position,
    fresh: &[&Taken],
    now: Time,
) -> Result<Block, LedgerError> {
    let mut needs = Needs::default();
    fresh.iter().for_each(|taken| needs.add(&taken.transition, now));
    let mut state = session.load(&needs, position.rules.clone()).await?;
    let transitions = fresh.iter().map(|taken| &taken.transition).collect::<Vec<&Transition>>();
    let height = position.tip.header.height() + 1;
    // The key of a proof is the invoice's, so that it can be checked no earlier than this.
    let chain = &executor.parameters().chain;
    let checks = Executor::claim_checks(&state, &transitions);
    let proofs = cores.spread(checks, |check| Some(check.check(chain))).into_iter().collect();
    let executed = executor
        .execute_checked(&mut state, &transitions, &proofs, now)
        .map_err(|breach| LedgerError::Breach { height, breach })?;
    let sealed = seal(position, fresh, &executed, now)?;
    let line = block_line(&sealed.tip.header, fresh, &executed.outcomes)?;
    let mut tiles = position.tiles.clone();
    let commit = Commit {
        epoch: position.epoch,
        body: compress(&line)?,
        tiles: tiles.grow(&sealed.nodes),
        transitions: &fresh.iter().map(|t| (t.transition.id, t.transition.issued_at)).collect::<Vec<_>>(),
        sealed: &sealed,
        state: &state,
        touched: &executed.touched,
    };
    session.commit(commit).await?;
    let State { rules, .. } = state;
    let position = Position { tip: sealed.tip, epoch: position.epoch, rules, tiles };
    Ok(Block { position, announcement: Announcement { height, line } })
}

fn seal(
    position: &Position,
    fresh: &[&Taken],
    executed: &Executed,
    now: Time,
) -> Result<Sealed, LedgerError> {
    let decided = fresh
        .iter()
        .zip(&executed.outcomes)
        .map(|(taken, outcome)| Decided { id: taken.transition.id, nonce: &taken.nonce, outcome })
        .collect::<Vec<_>>();
    Ok(position.tip.seal(now, &decided)?)
}
