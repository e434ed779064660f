//! A small run that is as it must be, for tests to change.
#![cfg(test)]

use piao_domain::ids::TransitionId;
use piao_domain::money::Fen;
use piao_domain::rejection::Code;
use piao_domain::time::Time;
use piao_protocol::digest::BlockHash;
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::Receipt;
use serde_json::json;

use crate::history::{Act, Operation};
use crate::record::{Decision, Record};

/// One invoice: locked, refused to another, released, locked by that other, booked and reimbursed; one after the other.
pub(super) struct Example {
    pub(super) operations: Vec<Operation>,
    pub(super) record: Record,
}

impl Example {
    pub(super) fn new() -> Self {
        let locked = |place: u8, token| Effect::Locked {
            lock: id(place),
            token,
            amount: Fen::new(10_600).unwrap(),
            exclusive: true,
            lease_until: Time::from_unix(1_800_000_000),
        };
        let steps = [
            (Act::Lock { rival: 0, round: 0 }, "reimbursement.lock", Outcome::Accepted(locked(0, 1)), 0),
            (
                Act::Lock { rival: 1, round: 0 },
                "reimbursement.lock",
                Outcome::Rejected(Code::LockExists.into()),
                0,
            ),
            (
                Act::Release { rival: 0, round: 0 },
                "reimbursement.release",
                Outcome::Accepted(Effect::Nothing),
                0,
            ),
            (Act::Lock { rival: 1, round: 1 }, "reimbursement.lock", Outcome::Accepted(locked(3, 2)), 0),
            (Act::Book { rival: 1 }, "booking.book", Outcome::Accepted(Effect::Nothing), 3),
            (
                Act::Settle { rival: 1, round: 1 },
                "reimbursement.settle",
                Outcome::Accepted(Effect::Nothing),
                3,
            ),
        ];
        let (mut operations, mut decisions) = (Vec::new(), Vec::new());
        for (place, (act, kind, outcome, lock)) in (0_u8..).zip(steps) {
            let receipt = Receipt {
                transition: id(place),
                outcome,
                height: 1 + u64::from(place),
                index: 1 + 2 * u64::from(place),
                block: BlockHash::new([place; 32]),
                time: Time::from_unix(1_790_000_000),
            };
            let rival = match act {
                Act::Prepare => 0,
                Act::Lock { rival, .. } | Act::Release { rival, .. } | Act::Settle { rival, .. } => rival,
                Act::Book { rival } => rival,
            };
            let at = 1_000 * u64::from(place);
            operations.push(Operation {
                id: id(place),
                invoice: 7,
                act,
                invoked: at,
                returned: Some(at + 100),
                recorded: false,
                attempts: 1,
                receipts: vec![receipt.clone()],
            });
            decisions.push(Decision {
                receipt,
                kind: kind.to_owned(),
                party: format!("rival {rival}"),
                body: json!({"invoice": "7", "lock": id(lock).to_string()}),
            });
        }
        Self { operations, record: Record { decisions, height: 6 } }
    }
}

fn id(place: u8) -> TransitionId {
    TransitionId::new([place; 32])
}
