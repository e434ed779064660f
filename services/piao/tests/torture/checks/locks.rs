//! The rule about locks, written a second time: the accepted transitions of each invoice, in the chain's order, never give
//! it two live locks, and end only what lives. No lease lapses in a run: each is a day, and a run is less.

use std::collections::BTreeMap;

use piao_protocol::outcome::{Effect, Outcome};

use super::Flaw;
use crate::history::Operation;
use crate::record::{Decision, Record};

/// What an invoice is to those who want it.
#[derive(Default)]
struct Invoice {
    /// The live lock and its owner.
    live: Option<(String, String)>,
    last_token: u64,
    booked_by: Option<String>,
    settled_by: Option<String>,
}

pub(super) fn check(_: &[Operation], record: &Record) -> Vec<Flaw> {
    let mut invoices = BTreeMap::<String, Invoice>::new();
    let accepted = record.decisions.iter().filter(|one| matches!(one.receipt.outcome, Outcome::Accepted(_)));
    accepted
        .filter_map(|one| {
            let number = one.body.get("invoice")?.as_str()?.to_owned();
            let wrong = invoices.entry(number.clone()).or_default().apply(one)?;
            Some(format!("{} of {number} at {}: {wrong}", one.kind, one.receipt.index))
        })
        .collect()
}

impl Invoice {
    /// Takes what was accepted, and says why it may not have been.
    fn apply(&mut self, decision: &Decision) -> Option<&'static str> {
        let who = decision.party.clone();
        let named = || decision.body["lock"].as_str().unwrap_or_default().to_owned();
        match decision.kind.as_str() {
            "reimbursement.lock" => {
                let token = match &decision.receipt.outcome {
                    Outcome::Accepted(Effect::Locked { token, .. }) => *token,
                    Outcome::Accepted(_) | Outcome::Rejected(_) => 0,
                };
                let last = std::mem::replace(&mut self.last_token, token);
                let before = self.live.replace((decision.receipt.transition.to_string(), who.clone()));
                match before {
                    Some(_) => Some("another lock lives"),
                    None if self.settled_by.is_some() => Some("it is reimbursed"),
                    None if self.booked_by.as_ref().is_some_and(|owner| *owner != who) => {
                        Some("it is booked")
                    }
                    None if token <= last => Some("its token is not above the last"),
                    None => None,
                }
            }
            "reimbursement.release" => {
                let ended = self.live.take();
                (ended != Some((named(), who))).then_some("it releases what does not live")
            }
            "booking.book" => {
                let owns = self.live.as_ref().is_some_and(|(_, owner)| *owner == who);
                let before = self.booked_by.replace(who);
                (!owns || before.is_some()).then_some("it books what it has not locked, or again")
            }
            "reimbursement.settle" => {
                let ended = self.live.take();
                let before = self.settled_by.replace(who.clone());
                let booked = self.booked_by.as_ref() == Some(&who);
                let right = ended == Some((named(), who)) && before.is_none() && booked;
                (!right).then_some("it reimburses what it has not locked and booked, or again")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::Example;
    use super::*;

    #[test]
    fn two_live_locks_and_ends_of_what_does_not_live_are_found() {
        let Example { record, .. } = Example::new();
        assert_eq!(check(&[], &record), Vec::<Flaw>::new());
        let without = |place: usize| {
            let mut record = record.clone();
            record.decisions.remove(place);
            check(&[], &record)
        };
        // Lock, refused lock, release, lock, book, settle.
        assert_eq!(without(1), Vec::<Flaw>::new());
        assert!(without(2)[0].contains("another lock lives"));
        assert!(without(0)[0].contains("it releases what does not live"));
        assert!(without(3)[0].contains("it books"));
        assert!(without(4)[0].contains("it reimburses"));
        let mut again = record.clone();
        again.decisions.push(record.decisions[3].clone());
        assert!(check(&[], &again)[0].contains("it is reimbursed"));
        let mut other = record.clone();
        other.decisions[2].party = other.decisions[1].party.clone();
        assert!(check(&[], &other)[0].contains("it releases what does not live"));
        let mut token = record.clone();
        token.decisions[3].receipt.outcome = token.decisions[0].receipt.outcome.clone();
        assert!(check(&[], &token)[0].contains("token"));
    }
}
