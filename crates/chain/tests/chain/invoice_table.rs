//! Every state of one invoice that can be reached, with every transition on it by everybody.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use piao_domain::command::Command;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::invoice::{Booking, Claim, Invoice, Lock, LockEnd, LockUse};
use piao_domain::rules::Limits;
use piao_domain::uscc::Uscc;
use piao_protocol::outcome::Outcome;

use crate::explore::{Visit, compare, explore, table};
use crate::given::{
    DAY, ISSUER, TOTAL, World, bureau, content, enterprise, limits, number, person, reason, uscc,
};
use crate::invoice_oracle::{Question, Rules};

const AXES: [&str; 7] = ["rules", "buyer", "holder", "presented to", "locks", "settled", "booking"];
const E1: usize = 1;
const E2: usize = 2;
const STRANGER: usize = 3;

/// What somebody may try. A lock that is named is the oldest that has not ended, else the newest, else none there is.
#[derive(Clone, Copy)]
enum Act {
    Take { proof: bool },
    Present(usize),
    Withdraw(usize),
    Lock { whole: bool },
    Renew,
    Release,
    Settle,
    Force(usize),
    Book { deductible: bool },
    Unbook,
}

const ACTS: [(&str, Act); 16] = [
    ("claim.take with the claim key", Act::Take { proof: true }),
    ("claim.take without proof", Act::Take { proof: false }),
    ("claim.present to E1", Act::Present(E1)),
    ("claim.present to E2", Act::Present(E2)),
    ("claim.withdraw from E1", Act::Withdraw(E1)),
    ("claim.withdraw from E2", Act::Withdraw(E2)),
    ("reimbursement.lock of all that is free", Act::Lock { whole: true }),
    ("reimbursement.lock of half", Act::Lock { whole: false }),
    ("reimbursement.renew", Act::Renew),
    ("reimbursement.release", Act::Release),
    ("reimbursement.settle", Act::Settle),
    ("reimbursement.force_release of E1", Act::Force(E1)),
    ("reimbursement.force_release of E2", Act::Force(E2)),
    ("booking.book as 02", Act::Book { deductible: true }),
    // Comes to the same as 02, so it is checked but not written.
    ("booking.book as 03", Act::Book { deductible: false }),
    ("booking.unbook", Act::Unbook),
];

fn cast() -> &'static [(&'static str, PartyId); 6] {
    static CAST: OnceLock<[(&str, PartyId); 6]> = OnceLock::new();
    CAST.get_or_init(|| {
        [
            ("issuer", enterprise(ISSUER)),
            ("person", person(0)),
            ("E1", enterprise(E1)),
            ("E2", enterprise(E2)),
            ("stranger", enterprise(STRANGER)),
            ("bureau", bureau()),
        ]
    })
}

fn name(uscc: Uscc) -> &'static str {
    cast().iter().find(|(_, party)| *party == PartyId::Enterprise(uscc)).map(|(name, _)| name).unwrap()
}

/// A world with one invoice, and what the rules say there.
#[derive(Clone)]
struct Scene {
    world: World,
    rules: (&'static str, Rules),
}

impl Scene {
    fn axes(&self) -> Vec<String> {
        let invoice = self.world.invoice(1);
        let buyer = match (invoice.buyer, invoice.claim_key) {
            (Some(uscc), Some(_)) => format!("{}, claim key", name(uscc)),
            (Some(uscc), None) => format!("{}, no claim key", name(uscc)),
            (None, _) => "nobody, claim key".to_owned(),
        };
        let (holder, presented) = match &invoice.claim {
            Claim::Unclaimed => ("nobody", "-".to_owned()),
            Claim::Claimed { holder, presented_to } => {
                let holder = cast().iter().find(|(_, party)| party == holder).unwrap().0;
                (holder, list(presented_to.iter().map(|uscc| name(*uscc).to_owned())))
            }
        };
        let booking = match &invoice.booking {
            Booking::Booked { enterprise, .. } => format!("{} {}", invoice.booking.code(), name(*enterprise)),
            Booking::Unbooked | Booking::UnbookedAgain { .. } => invoice.booking.code().to_owned(),
        };
        let settled = invoice.reimbursement.settled.as_ref();
        let settled = settled.map_or("nothing".to_owned(), |settled| {
            format!("{} by {}", size(settled.amount.get()), name(settled.enterprise))
        });
        let rules = self.rules.0.to_owned();
        vec![rules, buyer, holder.to_owned(), presented, self.locks(invoice), settled, booking]
    }

