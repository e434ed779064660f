//! Who and what there is: invoices, enterprises, and the transitions that lock the ones for the others.

use std::fmt;

/// Invoices of the largest scope.
pub const INVOICES: usize = 2;
/// Enterprises of the largest scope, each of which every invoice was presented to.
pub const ENTERPRISES: usize = 3;
/// How often one thing is signed: at first, anew with the same `claim_ref`, and by nobody, which only a bug does.
pub const SIGNINGS: usize = 3;
/// Transition ids.
pub const IDS: usize = INVOICES * ENTERPRISES * SIGNINGS;
/// Ledgers.
pub const LEDGERS: usize = 2;

/// A transition id: which invoice, by whom, and the how-manieth signature of the same wish.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u8);

/// Which of the signatures of one wish a transition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signing {
    /// The first.
    First,
    /// Another, for the same invoice and `claim_ref`, by who lost the first.
    Anew,
    /// None: a ledger that goes wrong made it up ([`Bug::NewIdAfterUnknown`](crate::Bug)).
    Nobody,
}

impl Id {
    /// The transition of an enterprise on an invoice.
    #[must_use]
    pub fn new(invoice: usize, enterprise: usize, signing: Signing) -> Self {
        let place = (invoice * ENTERPRISES + enterprise) * SIGNINGS + signing as usize;
        Self(u8::try_from(place).expect("there are few ids"))
    }

    /// The one at a place of [`Id::place`].
    #[must_use]
    pub fn at(place: usize) -> Self {
        Self(u8::try_from(place).expect("there are few ids"))
    }

    /// Its place in arrays of [`IDS`].
    #[must_use]
    pub const fn place(self) -> usize {
        self.0 as usize
    }

    /// Of which invoice.
    #[must_use]
    pub const fn invoice(self) -> usize {
        self.place() / SIGNINGS / ENTERPRISES
    }

    /// By whom.
    #[must_use]
    pub const fn enterprise(self) -> usize {
        self.place() / SIGNINGS % ENTERPRISES
    }

    /// Which signature of the wish.
    #[must_use]
    pub const fn signing(self) -> Signing {
        match self.place() % SIGNINGS {
            0 => Signing::First,
            1 => Signing::Anew,
            _ => Signing::Nobody,
        }
    }

    /// The same wish, otherwise signed.
    #[must_use]
    pub fn signed(self, signing: Signing) -> Self {
        Self::new(self.invoice(), self.enterprise(), signing)
    }

    /// Every transition of the same wish.
    pub fn same_wish(self) -> impl Iterator<Item = Self> {
        [Signing::First, Signing::Anew, Signing::Nobody].into_iter().map(move |signing| self.signed(signing))
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..IDS).map(Self::at)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signing = match self.signing() {
            Signing::First => "",
            Signing::Anew => " anew",
            Signing::Nobody => " by nobody",
        };
        write!(f, "invoice {} for {}{signing}", self.invoice(), self.enterprise())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_it_was_made_of() {
        for id in Id::all() {
            assert_eq!(Id::new(id.invoice(), id.enterprise(), id.signing()), id);
            assert_eq!(id.same_wish().filter(|same| *same == id).count(), 1);
        }
    }
}
