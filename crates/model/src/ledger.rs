//! A ledger, step by step: `services/ledger/src/decide.rs` (`Decider`), `intake/run.rs` (`Intake`) and `open.rs`.
//!
//! Everything between taking the head's row and COMMIT is one step here: nobody else can change what it reads or writes
//! meanwhile, and what it has written is seen by nobody. What may happen in the middle of it is a crash, which undoes it
//! ([`Resolve`](crate::Action::Resolve)).

use crate::bug::Bug;
use crate::bus;
use crate::execute::{Given, execute};
use crate::fault::Fault;
use crate::names::{Id, Signing};
use crate::record::Wrong;
use crate::scope::Scope;
use crate::state::{BATCH, Hand, Phase, Running, State, Transaction};
use crate::store;

/// What taking the head's row comes to (`db/head.rs`, `hold_head`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The head is where this ledger left it.
    Here,
    /// `LedgerError::Fenced`: another ledger has opened the chain since. This one ends.
    Fenced,
    /// `LedgerError::Moved`: a commit of its own came through after it was given up. It reads the head anew.
    Moved,
    /// `StoredBadly`: the head is behind what was committed. It ends.
    Behind,
}

/// Whether it could take a message (`Intake::take`).
#[must_use]
pub fn may_take(state: &State, who: usize, id: Id) -> bool {
    let receives = |ledger: &Running| ledger.phase == Phase::Taking && ledger.hand.contains(&None);
    // What it holds from a connection that is gone it decides before it takes more: else a hand would be of two kinds.
    state.queue[id.place()] > 0 && state.ledgers[who].is_some_and(|ledger| receives(&ledger) && !ledger.stale)
}

/// It takes one.
pub(crate) fn take(scope: &Scope, state: &mut State, who: usize, id: Id) {
    state.queue[id.place()] -= 1;
    let decided = state.store.decided[id.place()].is_some();
    let Some(ledger) = &mut state.ledgers[who] else { return };
    if let Some(slot) = ledger.hand.iter_mut().find(|slot| slot.is_none()) {
        *slot = Some(id);
    }
    if scope.has(Bug::AckBeforeCommit) {
        ledger.stale = true;
        if !decided {
            state.record.wrongs.add(Wrong::AckedUndecided);
        }
    }
}

/// Whether it would begin a transaction: it has a batch, and nobody holds the head's row.
#[must_use]
pub fn may_prepare(scope: &Scope, state: &State, who: usize) -> bool {
    state.ledgers[who].is_some_and(|ledger| {
        matches!(ledger.phase, Phase::Taking | Phase::Retrying) && ledger.held().next().is_some()
    }) && !store::is_held(scope, &state.store)
}

/// What it finds where it takes the head's row.
#[must_use]
pub fn hold_head(scope: &Scope, state: &State, who: usize, ledger: &Running) -> Held {
    if state.store.leader != who && !scope.has(Bug::NoFencingCheck) {
        return Held::Fenced;
    }
    match ledger.behind {
        0 => Held::Here,
        1.. => Held::Moved,
        ..0 if scope.has(Bug::RestoreWithoutHeadCheck) => Held::Here,
        ..0 => Held::Behind,
    }
}

/// It begins a transaction, and writes all of its block in it (`Decider::block`, `commit_batch`).
pub(crate) fn prepare(scope: &Scope, state: &mut State, who: usize) {
    let Some(mut ledger) = state.ledgers[who] else { return };
    match hold_head(scope, state, who, &ledger) {
        Held::Fenced | Held::Behind => return end(state, who),
        Held::Moved => {
            ledger.phase = Phase::Unknown;
            state.ledgers[who] = Some(ledger);
            return;
        }
        Held::Here => ledger.behind = 0,
    }
    let fresh = undecided(scope, state, ledger.hand);
    if fresh.iter().all(Option::is_none) {
        ledger = durable(ledger);
    } else if let Some(open) = write(scope, state, who, &ledger, fresh) {
        state.store.open[who] = Some(open);
        ledger.phase = Phase::Prepared;
    } else {
        return end(state, who);
    }
    state.ledgers[who] = Some(ledger);
}

/// What of a batch is not decided, each id once (`undecided`).
fn undecided(scope: &Scope, state: &State, hand: Hand) -> Hand {
    if scope.has(Bug::NoDedupe) {
        return hand;
    }
    let mut fresh = [None; BATCH];
    for (slot, id) in hand.into_iter().flatten().enumerate() {
        let decided = state.store.decided[id.place()].is_some() && !state.store.forgotten[id.place()];
        if !decided && !fresh.contains(&Some(id)) {
            fresh[slot] = Some(id);
        }
    }
    fresh
}

/// The transaction with everything written. Nothing where the index on exclusive locks that have not ended says no: the
/// ledger ends.
fn write(scope: &Scope, state: &State, who: usize, ledger: &Running, fresh: Hand) -> Option<Transaction> {
    let own_clock = if scope.slow_clock && who == 1 { 0 } else { state.clock };
    let time = own_clock.max(state.store.time);
    let remembers = scope.has(Bug::ReadCheckWrite);
    let given = Given {
        decided: state.store.decided,
        locks: if remembers { ledger.view } else { state.store.locks },
        time,
        lapsing: if scope.has(Bug::LeaseByLocalClock) { own_clock } else { time },
        claim_refs: !scope.has(Bug::NoClaimRefCheck),
    };
    let (block, mut locks) = execute(given, fresh);
    if remembers {
        // What it does not know of is in the table all the same.
        for (kept, there) in locks.as_flattened_mut().iter_mut().zip(state.store.locks.as_flattened()) {
            *kept = (*kept).max(*there);
        }
    }
    let twice = locks.iter().any(|holders| holders.iter().filter(|until| **until > 0).count() > 1);
    if twice && !remembers {
        return None;
    }
    Some(Transaction { owner: who, block, locks, orphan: false })
}