    fn locks(&self, invoice: &Invoice) -> String {
        let unended =
            in_order(invoice).into_iter().filter(|(_, lock)| lock.end.is_none()).collect::<Vec<_>>();
        if let Some((_, first)) = unended.first() {
            let each = |lock: &Lock| {
                let days = (lock.lease_until.unix() - self.world.now.unix()).max(0) / DAY;
                format!("{} {days}d", size(lock.amount.get()))
            };
            return format!(
                "{}: {}",
                name(first.enterprise),
                list(unended.iter().map(|(_, lock)| each(lock)))
            );
        }
        match in_order(invoice).last() {
            None => "never".to_owned(),
            Some((_, Lock { enterprise, end: Some(LockEnd::Settled), .. })) => {
                format!("{}: settled last", name(*enterprise))
            }
            Some((_, Lock { enterprise, .. })) => format!("{}: ended last", name(*enterprise)),
        }
    }

    fn command(&self, act: Act, signer: &PartyId) -> Command {
        let world = &self.world;
        let invoice = number(1);
        match act {
            Act::Take { proof: true } => world.take(1, signer),
            Act::Take { proof: false } => Command::ClaimTake { invoice, proof: None },
            Act::Present(to) => Command::ClaimPresent { invoice, enterprise: uscc(to) },
            Act::Withdraw(from) => Command::ClaimWithdraw { invoice, enterprise: uscc(from) },
            Act::Lock { whole: true } => world.lock_command(1, self.free()),
            Act::Lock { whole: false } => world.lock_command(1, TOTAL / 2),
            Act::Renew => {
                Command::Renew { invoice, lock: self.named(), lease_seconds: u32::try_from(DAY).unwrap() }
            }
            Act::Release => Command::Release { invoice, lock: self.named() },
            Act::Settle => Command::Settle { invoice, lock: self.named() },
            Act::Force(whose) => Command::ForceRelease { invoice, enterprise: uscc(whose), reason: reason() },
            Act::Book { deductible } => Command::Book { invoice, deductible },
            Act::Unbook => Command::Unbook { invoice },
        }
    }

    fn named(&self) -> LockUse {
        let locks = in_order(self.world.invoice(1));
        let unended = locks.iter().find(|(_, lock)| lock.end.is_none());
        let nothing = LockUse { id: TransitionId::new([0xff; 32]), token: 1 };
        let use_of = |(id, lock): &(&TransitionId, &Lock)| LockUse { id: **id, token: lock.token };
        unended.or(locks.last()).map_or(nothing, use_of)
    }

    /// All that is free, or the total where nothing is.
    fn free(&self) -> i64 {
        let invoice = self.world.invoice(1);
        let booker = match invoice.booking {
            Booking::Booked { enterprise, .. } => Some(enterprise),
            Booking::Unbooked | Booking::UnbookedAgain { .. } => None,
        };
        let live = invoice.reimbursement.locks.values().filter(|lock| {
            lock.end.is_none() && (lock.lease_until > self.world.now || booker == Some(lock.enterprise))
        });
        let locked: i64 = live.map(|lock| lock.amount.get()).sum();
        let settled = invoice.reimbursement.settled.as_ref().map_or(0, |settled| settled.amount.get());
        if locked + settled < TOTAL { TOTAL - locked - settled } else { TOTAL }
    }

