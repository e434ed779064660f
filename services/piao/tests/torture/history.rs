//! What clients did and what they were told, with the time of each.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Instant;

use piao_domain::ids::TransitionId;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;

/// What an operation asks for, as far as the order of an invoice's operations matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    /// Issue, claim, present: what must be there before anybody locks.
    Prepare,
    /// The rival's lock of this round.
    Lock {
        rival: u8,
        round: u8,
    },
    /// Gives up the lock of that round.
    Release {
        rival: u8,
        round: u8,
    },
    Book {
        rival: u8,
    },
    /// Reimburses the lock of that round.
    Settle {
        rival: u8,
        round: u8,
    },
}

/// One signed transition, from the moment at which a client first sends it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: TransitionId,
    /// The invoice's number; 0 where it is about none.
    pub(crate) invoice: u64,
    pub(crate) act: Act,
    /// Nanoseconds since the run began.
    pub(crate) invoked: u64,
    /// When its client was first told what came of it. Nothing where the client gave up.
    pub(crate) returned: Option<u64>,
    /// Whether anybody answered that it is recorded and will be decided.
    pub(crate) recorded: bool,
    pub(crate) attempts: u32,
    /// Every receipt that was handed out.
    pub(crate) receipts: Vec<Receipt>,
}

impl Operation {
    /// The first receipt's outcome.
    pub(crate) fn told(&self) -> Option<Told> {
        self.receipts.first().map(|receipt| Told::of(&receipt.outcome))
    }
}

/// An outcome without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Accepted,
    Refused(&'static str),
}

impl Told {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        outcome.code().map_or(Self::Accepted, |code| Self::Refused(code.as_str()))
    }
}

/// All operations of a run, and what was answered that nobody may answer.
pub(crate) struct History {
    began: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    operations: Vec<Operation>,
    surprises: Vec<String>,
}

/// Names an operation in its history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(usize);

impl History {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), kept: Mutex::default() }
    }

    pub(crate) fn invoke(&self, id: TransitionId, invoice: u64, act: Act) -> Place {
        let operation = Operation {
            id,
            invoice,
            act,
            invoked: self.now(),
            returned: None,
            recorded: false,
            attempts: 0,
            receipts: Vec::new(),
        };
        let mut kept = self.kept.lock().unwrap();
        kept.operations.push(operation);
        Place(kept.operations.len() - 1)
    }

    pub(crate) fn attempt(&self, place: Place) {
        self.change(place, |operation, _| operation.attempts += 1);
    }

    pub(crate) fn recorded(&self, place: Place) {
        self.change(place, |operation, _| operation.recorded = true);
    }

    /// The client of an operation is handed a receipt.
    pub(crate) fn told(&self, place: Place, receipt: Receipt) {
        self.change(place, |operation, now| {
            operation.returned = operation.returned.or(Some(now));
            operation.receipts.push(receipt);
        });
    }

    /// Somebody is handed a receipt after the client of the operation gave up.
    pub(crate) fn told_later(&self, place: Place, receipt: Receipt) {
        self.change(place, |operation, _| operation.receipts.push(receipt));
    }

    pub(crate) fn surprise(&self, what: String) {
        self.kept.lock().unwrap().surprises.push(what);
    }

    /// Everything so far.
    pub(crate) fn look(&self) -> (Vec<Operation>, Vec<String>) {
        let kept = self.kept.lock().unwrap();
        (kept.operations.clone(), kept.surprises.clone())
    }

    /// A line an operation, for a person who looks for what went wrong.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for operation in &self.kept.lock().unwrap().operations {
            let Operation { id, invoice, act, invoked, returned, recorded, attempts, .. } = operation;
            let (from, to) = (invoked / 1_000, returned.map(|at| at / 1_000));
            let told = operation.receipts.iter().map(|receipt| (receipt.index, Told::of(&receipt.outcome)));
            let told = told.collect::<Vec<_>>();
            writeln!(text, "{from} {to:?} us {invoice} {act:?} {id} sent {attempts} 202 {recorded} {told:?}")
                .unwrap();
        }
        text
    }

    /// Names operations as [`History::look`] gave them.
    pub(crate) fn places<'a>(
        &self,
        operations: &'a [Operation],
    ) -> impl Iterator<Item = (Place, &'a Operation)> + use<'a> {
        operations.iter().enumerate().map(|(place, operation)| (Place(place), operation))
    }

    fn change(&self, place: Place, change: impl FnOnce(&mut Operation, u64)) {
        let now = self.now();
        change(&mut self.kept.lock().unwrap().operations[place.0], now);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).expect("a run of less than centuries")
    }
}
