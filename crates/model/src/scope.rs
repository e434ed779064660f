//! How large a world is checked.

use crate::bug::Bug;
use crate::fault::Budget;

/// A world: who is in it and how much may go wrong.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// How reports name it.
    pub name: &'static str,
    /// Invoices, at most [`INVOICES`](crate::names::INVOICES).
    pub invoices: usize,
    /// Enterprises, at most [`ENTERPRISES`](crate::names::ENTERPRISES).
    pub enterprises: usize,
    /// What may go wrong.
    pub faults: Budget,
    /// Whether clients and the service do at once what they can: send, publish, follow. To all others a message that
    /// waits in the queue is one that was not published yet or not even sent, a copy that was made early is one that
    /// was made late, and a receipt that is handed out earlier binds the more. So nothing is missed but what the
    /// service itself looks like meanwhile, and far fewer states differ. While it is down, it does none of it.
    pub prompt: bool,
    /// Whether rows are written to the journal by more than one copy of the service, so that transactions that began
    /// later may commit earlier. Where one task writes, as in one process, it makes no difference.
    pub writers: bool,
    /// Whether the second ledger's clock stands still.
    pub slow_clock: bool,
    /// What is done wrong.
    pub bug: Option<Bug>,
}

impl Scope {
    /// The same world with something done wrong.
    #[must_use]
    pub const fn with(self, bug: Bug) -> Self {
        Self { bug: Some(bug), ..self }
    }

    /// Whether this is what is done wrong.
    #[must_use]
    pub fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}