    fn visit(&self) -> Visit<Self> {
        let before = self.axes();
        let mut cells = BTreeMap::new();
        let mut next = Vec::new();
        let mut scratch = self.clone();
        for (title, act) in ACTS {
            for (who, signer) in cast() {
                let command = self.command(act, signer);
                let question = Question {
                    invoice: self.world.invoice(1),
                    rules: self.rules.1,
                    now: self.world.now,
                    signer,
                };
                let expected = question.answer(&command);
                let outcome = scratch.world.attempt(signer, command);
                assert_eq!(outcome.code(), expected, "{title} by {who} in {before:?}");
                let mut cell = outcome.code().map_or("accepted".to_owned(), |code| code.to_string());
                if scratch.world.invoice(1) != self.world.invoice(1) {
                    let after = scratch.axes();
                    if matches!(outcome, Outcome::Accepted(_)) {
                        cell += &changes(&before, &after);
                    }
                    let reached = std::mem::replace(&mut scratch, self.clone());
                    next.push((format!("{title} by {who}"), reached));
                }
                let heading = |title: &str| (title.to_owned(), (*who).to_owned());
                if matches!(act, Act::Book { deductible: false }) {
                    assert_eq!(
                        cell.replace("= 03", "= 02"),
                        cells[&heading("booking.book as 02")],
                        "in {before:?}"
                    );
                } else {
                    cells.insert(heading(title), cell);
                }
            }
        }
        let leased = |lock: &Lock| lock.end.is_none() && lock.lease_until > self.world.now;
        if self.world.invoice(1).reimbursement.locks.values().any(leased) {
            scratch.world.pass(DAY);
            next.push(("a day passes".to_owned(), scratch));
        }
        Visit { cells, next }
    }
}

/// The axes that became another value.
fn changes(before: &[String], after: &[String]) -> String {
    let changed = before.iter().zip(after).zip(AXES).filter(|((before, after), _)| before != after);
    let changed = changed.map(|((_, after), axis)| format!("{axis} = {after}")).collect::<Vec<_>>();
    if changed.is_empty() { String::new() } else { format!(", {}", changed.join(", ")) }
}

fn in_order(invoice: &Invoice) -> Vec<(&TransitionId, &Lock)> {
    let mut locks = invoice.reimbursement.locks.iter().collect::<Vec<_>>();
    locks.sort_by_key(|(_, lock)| lock.token);
    locks
}

fn size(amount: i64) -> &'static str {
    match amount {
        TOTAL => "whole",
        half if half * 2 == TOTAL => "half",
        other => panic!("{other} is neither whole nor half"),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items = items.collect::<Vec<_>>();
    if items.is_empty() { "-".to_owned() } else { items.join(" + ") }
}

fn roots(rules: &'static str, limits: Limits, buyers: &[(Option<Uscc>, bool)]) -> Vec<(String, Scene)> {
    let said = Rules {
        buyer_only: limits.buyer_only,
        partial: limits.partial_locks,
        waived: !limits.booking_required,
    };
    let scene = |&(buyer, keyed): &(Option<Uscc>, bool)| {
        let mut world = World::town(4, 1, limits.clone());
        let mut content = content(1, buyer);
        content.claim_key = content.claim_key.filter(|_| keyed);
        world.accept(&enterprise(ISSUER), Command::InvoiceIssue(Box::new(content)));
        ("issued".to_owned(), Scene { world, rules: (rules, said) })
    };
    buyers.iter().map(scene).collect()
}

fn check(file: &str, title: &str, rules: &'static str, limits: Limits, buyers: &[(Option<Uscc>, bool)]) {
    let reached = explore(roots(rules, limits, buyers), Scene::axes, Scene::visit);
    compare(file, &table(title, &AXES, &reached));
}

#[test]
fn every_transition_in_every_state_of_an_invoice_does_what_the_domain_says_under_strict_rules() {
    let buyers = [(None, true), (Some(uscc(E1)), true), (Some(uscc(E1)), false)];
    let title = "One invoice: whole locks only, the named buyer only, booking first";
    check("invoice_strict.txt", title, "strict", limits(), &buyers);
}

#[test]
fn every_transition_in_every_state_of_an_invoice_does_what_the_domain_says_under_loose_rules() {
    let limits = Limits { buyer_only: false, partial_locks: true, booking_required: false, ..limits() };
    let title = "One invoice: parts may be locked, by anybody, booking waived";
    check("invoice_loose.txt", title, "loose", limits, &[(None, true), (Some(uscc(E1)), true)]);
}
