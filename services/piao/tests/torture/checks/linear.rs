//! Per invoice: what the rivals were told is what one invoice, asked by one after the other, would have told them, in some
//! order that agrees with real time. Whoever was never told may have been heard or not.

use std::collections::BTreeMap;

use stateright::semantics::{ConsistencyTester as _, LinearizabilityTester, SequentialSpec};

use super::Flaw;
use crate::history::{Act, Operation, Told};

/// One invoice that every rival may lock, as the rules have it (domain §3).
#[derive(Clone, Debug, Default)]
struct Invoice {
    live: Option<(u8, u8)>,
    booked_by: Option<u8>,
    settled_by: Option<u8>,
    ended: Vec<(u8, u8)>,
}

impl SequentialSpec for Invoice {
    type Op = Act;
    type Ret = Told;

    fn invoke(&mut self, act: &Act) -> Told {
        match *act {
            Act::Prepare => Told::Accepted,
            Act::Lock { rival, round } => {
                if self.settled_by.is_some() {
                    return Told::Refused("reimbursement.settled");
                }
                if self.live.is_some() {
                    return Told::Refused("lock.exists");
                }
                if self.booked_by.is_some_and(|owner| owner != rival) {
                    return Told::Refused("booking.owner");
                }
                self.live = Some((rival, round));
                Told::Accepted
            }
            Act::Release { rival, round } => self.end((rival, round)),
            Act::Book { rival } => match (self.live, self.booked_by) {
                (Some((owner, _)), None) if owner == rival => {
                    self.booked_by = Some(rival);
                    Told::Accepted
                }
                (_, Some(owner)) if owner == rival => Told::Refused("booking.state"),
                _ => Told::Refused("booking.owner"),
            },
            Act::Settle { rival, round } => {
                if self.live == Some((rival, round)) && self.booked_by != Some(rival) {
                    return Told::Refused("booking.state");
                }
                let told = self.end((rival, round));
                if told == Told::Accepted {
                    self.settled_by = Some(rival);
                }
                told
            }
        }
    }
}

impl Invoice {
    fn end(&mut self, lock: (u8, u8)) -> Told {
        if self.live != Some(lock) {
            let known = self.ended.contains(&lock);
            return Told::Refused(if known { "lock.expired" } else { "lock.unknown" });
        }
        self.live = None;
        self.ended.push(lock);
        Told::Accepted
    }
}

pub(super) fn check(operations: &[Operation]) -> Vec<Flaw> {
    let mut invoices = BTreeMap::<u64, Vec<&Operation>>::new();
    for operation in operations.iter().filter(|operation| operation.act != Act::Prepare) {
        invoices.entry(operation.invoice).or_default().push(operation);
    }
    let wrong = invoices.into_iter().filter(|(_, operations)| !is_linearizable(operations));
    wrong.map(|(number, operations)| format!("invoice {number}: {:#?}", shown(&operations))).collect()
}

fn is_linearizable(operations: &[&Operation]) -> bool {
    let mut events = Vec::new();
    for (place, operation) in operations.iter().enumerate() {
        // A client that gave up never hears of it, whatever others were told of it afterwards.
        let told = operation.returned.and_then(|at| Some((at, operation.told()?)));
        events.push((operation.invoked, 1, place, None));
        events.extend(told.map(|(at, told)| (at, 0, place, Some(told))));
    }
    events.sort_by_key(|(at, rank, place, _)| (*at, *rank, *place));
    let mut tester = LinearizabilityTester::new(Invoice::default());
    for (_, _, place, told) in events {
        // Each operation is its own thread: whoever gave up one may well have another under way.
        let noted = match told {
            None => tester.on_invoke(place, operations[place].act).map(|_| ()),
            Some(told) => tester.on_return(place, told).map(|_| ()),
        };
        noted.expect("an operation is invoked once and returns once");
    }
    tester.is_consistent()
}

fn shown(operations: &[&Operation]) -> Vec<String> {
    let line =
        |one: &&Operation| format!("{} to {:?}: {:?} {:?}", one.invoked, one.returned, one.act, one.told());
    operations.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::Example;
    use super::*;

    #[test]
    fn a_history_that_no_single_invoice_could_give_is_found() {
        let Example { operations, .. } = Example::new();
        assert_eq!(check(&operations), Vec::<Flaw>::new());
        // Two rivals are both told that they have it.
        let mut both = operations.clone();
        both[1].receipts = vec![operations[0].receipts[0].clone()];
        assert_eq!(check(&both).len(), 1);
        // Nobody had it any more when it was refused.
        let mut late = operations.clone();
        (late[1].invoked, late[1].returned) =
            (operations[2].returned.unwrap() + 1, Some(operations[3].invoked - 1));
        assert_eq!(check(&late).len(), 1);
        // Reimbursed without a booking.
        let mut unbooked = operations.clone();
        unbooked.remove(4);
        assert_eq!(check(&unbooked).len(), 1);
    }

    #[test]
    fn whoever_was_never_told_may_have_been_heard_or_not() {
        let Example { operations, .. } = Example::new();
        // The release was heard, although its client gave up: else the next lock could not be.
        let mut unknown = operations.clone();
        unknown[2].returned = None;
        assert_eq!(check(&unknown), Vec::<Flaw>::new());
        // Sent only after that lock it cannot be why.
        unknown[2].invoked = operations[3].returned.unwrap() + 1;
        assert_eq!(check(&unknown).len(), 1);
        // A lock of which nobody heard explains a refusal, or is taken for never made.
        let mut silent = operations;
        silent[0].returned = None;
        silent.remove(2);
        silent.truncate(2);
        assert_eq!(check(&silent), Vec::<Flaw>::new());
        silent.remove(0);
        assert_eq!(check(&silent).len(), 1);
    }
}
