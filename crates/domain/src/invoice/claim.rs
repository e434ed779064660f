use std::collections::BTreeSet;

use crate::ids::PartyId;
use crate::uscc::Uscc;

/// Who holds an invoice, and to whom it is presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody took it yet.
    Unclaimed,
    /// Somebody did.
    Claimed {
        /// Who.
        holder: PartyId,
        /// The enterprises that may lock it beside a holder that is one, at most [`HOLDERS_MAX`].
        presented_to: BTreeSet<Uscc>,
    },
}

/// Most enterprises that one invoice is presented to (domain §2).
pub const HOLDERS_MAX: usize = 16;

/// What came of checking a claim proof against the invoice's claim key. The signature itself is the protocol's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// None was given.
    Absent,
    /// One was given that the claim key did not make, or the invoice carries no claim key.
    Wrong,
    /// The claim key made it for this chain, invoice and holder.
    Right,
}
