//! The way itself, in its order.

use std::sync::Arc;
use std::time::Duration;

use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::rejection::Detail;
use piao_protocol::body::Body;
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::{PreparedKey, Unverified, Verified};
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;

use super::check::{self, Checked};
use super::existing::differing;
use super::waiters::{Waiter, Waiters};
use super::{Entry, Journal, JournalFault, JournalStore, Journalled, SealKey, SealedBox, TransitionKey};
use super::{VerifiedPool, Verifier, Wait};
use crate::clock::{Clock, Random};
use crate::follow::LedgerReader;
use crate::keys::{KeyRing, KnownKey};
use crate::metrics::ServiceMetrics;
use crate::problem::{Problem, ProblemCode, Wrong};

/// How long a party or key that is not here yet is waited for (protocol §4).
const SIGNER_WAIT_MAX: Duration = Duration::from_secs(2);
/// How long the earlier transition is asked for, only to say in what it differs.
const EXISTING_WAIT_MAX: Duration = Duration::from_secs(1);

/// Everything that taking a transition needs.
pub(crate) struct Desk {
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) store: Arc<dyn JournalStore>,
    pub(crate) journal: Journal,
    pub(crate) keys: KeyRing,
    pub(crate) waiters: Waiters,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) seal_key: SealKey,
    pub(crate) pool: Option<Arc<VerifiedPool>>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) ledger: Arc<dyn LedgerReader>,
    pub(crate) metrics: ServiceMetrics,
}

/// What became of a submission by now.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// It is decided.
    Decided {
        /// What came of it.
        receipt: Arc<Receipt>,
        /// It was decided before it came this time.
        repeated: bool,
    },
    /// It is written down and will be decided.
    Recorded {
        /// The transition.
        id: TransitionId,
    },
}

impl Desk {
    /// Takes a transition and waits for its receipt as long as the client wants. `allow` says whether the signer, whose
    /// signature was checked, may submit now; before that check anybody could use up another's share. `seat` says
    /// whether somebody whose key nobody knows may wait for it, for as long as what it gives is held.
    pub(crate) async fn submit<S>(
        &self,
        checked: Checked,
        wait: Wait,
        allow: impl Fn(&PartyId) -> Result<(), Problem>,
        seat: impl Fn() -> Result<S, Problem>,
    ) -> Result<Submitted, Problem> {
        let key = TransitionKey::new(checked.transition.id(), checked.transition.claims().iat);
        let (verified, sealed) = match self.admit(checked, seat).await {
            Ok(admitted) => admitted,
            // Whoever is not listened to costs no more than that.
            Err(problem) if problem.code() == ProblemCode::RateLimited => return Err(problem),
            // What was written down before comes before every reason to refuse. Where there is no such reason the
            // journal looks for it, in the transaction that it makes anyway.
            Err(problem) => return self.taken_before(key, wait).await?.ok_or(problem),
        };
        allow(&verified.claims().party)?;
        let kind = verified.body().kind();
        let entry = Entry {
            key,
            kind,
            party: verified.claims().party.clone(),
            jws: Arc::clone(verified.compact()),
            sealed,
        };
        if let Some(pool) = &self.pool {
            pool.put(verified);
        }
        self.metrics.submitted(kind);
        let waiter = self.waiters.register(key.id);
        match self.journal.write(entry).await {
            Ok(Some(receipt)) => Ok(Submitted::Decided { receipt, repeated: true }),
            Ok(None) => Ok(self.decided_in(waiter, key.id, wait).await),
            // There is no room for what is new; what was written down before needs none.
            Err(full @ (JournalFault::Full | JournalFault::Backlog)) => {
                self.taken_before(key, wait).await?.ok_or_else(|| fault(full))
            }
            Err(error @ (JournalFault::Stopped | JournalFault::Store(_))) => Err(fault(error)),
        }
    }

    /// What became of a transition that was written down before, nothing where it was not. It was signed rightly and
    /// in time when it was: neither a clock nor a read model that went on meanwhile takes that back.
    async fn taken_before(&self, key: TransitionKey, wait: Wait) -> Result<Option<Submitted>, Problem> {
        let waiter = self.waiters.register(key.id);
        Ok(match self.store.find(key).await? {
            None => None,
            Some(Journalled::Decided(receipt)) => {
                Some(Submitted::Decided { receipt: Arc::new(receipt), repeated: true })
            }
            Some(Journalled::Open) => Some(self.decided_in(waiter, key.id, wait).await),
        })
    }

