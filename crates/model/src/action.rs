//! Every step that can be taken, and when.

use crate::bug::Bug;
use crate::fault::Fault;
use crate::names::{IDS, Id, LEDGERS, Signing};
use crate::scope::Scope;
use crate::state::{Phase, Row, State};
use crate::{bus, client, edge, ledger, store};

/// A step. Numbers are ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A client sends a lock and the service takes it.
    Submit(Id),
    /// A client signs another lock for the same thing, and sends that.
    SignAnew(Id),
    /// The service's journal commits a row.
    WriteDown(Id),
    /// The service publishes a row.
    Publish(Id),
    /// A message is there once more.
    Duplicate(Id),
    /// A message is lost.
    Lose(Id),
    /// A ledger takes a message.
    Take(usize, Id),
    /// A ledger takes the head's row, decides its batch and writes the block.
    Prepare(usize),
    /// A ledger commits and is told so.
    Commit(usize),
    /// A ledger commits and is not told what came of it.
    LoseAnswer(usize),
    /// The server finishes a COMMIT that nobody waits for, or undoes it.
    Resolve {
        /// Whose it was.
        owner: usize,
        /// Whether it came through.
        through: bool,
    },
    /// The server ends a transaction that stands still.
    Stall(usize),
    /// A ledger reads the head anew.
    Reread(usize),
    /// A ledger acknowledges what it has in hand.
    Acknowledge(usize),
    /// A ledger's connection to the broker breaks.
    Disconnect(usize),
    /// A ledger dies.
    CrashLedger(usize),
    /// A ledger opens the chain.
    Start(usize),
    /// A ledger looks whether it still leads, and ends where it does not.
    Look(usize),
    /// The service applies a block.
    Follow,
    /// The service's database loses the last block that was applied.
    Forget,
    /// The service dies.
    CrashEdge,
    /// The service starts.
    StartEdge,
    /// The process that holds all of it dies, but for what is durable.
    CrashAll,
    /// The ledger's database comes back without its last block.
    Restore,
    /// Time goes on.
    Tick,
}

/// Every step that can be taken in a state, always in the same order.
pub fn possible(scope: &Scope, state: &State, steps: &mut Vec<Action>) {
    if let Some(step) = at_once(scope, state) {
        steps.push(step);
        return;
    }
    ids(scope).for_each(|id| of_transition(scope, state, id, steps));
    for who in 0..LEDGERS {
        of_ledger(scope, state, who, steps);
    }
    let mut add = |may: bool, step: Action| {
        if may {
            steps.push(step);
        }
    };
    add(edge::may_follow(scope, state), Action::Follow);
    add(edge::may_forget(state), Action::Forget);
    add(state.edge.up && state.left.allows(Fault::EdgeCrash), Action::CrashEdge);
    add(!state.edge.up, Action::StartEdge);
    add(state.left.allows(Fault::ProcessCrash), Action::CrashAll);
    add(store::may_restore(state), Action::Restore);
    add(state.left.allows(Fault::Tick), Action::Tick);
}

/// The step that comes before all others in a [prompt](Scope::prompt) world.
fn at_once(scope: &Scope, state: &State) -> Option<Action> {
    if !scope.prompt || !state.edge.up {
        return None;
    }
    if edge::may_follow(scope, state) {
        return Some(Action::Follow);
    }
    ids(scope).find_map(|id| match state.edge.rows[id.place()] {
        Row::Absent => client::may_submit(state, id).then_some(Action::Submit(id)),
        Row::Writing => Some(Action::WriteDown(id)),
        Row::Open | Row::Reopened(_) => edge::may_publish(scope, state, id).then_some(Action::Publish(id)),
        Row::Closed(_) | Row::GivenUp => None,
    })
}

/// The transitions of a world.
fn ids(scope: &Scope) -> impl Iterator<Item = Id> {
    let (invoices, enterprises) = (scope.invoices, scope.enterprises);
    let made_up = scope.has(Bug::NewIdAfterUnknown);
    let ids = Id::all().filter(move |id| id.invoice() < invoices && id.enterprise() < enterprises);
    ids.filter(move |id| made_up || id.signing() != Signing::Nobody)
}