/// COMMIT, and its answer. Where the server ended the transaction meanwhile, the answer is an error.
pub(crate) fn commit(scope: &Scope, state: &mut State, who: usize) {
    let open = state.store.open[who].take();
    if let Some(open) = &open {
        store::commit(state, open);
    }
    let Some(ledger) = &mut state.ledgers[who] else { return };
    match open {
        Some(open) => {
            let view = if scope.has(Bug::ReadCheckWrite) { open.locks } else { ledger.view };
            *ledger = durable(Running { behind: 0, view, ..*ledger });
        }
        None => ledger.phase = Phase::Unknown,
    }
}

/// COMMIT is sent and its answer lost.
pub(crate) fn lose_answer(state: &mut State, who: usize) {
    state.left.take(Fault::AnswerLost);
    orphan(state, who);
    if let Some(ledger) = &mut state.ledgers[who] {
        ledger.phase = Phase::Unknown;
    }
}

/// The server ends a transaction that stood still for long; its ledger learns of it at its next statement.
pub(crate) fn stall(state: &mut State, who: usize) {
    state.left.take(Fault::Stall);
    state.store.open[who] = None;
}

/// It reads the head anew, in the same epoch (`Decider::reopen`), and tries again.
pub(crate) fn reread(scope: &Scope, state: &mut State, who: usize) {
    let Some(mut ledger) = state.ledgers[who] else { return };
    if ledger.behind < 0 && !scope.has(Bug::RestoreWithoutHeadCheck) {
        return end(state, who);
    }
    ledger.behind = 0;
    ledger.phase = Phase::Retrying;
    if scope.has(Bug::NewIdAfterUnknown) {
        ledger.hand = ledger.hand.map(|id| id.map(|id| id.signed(Signing::Nobody)));
    }
    state.ledgers[who] = Some(ledger);
}

/// It acknowledges what it has in hand (`Intake::acknowledge`). Over a connection that is gone, `ack` says `Ok(false)`
/// and the messages come again, or have come already; it goes on without looking back.
pub(crate) fn acknowledge(scope: &Scope, state: &mut State, who: usize) {
    let Some(ledger) = &mut state.ledgers[who] else { return };
    for id in ledger.hand.into_iter().flatten() {
        // What a database that was put back has lost was decided when it said so.
        if state.store.decided[id.place()].is_none() && !state.store.put_back {
            state.record.wrongs.add(Wrong::AckedUndecided);
        }
        if scope.has(Bug::LostAckFalse) {
            state.store.forgotten[id.place()] = true;
        }
    }
    *ledger = Running { phase: Phase::Taking, hand: [None; BATCH], stale: false, ..*ledger };
}

/// Its connection to the broker breaks: what it has in hand is in the queue again, while it goes on with it.
pub(crate) fn disconnect(state: &mut State, who: usize) {
    state.left.take(Fault::Disconnect);
    let Some(ledger) = state.ledgers[who] else { return };
    bus::give_back(state, &ledger);
    state.ledgers[who] = Some(Running { stale: true, ..ledger });
}

/// It dies. A COMMIT that it may have sent goes through or not.
pub(crate) fn crash(state: &mut State, who: usize) {
    orphan(state, who);
    end(state, who);
}

/// Whether it can open the chain: nobody holds the head's row. Where another ledger leads and runs, that is a
/// [`Fault::Takeover`]. A head that the service is ahead of is not opened (protocol §5: the operator's matter).
#[must_use]
pub fn may_start(scope: &Scope, state: &State, who: usize) -> bool {
    let checked = match scope.bug {
        // A service that was told too early is ahead as well, and nobody asks it in the product.
        Some(Bug::RestoreWithoutHeadCheck | Bug::AnnounceBeforeCommit) => true,
        _ => state.store.unfollowed >= 0,
    };
    let free = !state.is_led() || state.left.allows(Fault::Takeover);
    state.ledgers[who].is_none() && free && checked && !store::is_held(scope, &state.store)
}

/// It opens the chain, which ends the epoch of every other (`open::open`).
pub(crate) fn start(scope: &Scope, state: &mut State, who: usize) {
    if state.is_led() {
        state.left.take(Fault::Takeover);
    }
    state.store.leader = who;
    let mut ledger = Running::started();
    if scope.has(Bug::ReadCheckWrite) {
        ledger.view = state.store.locks;
    }
    state.ledgers[who] = Some(ledger);
}

/// Whether it looks at the head with nothing in hand and finds that it does not lead any more (`Decider::look`).
#[must_use]
pub fn may_look(state: &State, who: usize) -> bool {
    let idle = |ledger: Running| ledger.phase == Phase::Taking && ledger.held().next().is_none();
    state.store.leader != who && state.ledgers[who].is_some_and(idle)
}

/// It ends. What it has in hand was never acknowledged.
pub(crate) fn end(state: &mut State, who: usize) {
    if let Some(ledger) = state.ledgers[who].take() {
        bus::give_back(state, &ledger);
    }
}

/// The order in its hand has had its effect: without it fewer states differ.
fn durable(mut ledger: Running) -> Running {
    ledger.hand.sort_unstable();
    Running { phase: Phase::Durable, ..ledger }
}

fn orphan(state: &mut State, who: usize) {
    if let Some(open) = &mut state.store.open[who] {
        open.orphan = true;
    }
}
