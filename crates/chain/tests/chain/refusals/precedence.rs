//! Two things wrong at once: the guard that stands first in domain §3 gives the code.

use piao_domain::category::CategoryCode;
use piao_domain::command::{Command, Transition};
use piao_domain::content::{Content, Line, Lines};
use piao_domain::ids::TransitionId;
use piao_domain::invoice::LockUse;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::{Limits, RuleChange};
use piao_protocol::outcome::Outcome;

use super::invoices::force_release;
use super::issuing::{content_of, issuing, stricter};
use super::locks::{booked, lock, locked, locking, named, named_lock, presented, release, settle};
use super::parties::{revoke_second, signed_by_second_key, suspend, suspension, two_keys};
use super::rules::retire;
use super::{as_signer, town};
use crate::given::{
    DAY, TOTAL, World, apply, book, bureau, date, enterprise, fen, number, person, present, register, uscc,
    version,
};

fn check(stands_first: Code, stands_behind: Code, scene: fn() -> World, both: fn(&mut World) -> Transition) {
    // Codes of one area stand in the list, and so in the documents, in the order in which they are checked.
    let area = |code: Code| code.as_str().split('.').next();
    if area(stands_first) == area(stands_behind) {
        assert!(stands_first < stands_behind, "{stands_behind} is declared before {stands_first}");
    }
    let mut world = scene();
    let transition = both(&mut world);
    let code = match world.execute(&transition) {
        Outcome::Accepted(_) => panic!("accepted for all of {stands_first} and {stands_behind}"),
        Outcome::Rejected(Rejection { code, .. }) => code,
    };
    assert_eq!(code, stands_first, "not {stands_first} before {stands_behind}");
}

/// A transition of a minute before the window.
fn stale(mut transition: Transition) -> Transition {
    transition.issued_at = transition.issued_at.plus(-660);
    transition
}

#[test]
fn expiry_key_party_role_and_existence_come_in_this_order() {
    check(Code::TransitionExpired, Code::KeyRevoked, two_keys, |world| {
        revoke_second(world);
        stale(signed_by_second_key(world, apply(10, 1)))
    });
    check(Code::KeyRevoked, Code::PartySuspended, two_keys, |world| {
        revoke_second(world);
        suspend(world, enterprise(1));
        signed_by_second_key(world, apply(10, 1))
    });
    check(Code::PartySuspended, Code::RoleForbidden, town, |world| {
        suspend(world, enterprise(1));
        world.sign(&enterprise(1), suspension(enterprise(2)))
    });
    check(Code::RoleForbidden, Code::PartyUnknown, town, |world| {
        world.sign(&enterprise(1), suspension(enterprise(7)))
    });
    check(Code::RoleForbidden, Code::InvoiceUnknown, town, |world| {
        let command = world.lock_command(9, TOTAL);
        world.sign(&person(0), command)
    });
    check(Code::PartyExists, Code::KeyExists, town, |world| world.sign(&bureau(), register(1, 11)));
    check(Code::PartyUnknown, Code::KeyExists, two_keys, |world| {
        let command = Command::KeyReset {
            enterprise: uscc(7),
            key: crate::given::new_key(70),
            reason: crate::given::reason(),
        };
        world.sign(&bureau(), command)
    });
    check(Code::PartyUnknown, Code::InvoiceUnknown, town, |world| world.sign(&person(0), present(9, 7)));
    check(Code::PartyUnknown, Code::InvoiceUnknown, town, |world| world.sign(&bureau(), force_release(7)));
    check(Code::PartyUnknown, Code::ClaimNotHolder, presented, |world| world.sign(&person(1), present(1, 7)));
}