    /// The receipt, as long as the client waits for it.
    async fn decided_in(&self, mut waiter: Waiter, id: TransitionId, wait: Wait) -> Submitted {
        let timer = self.metrics.waiting();
        let receipt = tokio::time::timeout(wait.duration(), waiter.receipt()).await;
        timer.observe_duration();
        match receipt {
            Ok(receipt) => Submitted::Decided { receipt, repeated: false },
            Err(_) => Submitted::Recorded { id },
        }
    }

    /// Validity window, key, signature, sealed data.
    async fn admit<S>(
        &self,
        checked: Checked,
        seat: impl Fn() -> Result<S, Problem>,
    ) -> Result<(Verified<Body>, Option<SealedBox>), Problem> {
        let Checked { transition, sealed } = checked;
        let window_seconds = self.genesis.content().parameters.iat_window_seconds;
        check::window(transition.claims().iat, self.clock.now(), window_seconds)?;
        let key = match check::own_key(&transition)? {
            Some(key) => Signer::Own(Box::new(key)),
            None => Signer::Known(self.signer(&transition, seat).await?),
        };
        let verified = check::signature(&*self.verifier, transition, key.prepared())?;
        let id = verified.id();
        let sealed = check::sealed(&verified, sealed.as_ref())?;
        let sealed = sealed.map(|sealed| self.seal_key.seal(&id, sealed, &*self.random)).transpose();
        Ok((verified, sealed.map_err(|error| Problem::internal("sealing a record", error))?))
    }

    /// The key that a transition names, waited for while the read model may lag.
    async fn signer<S>(
        &self,
        transition: &Unverified<Body>,
        seat: impl Fn() -> Result<S, Problem>,
    ) -> Result<Arc<KnownKey>, Problem> {
        let claims = transition.claims();
        let mut appeared = self.keys.appeared();
        if let Some(known) = self.keys.find(&claims.party, transition.kid()).await? {
            return Ok(known);
        }
        let _seat = seat()?;
        let deadline = tokio::time::Instant::now() + SIGNER_WAIT_MAX;
        let mut waits = true;
        while waits {
            // Once more at the end, too: of what another copy of the service applied we may not have heard.
            waits = matches!(tokio::time::timeout_at(deadline, appeared.changed()).await, Ok(Ok(())));
            if let Some(known) = self.keys.find(&claims.party, transition.kid()).await? {
                return Ok(known);
            }
        }
        if self.keys.party_exists(&claims.party).await? {
            return Err(unknown_key(transition).counted());
        }
        Err(Problem::new(ProblemCode::UnknownParty)
            .wrong("/party", Wrong::PartyUnknown)
            .found(claims.party.to_string())
            .retry_after(1)
            .counted())
    }

    /// In what a refused transition differs from the earlier one that its receipt names, where that can be had.
    pub(crate) async fn differing(&self, receipt: &Receipt, body_text: &str) -> Option<Vec<String>> {
        let Outcome::Rejected(rejection) = &receipt.outcome else { return None };
        let Detail::Existing(earlier) = rejection.detail else { return None };
        match tokio::time::timeout(EXISTING_WAIT_MAX, self.ledger.transition(earlier)).await {
            Ok(Ok(Some(earlier))) => differing(body_text, &earlier),
            Ok(Ok(None) | Err(_)) | Err(_) => None,
        }
    }
}

enum Signer {
    Own(Box<PreparedKey>),
    Known(Arc<KnownKey>),
}

impl Signer {
    fn prepared(&self) -> &PreparedKey {
        match self {
            Self::Own(key) => key,
            Self::Known(known) => &known.prepared,
        }
    }
}

fn unknown_key(transition: &Unverified<Body>) -> Problem {
    Problem::new(ProblemCode::UnknownKey)
        .wrong("/kid", Wrong::KeyUnknown)
        .wanted(transition.claims().party.to_string())
        .found(piao_protocol::jwk::kid(&transition.kid()))
        .retry_after(1)
}

fn fault(error: JournalFault) -> Problem {
    match error {
        JournalFault::Full | JournalFault::Backlog => Problem::new(ProblemCode::Overloaded).retry_after(1),
        JournalFault::Stopped | JournalFault::Store(_) => {
            Problem::unavailable("journalling a transition", error)
        }
    }
}
