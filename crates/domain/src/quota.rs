//! Quota: what an issuer may bill in a month, how often, and under which numbers (domain §3 and §5).

mod grant;

use crate::ids::TransitionId;
use crate::money::Fen;
use crate::number::Segment;
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::rules::Allowance;
use crate::time::Month;
use crate::uscc::Uscc;

pub use grant::{Adjustment, Desk, QuotaEvent};

/// An application for quota, named by the transition that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Who applied.
    pub issuer: Uscc,
    /// For which month.
    pub month: Month,
    /// What was asked for.
    pub asked: Allowance,
    /// What became of it.
    pub status: ApplicationStatus,
}

/// What became of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationStatus {
    /// A bureau will decide.
    Pending,
    /// Granted, perhaps other than asked for.
    Granted(Allowance),
    /// Refused by a bureau.
    Refused,
}

/// An issuer's month: what is granted and what is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The sum of all grants.
    pub granted: Allowance,
    /// What was issued.
    pub used: Allowance,
    /// Applications that wait for a bureau.
    pub pending: u32,
}

impl Account {
    /// A month in which nothing happened yet.
    pub const EMPTY: Self = Self { granted: NOTHING, used: NOTHING, pending: 0 };

    /// What is left to issue.
    #[must_use]
    pub fn left(&self) -> Allowance {
        Allowance {
            amount: self.granted.amount.checked_sub(self.used.amount).unwrap_or(Fen::ZERO),
            count: self.granted.count.saturating_sub(self.used.count),
        }
    }

    /// Whether one more invoice of this amount without tax fits.
    ///
    /// # Errors
    /// `quota.pending` where nothing is granted yet and an application waits, else `quota.exhausted`.
    pub fn check(&self, amount: Fen) -> Result<(), Rejection> {
        if self.granted.count == 0 && self.pending > 0 {
            return Err(Code::QuotaPending.into());
        }
        let left = self.left();
        if left.count == 0 {
            let finding = Finding::new("", Check::QuotaInvoices);
            return Err(Rejection::member(Code::QuotaExhausted, finding));
        }
        if amount > left.amount {
            let finding = Finding::new("/amount", Check::QuotaAmount).wants_up_to(left.amount.get());
            let finding = finding.found(amount.get());
            return Err(Rejection::member(Code::QuotaExhausted, finding));
        }
        Ok(())
    }

    /// The account after one more invoice that [`check`](Self::check) let pass.
    #[must_use]
    pub fn charge(mut self, amount: Fen) -> Self {
        self.used = certain(add(self.used, Allowance { amount, count: 1 }));
        self
    }
}

/// An application as a bureau names it: with its issuer and month, so that one look-up finds all it touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRef {
    /// The transition that applied.
    pub application: TransitionId,
    /// Who applied.
    pub issuer: Uscc,
    /// For which month.
    pub month: Month,
}

/// A grant by a bureau.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What it decides.
    pub target: ApplicationRef,
    /// What it gives.
    pub given: Allowance,
    /// Under which numbers; the next free ones of the rules' numbering where none are named.
    pub segment: Option<Segment>,
}

const NOTHING: Allowance = Allowance { amount: Fen::ZERO, count: 0 };

fn add(a: Allowance, b: Allowance) -> Option<Allowance> {
    Some(Allowance { amount: a.amount.checked_add(b.amount)?, count: a.count.checked_add(b.count)? })
}

fn subtract(a: Allowance, b: Allowance) -> Option<Allowance> {
    Some(Allowance { amount: a.amount.checked_sub(b.amount)?, count: a.count.checked_sub(b.count)? })
}

/// What the guards let pass: what is used lies within what is granted, and that is a sum of grants within the range of
/// money.
fn certain(allowance: Option<Allowance>) -> Allowance {
    let Some(allowance) = allowance else {
        unreachable!("an account holds less than it gave, or more than can be")
    };
    allowance
}

fn covers(a: Allowance, b: Allowance) -> bool {
    a.amount >= b.amount && a.count >= b.count
}
