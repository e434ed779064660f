//! What must hold after every block (domain §4), written apart from the guards that make it hold.
//!
//! A breach is a mistake of ours: the ledger stops before it commits.

use std::collections::BTreeSet;

use piao_domain::command::{Command, Transition};
use piao_domain::content::Content;
use piao_domain::ids::PartyId;
use piao_domain::invoice::{Booking, Invoice, Lock};
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::party::KeyState;
use piao_domain::quota::Account;
use piao_domain::rules::Allowance;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;
use thiserror::Error;

use crate::state::{State, Touched};

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Breach {
    /// Invariant 1, first half.
    #[error("invoice {0}: live locks, settlements and booking belong to more than one enterprise")]
    ManyEnterprises(InvoiceNumber),
    /// Invariant 1, second half.
    #[error("invoice {0}: an exclusive lock is live beside another lock")]
    ManyExclusive(InvoiceNumber),
    /// Invariant 2.
    #[error("invoice {0}: settled and locked amounts are more than its total")]
    OverTotal(InvoiceNumber),
    /// Invariant 3.
    #[error("invoice {0}: settled without a live lock of the same enterprise and token")]
    SettledWithoutLock(InvoiceNumber),
    /// Invariant 4, first half.
    #[error("issuer {0}: more issued in {1} than granted")]
    OverQuota(Uscc, Month),
    /// Invariant 4, first half: an invoice that took more or less of the quota than it is.
    #[error("invoice {0}: another amount or count was taken of the quota than it is")]
    QuotaCharge(InvoiceNumber),
    /// Invariant 4, second half.
    #[error("invoice {0}: its number is in no segment of its issuer")]
    NumberOutside(InvoiceNumber),
    /// Invariant 4, second half: a number that was used before.
    #[error("invoice {0}: its number is used twice")]
    NumberTwice(InvoiceNumber),
    /// A party that came in before.
    #[error("party {0}: it came in twice")]
    PartyTwice(PartyId),
    /// A party that nobody, or more than may, can sign for.
    #[error("party {0}: {1} keys may sign for it")]
    Keys(PartyId, usize),
    /// Numbers are handed out upwards and once (ADR 0001).
    #[error("segment {0}: does not lie above {1}, which was allotted before it")]
    SegmentsOverlap(Segment, Segment),
    /// State that names what is not there.
    #[error("invoice {0}: touched, but not there")]
    Missing(InvoiceNumber),
}

/// Checks all that a block touched.
///
/// # Errors
/// The first [`Breach`].
pub fn check(state: &State, touched: &Touched, now: Time) -> Result<(), Breach> {
    for number in &touched.invoices {
        let invoice = state.invoices.get(number).ok_or(Breach::Missing(*number))?;
        check_invoice(invoice, now)?;
    }
    for number in &touched.issued {
        let invoice = state.invoices.get(number).ok_or(Breach::Missing(*number))?;
        let own = state.segments.get(&invoice.issuer).map_or(&[][..], Vec::as_slice);
        let inside = own.iter().any(|segment| {
            number.prefix() == segment.prefix()
                && (segment.first()..=segment.last()).contains(&number.sequence())
        });
        if !inside {
            return Err(Breach::NumberOutside(*number));
        }
    }
    for (name, _) in &touched.keys {
        let live = state
            .parties
            .get(name)
            .map_or(0, |party| party.keys.values().filter(|key| key.state == KeyState::Live).count());
        if !(1..=16).contains(&live) {
            return Err(Breach::Keys(name.clone(), live));
        }
    }
    check_segments(state, touched)?;
    for (issuer, month) in &touched.accounts {
        if let Some(account) = state.accounts.get(&(*issuer, *month))
            && (account.used.amount > account.granted.amount || account.used.count > account.granted.count)
        {
            return Err(Breach::OverQuota(*issuer, *month));
        }
    }
    Ok(())
}

/// What an issuer has used of a month.
#[must_use]
pub fn used(state: &State, issuer: &Uscc, month: Month) -> Allowance {
    state.accounts.get(&(*issuer, month)).unwrap_or(&Account::EMPTY).used
}

/// Checks what an issued invoice took of its issuer's quota: its own amount without tax, and one of the count.
///
/// # Errors
/// [`Breach::QuotaCharge`].
pub fn charge(before: Allowance, after: Allowance, content: &Content) -> Result<(), Breach> {
    let amounts = [before, after].map(|used| i128::from(used.amount.get()));
    let counts = [before, after].map(|used| u64::from(used.count));
    if amounts[0] + i128::from(content.amount.get()) == amounts[1] && counts[0] + 1 == counts[1] {
        Ok(())
    } else {
        Err(Breach::QuotaCharge(content.number))
    }
}