#[test]
fn claim_comes_before_reimbursement_before_booking_before_amounts() {
    check(Code::ClaimNotPresented, Code::LockExists, locked, |world| {
        let mut transition = locking(world);
        as_signer(&mut transition, enterprise(3));
        transition
    });
    check(Code::ClaimNotPresented, Code::LockBuyer, named, |world| {
        let mut transition = locking(world);
        as_signer(&mut transition, enterprise(3));
        transition
    });
    check(Code::LockBuyer, Code::LockExists, named, |world| {
        world.lock(1, 1);
        let mut transition = locking(world);
        as_signer(&mut transition, enterprise(2));
        transition
    });
    check(Code::LockClaimRef, Code::LockExists, presented, |world| {
        world.accept(&enterprise(1), lock("EXP-7", TOTAL, DAY));
        world.sign(&enterprise(1), lock("EXP-7", TOTAL, DAY))
    });
    check(Code::LockClaimRef, Code::ReimbursementSettled, presented, |world| {
        let id = world.accept(&enterprise(1), lock("EXP-7", TOTAL, DAY));
        world.accept(&enterprise(1), book(1));
        world.accept(&enterprise(1), settle(LockUse { id, token: 1 }));
        world.sign(&enterprise(1), lock("EXP-7", TOTAL, DAY))
    });
    check(Code::ReimbursementSettled, Code::BookingOwner, booked, |world| {
        let lock = named_lock(world);
        world.accept(&enterprise(1), settle(lock));
        let mut transition = locking(world);
        as_signer(&mut transition, enterprise(2));
        transition
    });
    check(Code::LockExists, Code::BookingOwner, booked, |world| {
        let mut transition = locking(world);
        as_signer(&mut transition, enterprise(2));
        transition
    });
    check(Code::LockExists, Code::LockAmount, locked, |world| {
        world.sign(&enterprise(2), lock("EXP-7", TOTAL + 1, DAY))
    });
    check(Code::BookingOwner, Code::LockAmount, booked, |world| {
        let lock = named_lock(world);
        world.accept(&enterprise(1), release(lock));
        world.sign(&enterprise(2), super::locks::lock("EXP-7", TOTAL + 1, DAY))
    });
    check(Code::LockAmount, Code::LockLease, presented, |world| {
        world.sign(&enterprise(1), lock("EXP-7", TOTAL + 1, 31 * DAY))
    });
    check(Code::ClaimProof, Code::ClaimTaken, presented, |world| {
        world.sign(&person(1), Command::ClaimTake { invoice: number(1), proof: None })
    });
}

#[test]
fn what_is_named_comes_before_whose_it_is_before_how_it_stands() {
    check(Code::InvoiceUnknown, Code::LockUnknown, locked, |world| {
        let command = Command::Release { invoice: number(9), lock: named_lock(world) };
        world.sign(&enterprise(1), command)
    });
    check(Code::LockUnknown, Code::LockToken, locked, |world| {
        world.sign(&enterprise(1), release(LockUse { id: TransitionId::new([5; 32]), token: 9 }))
    });
    check(Code::LockNotOwner, Code::LockToken, locked, |world| {
        let lock = LockUse { token: 9, ..named_lock(world) };
        world.sign(&enterprise(2), release(lock))
    });
    check(Code::LockNotOwner, Code::LockExpired, locked, |world| {
        world.pass(DAY);
        let lock = named_lock(world);
        world.sign(&enterprise(2), release(lock))
    });
    check(Code::LockToken, Code::LockExpired, locked, |world| {
        world.pass(DAY);
        let lock = LockUse { token: 9, ..named_lock(world) };
        world.sign(&enterprise(1), release(lock))
    });
    check(Code::LockExpired, Code::BookingState, locked, |world| {
        world.pass(DAY);
        let lock = named_lock(world);
        world.sign(&enterprise(1), settle(lock))
    });
    check(Code::BookingOwner, Code::ReimbursementSettled, booked, |world| {
        let lock = named_lock(world);
        world.accept(&enterprise(1), settle(lock));
        world.sign(&enterprise(2), book(1))
    });
}

