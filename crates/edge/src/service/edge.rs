use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use piao_domain::command::{Command, Kind};
use piao_domain::ids::{ChainId, PartyId, TransitionId};
use piao_domain::time::Time;
use piao_protocol::genesis::Genesis;
use piao_protocol::receipt::Receipt;
use piao_protocol::sealed::Sealed;
use piao_store::{AsyncFunc, Connection, Database, Mode, Schema, StoreError};

use super::pulse::Pulse;
use super::readiness::Watched;
use super::{EdgeReadiness, Platform};
use crate::caller::{Caller, bearer, identify};
use crate::db;
use crate::fault;
use crate::http::Head;
use crate::problem::{Problem, ProblemCode, Wrong};
use crate::submit::{Checked, Desk, Journalled, Said, Submission, Submitted, TransitionKey, day, parse};

/// Longest wait for the height that a caller asked for.
const MIN_HEIGHT_WAIT_MAX: Duration = Duration::from_secs(5);

/// What a service's endpoints use. Clones are the same edge.
#[derive(Clone)]
pub struct Edge {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    schema: Schema,
    db: Database,
    bus: Arc<dyn piao_bus::Bus>,
    desk: Desk,
    watched: Watched,
    pulse: Pulse,
}

impl Edge {
    pub(super) fn new(name: &str, schema: Schema, platform: &Platform, desk: Desk, watched: Watched) -> Self {
        let (db, bus) = (platform.db.clone(), Arc::clone(&platform.bus));
        Self {
            inner: Arc::new(Inner {
                name: name.to_owned(),
                schema,
                db,
                bus,
                desk,
                watched,
                pulse: Pulse::default(),
            }),
        }
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &ChainId {
        self.inner.desk.genesis.chain()
    }

    /// The genesis file.
    #[must_use]
    pub fn genesis(&self) -> &Arc<Genesis> {
        &self.inner.desk.genesis
    }

    /// The time, for what is no decision: `:check`, leases shown as live.
    #[must_use]
    pub fn now(&self) -> Time {
        self.inner.desk.clock.now()
    }

    /// The height of the last block applied here.
    #[must_use]
    pub fn height(&self) -> Option<u64> {
        *self.inner.watched.heights.borrow()
    }

    /// Takes a signed transition of one of `kinds` and answers: 201, 200, 202, or a problem (409 with the receipt).
    ///
    /// # Errors
    /// Every code of protocol §4, refusals, `rate_limited`, `overloaded`, and faults.
    pub async fn submit(
        &self,
        head: &Head,
        submission: Submission,
        kinds: &[Kind],
    ) -> Result<HttpResponse, Problem> {
        self.submit_checked(head, parse(submission, self.chain(), kinds)?).await
    }

    /// As [`Edge::submit`] for one type, unless the URL names something else than the transition. `said` gives, from
    /// signer and command, what each part of the URL in `named` must equal: nobody may be shown one invoice and sign
    /// for another.
    ///
    /// # Errors
    /// Likewise, and `schema` with the pointer to what differs.
    pub async fn submit_named<const N: usize>(
        &self,
        head: &Head,
        submission: Submission,
        kind: Kind,
        named: [&str; N],
        said: impl FnOnce(&PartyId, &Command) -> Option<[Said; N]>,
    ) -> Result<HttpResponse, Problem> {
        let checked = parse(submission, self.chain(), &[kind])?;
        checked.says(kind, named, said)?;
        self.submit_checked(head, checked).await
    }

    async fn submit_checked(&self, head: &Head, checked: Checked) -> Result<HttpResponse, Problem> {
        let desk = &self.inner.desk;
        // Every other type of a party that nobody registered is refused, and counts as what it is.
        if checked.transition().body().kind() == Kind::PartyEnroll {
            head.may_enrol()?;
        }
        let body_text = checked.transition().body_text().to_owned();
        let submitted =
            desk.submit(checked, head.wait(), |party| head.may_write(party), || head.may_wait()).await?;
        // A crash here: it is written down, perhaps decided, and nobody was told; the same sent again is answered.
        fault::point("edge.answer.before");
        let differs = match &submitted {
            Submitted::Decided { receipt, repeated: _ } => {
                head.answer_at(receipt.height);
                desk.differing(receipt, &body_text).await
            }
            Submitted::Recorded { id: _ } => {
                if let Some(height) = self.height() {
                    head.answer_at(height);
                }
                None
            }
        };
        submitted.respond(differs)
    }

    /// Who calls, by the read token; then waits for `Piao-Min-Height`. Whose key is not known waits first, since it may
    /// be made at that height, and counts as a failure at once.
    ///
    /// # Errors
    /// `unauthorized`, `rate_limited`, `behind`, `schema`, faults.
    pub async fn caller(&self, head: &Head) -> Result<Caller, Problem> {
        let token = bearer(head.authorization())?;
        let desk = &self.inner.desk;
        let (party, kid) = (token.party().clone(), token.kid());
        let identify = |known| identify(token, known, self.chain(), desk.clock.now());
        let known = desk.keys.find(&party, kid).await?;
        if known.is_some() {
            let caller = identify(known)?;
            head.may_read(caller.party())?;
            self.reach(head).await?;
            return Ok(caller);
        }
        let _seat = head.may_wait()?;
        self.reach(head).await?;
        let caller = identify(desk.keys.find(&party, kid).await?).map_err(Problem::counted)?;
        head.may_read(caller.party())?;
        Ok(caller)
    }

    /// Waits for `Piao-Min-Height`, where the caller sent one, and notes the height that the answer stands for. For
    /// endpoints that anybody may read; [`Edge::caller`] does it, too.
    ///
    /// # Errors
    /// `behind`, `schema`.
    pub async fn reach(&self, head: &Head) -> Result<(), Problem> {
        let mut heights = self.inner.watched.heights.clone();
        // A read model that has not begun says nothing: block 0 is waited for in any case.
        let min_height = head.min_height()?.unwrap_or(0);
        let reached = heights.wait_for(|height| height.is_some_and(|height| height >= min_height));
        if !matches!(tokio::time::timeout(MIN_HEIGHT_WAIT_MAX, reached).await, Ok(Ok(_))) {
            let behind = Problem::new(ProblemCode::Behind).retry_after(1);
            let behind = behind.wrong("Piao-Min-Height", Wrong::Height).found(min_height.to_string());
            return Err(match self.height() {
                Some(height) => behind.wanted(format!("..{height}")),
                None => behind,
            });
        }
        if let Some(height) = self.height() {
            head.answer_at(height);
        }
        Ok(())
    }

    /// Reads at one moment: one read-only transaction in the service's schema. `work` awaits nothing but its connection.
    ///
    /// # Errors
    /// Faults.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Problem>
    where
        for<'c> F: AsyncFnOnce(&'c mut Connection) -> Result<T, StoreError>
            + AsyncFunc<&'c mut Connection, Result<T, StoreError>, Fut: Send>
            + Send,
    {
        Ok(self.inner.db.transaction_with(&self.inner.schema, Mode::SNAPSHOT, work).await?)
    }

