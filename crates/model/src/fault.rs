//! What may go wrong, and how often.

/// A kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A message is there once more: published again by the sweeper or by a client that sent again, or by the broker.
    Duplicate,
    /// A message is gone from the queue.
    Loss,
    /// A ledger's connection to the broker breaks: what it has in hand comes again, its acknowledgements do not count.
    Disconnect,
    /// A ledger dies.
    LedgerCrash,
    /// The service dies.
    EdgeCrash,
    /// The answer to a COMMIT is lost. It came through, or not, or does so later.
    AnswerLost,
    /// A ledger opens the chain although another leads.
    Takeover,
    /// A ledger stands still in its transaction until the server ends that.
    Stall,
    /// A client signs a second transition for the same thing.
    SignAnew,
    /// A crash of the service's database takes its last block away again (ADR 0013, `Mode::DERIVE`).
    FollowLost,
    /// The ledger's database comes back without its last block.
    Restore,
    /// The process that holds service, queue and ledger dies, as with the embedded database: the queue goes with it.
    ProcessCrash,
    /// Clocks go on, so that leases lapse. No failure.
    Tick,
}

/// How many kinds there are.
pub const FAULTS: usize = 13;

/// How much may still go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    each: [u8; FAULTS],
    /// Of all kinds together.
    in_all: u8,
}

impl Budget {
    /// Nothing goes wrong.
    pub const NONE: Self = Self { each: [0; FAULTS], in_all: 0 };

    /// Of each of these so many, and so many in all.
    #[must_use]
    pub const fn of(kinds: &[(Fault, u8)], in_all: u8) -> Self {
        let mut each = [0; FAULTS];
        let mut place = 0;
        while place < kinds.len() {
            each[kinds[place].0 as usize] = kinds[place].1;
            place += 1;
        }
        Self { each, in_all }
    }

    /// Whether a fault may still happen.
    #[must_use]
    pub const fn allows(&self, fault: Fault) -> bool {
        self.in_all > 0 && self.each[fault as usize] > 0
    }

    /// How many may still happen, of all kinds together.
    #[must_use]
    pub const fn left(&self) -> u8 {
        self.in_all
    }

    /// It happens. Only what is allowed does.
    pub(crate) fn take(&mut self, fault: Fault) {
        self.each[fault as usize] -= 1;
        self.in_all -= 1;
        // What nothing in all is left for is equal to what is not there: fewer states differ.
        if self.in_all == 0 {
            *self = Self::NONE;
        }
    }
}