fn of_transition(scope: &Scope, state: &State, id: Id, steps: &mut Vec<Action>) {
    let (row, copies) = (state.edge.rows[id.place()], state.queue[id.place()]);
    let mut add = |may: bool, step: Action| {
        if may {
            steps.push(step);
        }
    };
    add(client::may_submit(state, id), Action::Submit(id));
    add(client::may_sign_anew(state, id), Action::SignAnew(id));
    add(row == Row::Writing && state.edge.up, Action::WriteDown(id));
    add(edge::may_publish(scope, state, id), Action::Publish(id));
    add(edge::may_duplicate(state, id), Action::Duplicate(id));
    add(copies > 0 && state.left.allows(Fault::Loss), Action::Lose(id));
    for who in 0..LEDGERS {
        add(ledger::may_take(state, who, id), Action::Take(who, id));
    }
}

fn of_ledger(scope: &Scope, state: &State, who: usize, steps: &mut Vec<Action>) {
    let (left, open) = (&state.left, &state.store.open[who]);
    let mut add = |may: bool, step: Action| {
        if may {
            steps.push(step);
        }
    };
    if let Some(open) = open.filter(|open| open.orphan) {
        add(true, Action::Resolve { owner: open.owner, through: true });
        add(true, Action::Resolve { owner: open.owner, through: false });
    }
    let Some(running) = &state.ledgers[who] else {
        add(ledger::may_start(scope, state, who), Action::Start(who));
        return;
    };
    let prepared = running.phase == Phase::Prepared;
    add(ledger::may_prepare(scope, state, who), Action::Prepare(who));
    add(prepared, Action::Commit(who));
    add(prepared && open.is_some() && left.allows(Fault::AnswerLost), Action::LoseAnswer(who));
    add(prepared && open.is_some() && left.allows(Fault::Stall), Action::Stall(who));
    add(running.phase == Phase::Unknown, Action::Reread(who));
    add(running.phase == Phase::Durable, Action::Acknowledge(who));
    let holds = running.held().next().is_some() && !running.stale;
    add(holds && left.allows(Fault::Disconnect), Action::Disconnect(who));
    add(left.allows(Fault::LedgerCrash), Action::CrashLedger(who));
    add(ledger::may_look(state, who), Action::Look(who));
}

/// Takes a step that is possible.
pub fn take(scope: &Scope, state: &mut State, step: Action) {
    match step {
        Action::Submit(id) => client::submit(scope, state, id),
        Action::SignAnew(id) => client::sign_anew(scope, state, id),
        Action::WriteDown(id) => edge::write_down(state, id),
        Action::Publish(id) => edge::publish(scope, state, id),
        Action::Duplicate(id) => edge::duplicate(state, id),
        Action::Lose(id) => bus::lose(state, id),
        Action::Take(who, id) => ledger::take(scope, state, who, id),
        Action::Prepare(who) => ledger::prepare(scope, state, who),
        Action::Commit(who) => ledger::commit(scope, state, who),
        Action::LoseAnswer(who) => ledger::lose_answer(state, who),
        Action::Resolve { owner, through } => resolve(state, owner, through),
        Action::Stall(who) => ledger::stall(state, who),
        Action::Reread(who) => ledger::reread(scope, state, who),
        Action::Acknowledge(who) => ledger::acknowledge(scope, state, who),
        Action::Disconnect(who) => ledger::disconnect(state, who),
        Action::CrashLedger(who) => {
            state.left.take(Fault::LedgerCrash);
            ledger::crash(state, who);
        }
        Action::Start(who) => ledger::start(scope, state, who),
        Action::Look(who) => ledger::end(state, who),
        Action::Follow => edge::follow(state),
        Action::Forget => edge::forget(state),
        Action::CrashEdge => {
            state.left.take(Fault::EdgeCrash);
            edge::crash(state);
        }
        Action::StartEdge => state.edge.up = true,
        Action::CrashAll => crash_all(state),
        Action::Restore => store::restore(state),
        Action::Tick => {
            state.left.take(Fault::Tick);
            state.clock += 1;
        }
    }
    store::trim(&mut state.store, &state.left);
}

/// The server finishes a COMMIT that nobody waits for, or undoes the transaction.
fn resolve(state: &mut State, owner: usize, through: bool) {
    if let Some(open) = state.store.open[owner].take().filter(|_| through) {
        store::commit(state, &open);
    }
}

/// What is durable stays: journal and store, and a COMMIT that was sent goes through or not.
fn crash_all(state: &mut State) {
    state.left.take(Fault::ProcessCrash);
    (0..LEDGERS).for_each(|who| ledger::crash(state, who));
    edge::crash(state);
    state.queue = [0; IDS];
}