/// What would be there twice if this transition were accepted; asked of the state before it, so that two of a kind in
/// one block are told apart too.
#[must_use]
pub fn twice(state: &State, transition: &Transition) -> Option<Breach> {
    let party =
        |party: &PartyId| state.parties.contains_key(party).then(|| Breach::PartyTwice(party.clone()));
    match &transition.command {
        Command::InvoiceIssue(content) => {
            state.invoices.contains_key(&content.number).then_some(Breach::NumberTwice(content.number))
        }
        Command::PartyRegister { enterprise, .. } => party(&PartyId::Enterprise(*enterprise)),
        Command::PartyEnroll { .. } => party(&transition.signer),
        Command::PartySuspend { .. }
        | Command::PartyReinstate { .. }
        | Command::KeyAdd { .. }
        | Command::KeyRevoke { .. }
        | Command::KeyReset { .. }
        | Command::Rules(_)
        | Command::QuotaApply { .. }
        | Command::QuotaGrant(_)
        | Command::QuotaAdjust(_)
        | Command::QuotaRefuse { .. }
        | Command::ClaimTake { .. }
        | Command::ClaimPresent { .. }
        | Command::ClaimWithdraw { .. }
        | Command::Lock { .. }
        | Command::Renew { .. }
        | Command::Release { .. }
        | Command::Settle { .. }
        | Command::ForceRelease { .. }
        | Command::Book { .. }
        | Command::Unbook { .. } => None,
    }
}

/// Checks that no number was allotted twice: under each prefix, what a block allots lies above all that was allotted
/// before, and above each other.
fn check_segments(state: &State, touched: &Touched) -> Result<(), Breach> {
    let mut allotted = touched.segments.iter().map(|(_, segment)| *segment).collect::<Vec<_>>();
    allotted.sort_unstable();
    let mut highest = state.highest.clone();
    for segment in allotted {
        if let Some(below) = highest.insert(segment.prefix(), segment)
            && segment.first() <= below.last()
        {
            return Err(Breach::SegmentsOverlap(segment, below));
        }
    }
    Ok(())
}

/// Checks one invoice: invariants 1 and 2.
///
/// # Errors
/// The first [`Breach`].
pub fn check_invoice(invoice: &Invoice, now: Time) -> Result<(), Breach> {
    let booked_by = match &invoice.booking {
        Booking::Booked { enterprise, deductible: _, month: _ } => Some(*enterprise),
        Booking::Unbooked | Booking::UnbookedAgain { enterprise: _ } => None,
    };
    let alive =
        |lock: &&Lock| lock.end.is_none() && (lock.lease_until > now || booked_by == Some(lock.enterprise));
    let live = invoice.reimbursement.locks.values().filter(alive).collect::<Vec<_>>();
    let settled = invoice.reimbursement.settled.as_ref();
    let enterprises = live
        .iter()
        .map(|lock| lock.enterprise)
        .chain(settled.map(|settled| settled.enterprise))
        .chain(booked_by)
        .collect::<BTreeSet<_>>();
    if enterprises.len() > 1 {
        return Err(Breach::ManyEnterprises(invoice.number));
    }
    if live.len() > 1 && live.iter().any(|lock| lock.exclusive) {
        return Err(Breach::ManyExclusive(invoice.number));
    }
    // i128 holds any sum of these, so that the check itself cannot overflow.
    let taken = live
        .iter()
        .map(|lock| i128::from(lock.amount.get()))
        .chain(settled.map(|settled| i128::from(settled.amount.get())))
        .sum::<i128>();
    if taken > i128::from(invoice.total.get()) {
        return Err(Breach::OverTotal(invoice.number));
    }
    Ok(())
}

/// Checks a settlement against the invoice before it: invariant 3. `waived` says that the rules ask for no booking.
///
/// # Errors
/// [`Breach::SettledWithoutLock`].
pub fn settlement(
    before: &Invoice,
    after: Option<&Invoice>,
    transition: &Transition,
    waived: bool,
    now: Time,
) -> Result<(), Breach> {
    let breach = Err(Breach::SettledWithoutLock(before.number));
    let Command::Settle { invoice: _, lock: named } = &transition.command else { return breach };
    let Some(lock) = before.reimbursement.locks.get(&named.id) else { return breach };
    let booked =
        matches!(&before.booking, Booking::Booked { enterprise, .. } if *enterprise == lock.enterprise);
    let own = transition.signer.enterprise() == Some(&lock.enterprise) && lock.token == named.token;
    let live = lock.end.is_none() && (lock.lease_until > now || booked);
    let settled = |invoice: &Invoice| {
        invoice.reimbursement.settled.as_ref().map_or(0, |settled| i128::from(settled.amount.get()))
    };
    let grew = after.map(settled) == Some(settled(before) + i128::from(lock.amount.get()));
    if own && live && grew && (booked || waived) { Ok(()) } else { breach }
}