    /// The receipt of a transition that this service keeps, signed at `iat`.
    ///
    /// # Errors
    /// Faults.
    pub async fn receipt(&self, id: TransitionId, iat: Time) -> Result<Option<Receipt>, Problem> {
        Ok(match self.inner.desk.store.find(TransitionKey::new(id, iat)).await? {
            Some(Journalled::Decided(receipt)) => Some(receipt),
            Some(Journalled::Open) | None => None,
        })
    }

    /// What this service's journal holds of a transition that `signer` signed, whatever day that was; nothing of one
    /// that somebody else signed.
    ///
    /// # Errors
    /// Faults.
    pub(crate) async fn journalled(
        &self,
        id: TransitionId,
        signer: &PartyId,
    ) -> Result<Option<Journalled>, Problem> {
        let content = self.genesis().content();
        let window = i64::from(content.parameters.iat_window_seconds);
        let days = day(content.time.plus(-window))..=day(self.now().plus(window));
        let signer = signer.to_string();
        self.read(async move |connection| db::receipt::find_signed(connection, id, days, &signer).await).await
    }

    /// The sealed data beside a transition; nothing where there is none, or it was erased.
    ///
    /// # Errors
    /// Faults, a record that the seal key does not open included.
    pub async fn sealed(&self, id: TransitionId, iat: Time) -> Result<Option<Sealed>, Problem> {
        let key = TransitionKey::new(id, iat);
        match self.read(async move |connection| db::sealed::get(connection, key).await).await? {
            None | Some(db::sealed::Stored::Erased) => Ok(None),
            Some(db::sealed::Stored::Kept(stored)) => {
                let opened = self.inner.desk.seal_key.open(&id, &stored);
                opened.map(Some).map_err(|error| Problem::internal("opening a sealed record", error))
            }
        }
    }

    /// Destroys the sealed data beside a transition for good, and leaves a tombstone. Says whether there was any.
    ///
    /// # Errors
    /// Faults.
    pub async fn erase_sealed(&self, id: TransitionId, iat: Time) -> Result<bool, Problem> {
        let (key, now) = (TransitionKey::new(id, iat), self.now());
        let work = async move |connection: &mut Connection| db::sealed::erase(connection, key, now).await;
        Ok(self.inner.db.transaction(&self.inner.schema, work).await?)
    }

    /// Whether it is ready, and if not, what it waits for.
    pub async fn readiness(&self) -> EdgeReadiness {
        let Inner { name, schema: _, db, bus, desk, watched, pulse } = &*self.inner;
        let mut waits_for = watched.waits_for();
        if !desk.journal.has_room() {
            waits_for.push("journal".to_owned());
        }
        if bus.check().is_err() {
            waits_for.push("bus".to_owned());
        }
        if !pulse.beats(db).await {
            waits_for.push("database".to_owned());
        }
        EdgeReadiness { service: name.clone(), height: self.height(), lag_blocks: watched.lag(), waits_for }
    }

    /// As [`Edge::readiness`], without the reasons.
    pub async fn is_ready(&self) -> bool {
        self.readiness().await.is_ready()
    }

    /// Waits, in bounded time, until the journal has handed on what it took; when a service stops.
    pub(super) async fn settle(&self) {
        self.inner.desk.journal.settle().await;
    }
}
