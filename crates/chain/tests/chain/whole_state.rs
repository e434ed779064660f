//! What must hold of a whole state (domain §4), said over all of it at once, without the ledger's own checks.

use std::collections::{BTreeMap, BTreeSet};

use piao_chain::state::State;
use piao_domain::invoice::{Booking, Invoice, LockEnd};
use piao_domain::number::Segment;
use piao_domain::party::KeyState;
use piao_domain::quota::ApplicationStatus;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;

pub(crate) fn assert_holds(state: &State, now: Time) {
    quota(state);
    numbers(state);
    parties(state);
    let mut references = 0;
    for invoice in state.invoices.values() {
        reimbursement(invoice, now);
        for (id, lock) in &invoice.reimbursement.locks {
            let reference = (invoice.number, lock.enterprise, lock.claim_ref.clone());
            assert_eq!(state.claim_refs.get(&reference), Some(id), "a reference is one lock's for ever");
            references += 1;
        }
    }
    assert_eq!(state.claim_refs.len(), references, "every reference is a lock's");
}

/// Month by month, what was issued is what is used, what applications were granted is what is granted.
fn quota(state: &State) {
    let mut used: BTreeMap<(Uscc, Month), (i64, u32)> = BTreeMap::new();
    for invoice in state.invoices.values() {
        let (amount, count) = used.entry((invoice.issuer, invoice.issued_at.month())).or_default();
        *amount += invoice.amount.get();
        *count += 1;
    }
    let mut granted: BTreeMap<(Uscc, Month), (i64, u32, u32)> = BTreeMap::new();
    for application in state.applications.values() {
        let (amount, count, pending) = granted.entry((application.issuer, application.month)).or_default();
        match application.status {
            ApplicationStatus::Granted(given) => {
                *amount += given.amount.get();
                *count += given.count;
            }
            ApplicationStatus::Pending => *pending += 1,
            ApplicationStatus::Refused => {}
        }
    }
    for (key, account) in &state.accounts {
        let (amount, count) = used.remove(key).unwrap_or_default();
        let (granted_amount, granted_count, pending) = granted.remove(key).unwrap_or_default();
        assert_eq!((account.used.amount.get(), account.used.count), (amount, count), "{key:?} used");
        assert_eq!((account.granted.amount.get(), account.granted.count), (granted_amount, granted_count));
        assert_eq!(account.pending, pending);
        assert!(amount <= granted_amount && count <= granted_count, "{key:?} has issued more than granted");
    }
    assert!(used.is_empty() && granted.is_empty(), "a month without its account: {used:?} {granted:?}");
}

/// Every number was allotted to its issuer, and no number to two; no order has more than five invoices.
fn numbers(state: &State) {
    let allotted =
        state.segments.iter().flat_map(|(issuer, own)| own.iter().map(move |segment| (issuer, segment)));
    let allotted = allotted.collect::<Vec<(&Uscc, &Segment)>>();
    for (place, (_, segment)) in allotted.iter().enumerate() {
        for (_, other) in &allotted[place + 1..] {
            let apart = segment.prefix() != other.prefix()
                || segment.last() < other.first()
                || other.last() < segment.first();
            assert!(apart, "{segment} and {other} share a number");
        }
        assert!(state.tops[&segment.prefix()] >= segment.last());
    }
    for (number, invoice) in &state.invoices {
        assert_eq!(*number, invoice.number);
        let own = allotted.iter().filter(|(issuer, segment)| {
            **issuer == invoice.issuer
                && number.prefix() == segment.prefix()
                && (segment.first()..=segment.last()).contains(&number.sequence())
        });
        assert_eq!(own.count(), 1, "{number} is in one segment of its issuer");
    }
    assert!(state.orders.values().all(|count| (1..=5).contains(count)));
}

/// Every party has a key that may sign, and no more than sixteen.
fn parties(state: &State) {
    for (name, party) in &state.parties {
        let live = party.keys.values().filter(|key| key.state == KeyState::Live).count();
        assert!((1..=16).contains(&live), "{name} signs with {live} keys");
    }
}

fn reimbursement(invoice: &Invoice, now: Time) {
    let booker = match invoice.booking {
        Booking::Booked { enterprise, .. } => Some(enterprise),
        Booking::Unbooked | Booking::UnbookedAgain { .. } => None,
    };
    let mut locks = invoice.reimbursement.locks.values().collect::<Vec<_>>();
    locks.sort_by_key(|lock| lock.token);
    let tokens = locks.iter().map(|lock| lock.token).collect::<Vec<_>>();
    assert_eq!(tokens, (1..=invoice.reimbursement.last_token).collect::<Vec<_>>(), "tokens rise one by one");
    assert!(locks.is_sorted_by_key(|lock| lock.accepted_at), "and in the order of time");
    let live = locks.iter().filter(|lock| {
        lock.end.is_none() && (lock.lease_until.unix() > now.unix() || booker == Some(lock.enterprise))
    });
    let live = live.collect::<Vec<_>>();
    let settled = locks.iter().filter(|lock| lock.end == Some(LockEnd::Settled)).collect::<Vec<_>>();
    let mut enterprises = live.iter().chain(&settled).map(|lock| lock.enterprise).collect::<BTreeSet<_>>();
    enterprises.extend(booker);
    assert!(enterprises.len() <= 1, "{} is of {enterprises:?}", invoice.number);
    let alone = live.len() <= 1 || live.iter().all(|lock| !lock.exclusive);
    assert!(alone, "{}: an exclusive lock beside another", invoice.number);
    let sum =
        |locks: &[&&piao_domain::invoice::Lock]| locks.iter().map(|lock| lock.amount.get()).sum::<i64>();
    let kept = invoice.reimbursement.settled.as_ref();
    assert_eq!(kept.map_or(0, |settled| settled.amount.get()), sum(&settled), "what is settled is its locks");
    assert_eq!(kept.map(|settled| settled.enterprise), settled.first().map(|lock| lock.enterprise));
    assert!(sum(&settled) + sum(&live) <= invoice.total.get(), "{}: more than its total", invoice.number);
}
