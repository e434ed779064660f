//! Who calls: a short-lived token that the caller signs with its own registered key (interfaces.md).

use std::sync::Arc;

use piao_domain::ids::{ChainId, KeyId, PartyId};
use piao_domain::party::KeyState;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_protocol::jws::UnverifiedReadToken;

use crate::keys::KnownKey;
use crate::problem::{Problem, ProblemCode, Wrong};

/// A caller whose token was checked: its signature, chain and time, and that its key is the party's and live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    party: PartyId,
    key: KeyId,
}

/// What kind of party calls. What it may see of an invoice depends on the invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A tax bureau.
    Bureau,
    /// A service instance.
    Node,
    /// An enterprise.
    Enterprise,
    /// A natural person.
    Person,
}

impl Caller {
    /// Who.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// By which key.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// What kind of party.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self.party {
            PartyId::Bureau(_) => Role::Bureau,
            PartyId::Node(_) => Role::Node,
            PartyId::Enterprise(_) => Role::Enterprise,
            PartyId::Person(_) => Role::Person,
        }
    }

    /// The enterprise, where it is one.
    #[must_use]
    pub const fn enterprise(&self) -> Option<&Uscc> {
        self.party.enterprise()
    }

    /// Whether it is this party.
    #[must_use]
    pub fn is(&self, party: &PartyId) -> bool {
        self.party == *party
    }

    /// Lets only some roles pass, where everybody may know that the resource is there.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn only(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.role()) { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// Hides what the caller may not know of: 404, as if it were not there.
    ///
    /// # Errors
    /// `not_found`.
    pub fn may_know(&self, of_it: bool) -> Result<(), Problem> {
        if of_it { Ok(()) } else { Err(Problem::not_found()) }
    }
}

/// Checks a read token against the key that it names, where that is known.
///
/// # Errors
/// `unauthorized`.
pub(crate) fn identify(
    token: UnverifiedReadToken,
    known: Option<Arc<KnownKey>>,
    chain: &ChainId,
    now: Time,
) -> Result<Caller, Problem> {
    // Who has which key is nobody's business who cannot sign with it: one answer for all of these.
    let known = known.filter(|known| known.state == KeyState::Live).ok_or_else(|| refuse(Wrong::TokenKey))?;
    let token = token.verify(&known.prepared, chain, now).map_err(|_| refuse(Wrong::TokenVerify))?;
    Ok(Caller { party: token.party().clone(), key: token.kid() })
}

/// The token of a request, as it came: nobody waits for whoever brings none.
///
/// # Errors
/// `unauthorized`.
pub(crate) fn bearer(authorization: Option<&str>) -> Result<UnverifiedReadToken, Problem> {
    let token = authorization
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| refuse(Wrong::Token))?;
    UnverifiedReadToken::parse(token).map_err(|_| refuse(Wrong::Token))
}

fn refuse(wrong: Wrong) -> Problem {
    Problem::new(ProblemCode::Unauthorized).wrong("Authorization", wrong)
}
