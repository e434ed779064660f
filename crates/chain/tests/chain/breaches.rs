//! Each invariant holds of a state that was reached, and finds one that was broken on purpose.

use std::collections::BTreeMap;

use piao_chain::invariants::{Breach, charge, check, check_invoice, settlement};
use piao_chain::state::{State, Touched};
use piao_domain::command::{Command, Transition};
use piao_domain::invoice::{Booking, Invoice, LockEnd, LockUse};
use piao_domain::key::PublicKey;
use piao_domain::money::Fen;
use piao_domain::party::{KeyState, RegisteredKey};
use piao_domain::rules::Allowance;

use crate::given::{
    ISSUER, NOON, TOTAL, World, book, content, enterprise, fen, limits, new_key, number, uscc,
};

const OWNER: usize = 2;

/// An invoice that enterprise 2 has locked and booked, and the lock.
fn booked() -> (World, LockUse) {
    let mut world = World::town(4, 0, limits());
    world.issue(1, Some(uscc(OWNER)));
    world.does(&enterprise(OWNER), Command::ClaimTake { invoice: number(1), proof: None });
    let lock = world.lock(1, OWNER);
    world.does(&enterprise(OWNER), book(1));
    (world, lock)
}

/// Everything that is there, as if one block had made it. Segments are apart: they are held against those before.
fn all(state: &State) -> Touched {
    let keys =
        state.parties.iter().flat_map(|(name, party)| party.keys.keys().map(|key| (name.clone(), *key)));
    Touched {
        keys: keys.collect(),
        accounts: state.accounts.keys().copied().collect(),
        issued: state.invoices.keys().copied().collect(),
        invoices: state.invoices.keys().copied().collect(),
        ..Touched::default()
    }
}

fn finds(expect: &Breach, break_it: impl FnOnce(&mut State)) {
    let (world, _) = booked();
    let touched = all(&world.state);
    assert_eq!(check(&world.state, &touched, NOON), Ok(()), "before {expect:?}");
    let mut state = world.state;
    break_it(&mut state);
    assert_eq!(check(&state, &touched, NOON).as_ref(), Err(expect));
}

fn invoice(state: &mut State) -> &mut Invoice {
    state.invoices.get_mut(&number(1)).unwrap()
}

#[test]
fn what_is_broken_in_a_state_is_found() {
    finds(&Breach::Missing(number(1)), |state| state.invoices = BTreeMap::new());
    finds(&Breach::ManyEnterprises(number(1)), |state| {
        let booking = &mut invoice(state).booking;
        let Booking::Booked { enterprise, .. } = booking else { panic!("{booking:?}") };
        *enterprise = uscc(3);
    });
    finds(&Breach::OverTotal(number(1)), |state| {
        invoice(state).reimbursement.locks.values_mut().for_each(|lock| lock.amount = fen(TOTAL + 1));
    });
    finds(&Breach::NumberOutside(number(1)), |state| state.segments = BTreeMap::new());
    finds(&Breach::OverQuota(uscc(ISSUER), NOON.month()), |state| {
        state.accounts.values_mut().for_each(|account| account.granted.count = 0);
    });
    finds(&Breach::OverQuota(uscc(ISSUER), NOON.month()), |state| {
        state.accounts.values_mut().for_each(|account| account.granted.amount = Fen::ZERO);
    });
    finds(&Breach::Keys(enterprise(1), 0), |state| {
        let keys = &mut state.parties.get_mut(&enterprise(1)).unwrap().keys;
        keys.values_mut().for_each(|key| key.state = KeyState::Revoked);
    });
    finds(&Breach::Keys(enterprise(1), 17), |state| {
        let keys = &mut state.parties.get_mut(&enterprise(1)).unwrap().keys;
        for key in (60..76).map(new_key) {
            keys.insert(
                key.id,
                RegisteredKey { public: PublicKey::clone(&key.public), state: KeyState::Live },
            );
        }
    });
}

#[test]
fn two_live_locks_of_which_one_excludes_others_are_found() {
    let (world, lock) = booked();
    let mut broken = world.invoice(1).clone();
    let mut second = broken.reimbursement.locks[&lock.id].clone();
    second.exclusive = false;
    second.amount = fen(0);
    broken.reimbursement.locks.insert(world_id(&world), second);
    assert_eq!(check_invoice(world.invoice(1), NOON), Ok(()));
    assert_eq!(check_invoice(&broken, NOON), Err(Breach::ManyExclusive(number(1))));
}

/// An id that no lock has.
fn world_id(world: &World) -> piao_domain::ids::TransitionId {
    world.invoice(1).issued_by
}

/// An invoice before and after it was settled, and the transition.
fn settled() -> (Invoice, Invoice, Transition) {
    let (mut world, lock) = booked();
    let before = world.invoice(1).clone();
    let transition = world.sign(&enterprise(OWNER), Command::Settle { invoice: number(1), lock });
    world.execute(&transition);
    (before, world.invoice(1).clone(), transition)
}

#[test]
fn a_settlement_without_its_live_lock_and_booking_is_found() {
    let (before, after, transition) = settled();
    let breach = Err(Breach::SettledWithoutLock(number(1)));
    let check = |before: &Invoice, after: &Invoice, transition: &Transition, waived, expect| {
        assert_eq!(settlement(before, Some(after), transition, waived, NOON), expect);
    };
    check(&before, &after, &transition, false, Ok(()));
    let with = |change: fn(&mut Invoice)| {
        let mut changed = before.clone();
        change(&mut changed);
        changed
    };
    let unbooked = with(|invoice| invoice.booking = Booking::Unbooked);
    check(&unbooked, &after, &transition, true, Ok(()));
    check(&unbooked, &after, &transition, false, breach.clone());
    let no_lock = with(|invoice| invoice.reimbursement.locks = BTreeMap::new());
    check(&no_lock, &after, &transition, false, breach.clone());
    let ended = with(|invoice| {
        invoice.reimbursement.locks.values_mut().for_each(|lock| lock.end = Some(LockEnd::Released));
    });
    check(&ended, &after, &transition, false, breach.clone());
    let other_token =
        with(|invoice| invoice.reimbursement.locks.values_mut().for_each(|lock| lock.token += 1));
    check(&other_token, &after, &transition, false, breach.clone());
    let by_another = Transition { signer: enterprise(3), ..transition.clone() };
    check(&before, &after, &by_another, false, breach.clone());
    check(&before, &before, &transition, false, breach.clone());
    assert_eq!(settlement(&before, None, &transition, false, NOON), breach);
}

#[test]
fn an_invoice_that_takes_another_part_of_the_quota_than_it_is_is_found() {
    let issued = content(1, None);
    let used = |amount: i64, count| Allowance { amount: fen(amount), count };
    let own = issued.amount.get();
    let check = |after, expect: Result<(), Breach>| {
        assert_eq!(charge(used(500, 3), after, &issued), expect, "{after:?}");
    };
    let breach = Err(Breach::QuotaCharge(number(1)));
    check(used(500 + own, 4), Ok(()));
    check(used(500, 3), breach.clone());
    check(used(500 + own, 3), breach.clone());
    check(used(500, 4), breach.clone());
    check(used(500 + own + 1, 4), breach.clone());
    check(used(500 + own, 5), breach);
}
