//! Applies a batch to the state, transition by transition, and says what came of each.

mod invoice;
mod party;
mod proofs;
mod quota;
mod rules;

use piao_domain::admission;
use piao_domain::command::{Command, Transition};
use piao_domain::ids::ChainId;
use piao_domain::rejection::Rejection;
use piao_domain::time::Time;
use piao_protocol::outcome::{Effect, Outcome};

pub use self::proofs::{CheckedProofs, ClaimCheck};

use crate::invariants::{self, Breach};
use crate::state::{State, Touched};

/// What execution knows beside state and block: what genesis fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Which chain this is; claim proofs name it.
    pub chain: ChainId,
    /// How far a signer's clock may be from block time, in seconds.
    pub window_seconds: u64,
}

/// The checks that stand behind each other. A ledger runs with all of them; tests take one away to see that the
/// next one holds. The product is built without the feature, and there nothing can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safeguards {
    #[cfg(feature = "disarm")]
    lock_guard: bool,
    #[cfg(feature = "disarm")]
    invariants: bool,
}

#[cfg(not(feature = "disarm"))]
impl Safeguards {
    /// Every check in force.
    pub const ALL: Self = Self {};

    const fn invariants(self) -> bool {
        true
    }
}

#[cfg(feature = "disarm")]
impl Safeguards {
    /// Every check in force.
    pub const ALL: Self = Self { lock_guard: true, invariants: true };

    /// Some checks taken away, to see that the others hold.
    #[must_use]
    pub const fn disarmed(lock_guard: bool, invariants: bool) -> Self {
        Self { lock_guard, invariants }
    }

    const fn invariants(self) -> bool {
        self.invariants
    }
}

/// Executes batches.
#[derive(Clone, Debug)]
pub struct Executor {
    parameters: Parameters,
    safeguards: Safeguards,
}

/// What came of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// One outcome a transition, in order.
    pub outcomes: Vec<Outcome>,
    /// What to write.
    pub touched: Touched,
}

impl Executor {
    /// An executor for one chain.
    #[must_use]
    pub const fn new(parameters: Parameters, safeguards: Safeguards) -> Self {
        Self { parameters, safeguards }
    }

    /// What genesis fixed.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Applies a batch with one time. `state` holds at least the batch's [`Needs`](crate::needs::Needs); after an
    /// error it is to be thrown away.
    ///
    /// # Errors
    /// [`Breach`] where an invariant would not hold afterwards: a mistake of ours, on which a ledger stops.
    pub fn execute(&self, state: &mut State, batch: &[&Transition], now: Time) -> Result<Executed, Breach> {
        self.execute_checked(state, batch, &CheckedProofs::default(), now)
    }

    /// As [`Executor::execute`], with claim proofs that were checked before.
    ///
    /// # Errors
    /// Likewise.
    pub fn execute_checked(
        &self,
        state: &mut State,
        batch: &[&Transition],
        proofs: &CheckedProofs,
        now: Time,
    ) -> Result<Executed, Breach> {
        let mut touched = Touched::default();
        let mut outcomes = Vec::with_capacity(batch.len());
        for transition in batch {
            let mut step =
                Step { executor: self, state, touched: &mut touched, transition, proofs, now, breach: None };
            let twice = invariants::twice(step.state, transition);
            let outcome = step.run().map_or_else(Outcome::Rejected, Outcome::Accepted);
            if let Some(breach) = step.breach {
                return Err(breach);
            }
            if let (Some(breach), Outcome::Accepted(_), true) =
                (twice, &outcome, self.safeguards.invariants())
            {
                return Err(breach);
            }
            outcomes.push(outcome);
        }
        if self.safeguards.invariants() {
            invariants::check(state, &touched, now)?;
        }
        for (_, segment) in &touched.segments {
            let highest = state.highest.entry(segment.prefix()).or_insert(*segment);
            *highest = (*highest).max(*segment);
        }
        Ok(Executed { outcomes, touched })
    }
}

/// One transition on its way through the state.
struct Step<'a> {
    executor: &'a Executor,
    state: &'a mut State,
    touched: &'a mut Touched,
    transition: &'a Transition,
    proofs: &'a CheckedProofs,
    now: Time,
    breach: Option<Breach>,
}

impl Step<'_> {
    fn run(&mut self) -> Result<Effect, Rejection> {
        let transition = self.transition;
        if let Some(number) = transition.command.invoice() {
            self.lapse(number);
        }
        let signer = self.state.parties.get(&transition.signer);
        admission::admit(transition, signer, self.now, self.executor.parameters.window_seconds)?;
        match &transition.command {
            Command::PartyRegister { .. }
            | Command::PartyEnroll { .. }
            | Command::PartySuspend { .. }
            | Command::PartyReinstate { .. }
            | Command::KeyAdd { .. }
            | Command::KeyRevoke { .. }
            | Command::KeyReset { .. } => self.party(),
            Command::Rules(change) => self.rules(change.clone()),
            Command::QuotaApply { month, asked } => self.quota_apply(*month, *asked),
            Command::QuotaGrant(grant) => self.quota_grant(grant),
            Command::QuotaAdjust(change) => self.quota_adjust(change),
            Command::QuotaRefuse { target, reason: _ } => self.quota_refuse(target),
            Command::InvoiceIssue(content) => self.issue(content),
            Command::ClaimTake { invoice, .. }
            | Command::ClaimPresent { invoice, .. }
            | Command::ClaimWithdraw { invoice, .. }
            | Command::Lock { invoice, .. }
            | Command::Renew { invoice, .. }
            | Command::Release { invoice, .. }
            | Command::Settle { invoice, .. }
            | Command::ForceRelease { invoice, .. }
            | Command::Book { invoice, .. }
            | Command::Unbook { invoice, .. } => self.change_invoice(*invoice),
        }
    }
}