#[test]
fn issuing_looks_at_number_order_content_quota_and_rules_in_this_order() {
    check(Code::NumberOutsideSegment, Code::InvoiceTotals, town, |world| {
        with(issuing(world, 51), |content| content.total = fen(1))
    });
    check(Code::NumberUsed, Code::InvoiceTotals, town, |world| {
        world.issue(1, None);
        with(issuing(world, 1), |content| content.total = fen(1))
    });
    check(Code::InvoiceBuyer, Code::InvoiceTotals, town, |world| {
        with(issuing(world, 1), |content| {
            content.claim_key = None;
            content.total = fen(1);
        })
    });
    check(Code::InvoiceBuyer, Code::InvoiceLineTax, town, |world| {
        with(issuing(world, 1), |content| {
            content.claim_key = None;
            change_line(content, |line| line.tax = fen(601));
        })
    });
    check(Code::InvoiceLineTax, Code::InvoiceTotals, town, |world| {
        with(issuing(world, 1), |content| change_line(content, |line| line.tax = fen(601)))
    });
    check(Code::InvoiceCategory, Code::InvoiceRate, town, |world| {
        stricter(world, |limits| limits.rates[0].to = Some(date("2026-09-30")));
        with(issuing(world, 1), |content| {
            change_line(content, |line| line.category = CategoryCode::parse("3070402000000000000").unwrap());
        })
    });
    // Nothing is left of a month of which nothing is granted.
    check(Code::QuotaPending, Code::QuotaExhausted, town, |world| {
        let asked = crate::given::allowance(5_000_000, 50);
        let month = crate::given::month("2026-11");
        world.accept(&enterprise(crate::given::ISSUER), Command::QuotaApply { month, asked });
        world.pass(31 * DAY);
        issuing(world, 1)
    });
    check(Code::InvoiceTotals, Code::QuotaExhausted, town, |world| {
        with(issuing(world, 1), |content| content.amount = fen(10_000_001))
    });
    check(Code::InvoiceTotals, Code::RulesNoneActive, town, |world| {
        world.accept(&bureau(), retire(1));
        with(issuing(world, 1), |content| content.total = fen(1))
    });
    // Nothing is granted in the next month.
    check(Code::QuotaExhausted, Code::RulesNoneActive, town, |world| {
        world.accept(&bureau(), retire(1));
        world.pass(31 * DAY);
        issuing(world, 1)
    });
    check(Code::RulesViolated, Code::InvoiceRate, town, |world| {
        stricter(world, |limits| {
            limits.invoice_amount_max = Some(fen(1));
            limits.rates.clear();
        });
        issuing(world, 1)
    });
    // The sets stand by id: `city` before `trade`.
    check(Code::InvoiceRate, Code::RulesViolated, town, |world| {
        let limits = Limits { invoice_amount_max: Some(fen(1)), ..crate::given::limits() };
        world.activate(version("trade", 1), limits);
        stricter(world, |limits| limits.rates[0].to = Some(date("2026-09-30")));
        issuing(world, 1)
    });
}

#[test]
fn a_rule_set_s_version_comes_before_what_is_in_it() {
    check(Code::RulesVersion, Code::RulesInvalid, town, |world| {
        let broken = Limits { lease_seconds_max: Some(0), ..crate::given::limits() };
        world.sign(&bureau(), crate::given::deploy(version("city", 1), broken))
    });
    check(Code::RulesVersion, Code::RulesInvalid, town, |world| {
        let from = date("2026-09-30");
        world.sign(&bureau(), Command::Rules(RuleChange::Activate { version: version("city", 1), from }))
    });
}

#[test]
fn whose_a_booking_is_comes_before_whether_there_is_one() {
    check(Code::BookingOwner, Code::BookingState, locked, |world| {
        world.sign(&enterprise(2), Command::Unbook { invoice: number(1) })
    });
}

fn change_line(content: &mut Content, change: impl FnOnce(&mut Line)) {
    let mut lines = content.lines.to_vec();
    change(&mut lines[0]);
    content.lines = Lines::new(lines).unwrap();
}

fn with(mut transition: Transition, change: impl FnOnce(&mut Content)) -> Transition {
    change(content_of(&mut transition));
    transition
}
