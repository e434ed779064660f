use std::collections::BTreeMap;
use std::time::Duration;

use piao_client::{Client, Decision, Endpoints, Identity, Settings, Signed, Sources};
use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::rejection::Code;
use piao_protocol::json::Json;
use piao_protocol::outcome::{Effect, Outcome};
use serde::Serialize;

use super::say::{Say, say};
use super::tale::{Heights, Tale};
use crate::exit::Failure;
use crate::hands::language::Language;
use crate::platform::Process;

/// How long a step may take to be decided.
const STEP_WAIT_MAX: Duration = Duration::from_secs(60);

/// One signed transition and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    actor: String,
    #[serde(rename = "type")]
    kind: &'static str,
    outcome: &'static str,
    pub(super) code: Option<&'static str>,
    height: u64,
}

/// Who acts, over HTTP, and what came of it so far.
pub(super) struct Stage {
    client: Client,
    clients: BTreeMap<PartyId, Client>,
    names: BTreeMap<PartyId, Say>,
    pub(super) tale: Tale,
    pub(super) bureau: PartyId,
    pub(super) steps: Vec<Step>,
}

/// A transition that a party is about to send.
pub(super) struct Attempt {
    pub(super) actor: PartyId,
    signed: Signed,
}

impl Stage {
    pub(super) fn new(process: &Process, bureau: Identity, tale: Tale) -> Result<Self, Failure> {
        let endpoints = Endpoints::one(&format!("http://{}", process.address));
        let endpoints = endpoints.map_err(|error| Failure::fault("naming the services", error))?;
        let chain = process.chain.genesis().chain().clone();
        let language = tale.language().pick("zh", "en").to_owned();
        let client = Client::new(endpoints, chain, None)
            .map_err(|error| Failure::fault("making a client", error))?
            .with_settings(Settings { language: Some(language), ..Settings::default() });
        let party = bureau.party().clone();
        let mut stage = Self {
            client,
            clients: BTreeMap::new(),
            names: BTreeMap::new(),
            tale,
            bureau: party,
            steps: Vec::new(),
        };
        stage.enter(bureau, say!("税务局", "the tax bureau"));
        Ok(stage)
    }

    /// Lets a party act with a key.
    pub(super) fn enter(&mut self, identity: Identity, name: Say) {
        let party = identity.party().clone();
        self.names.insert(party.clone(), name);
        self.clients.insert(party, self.client.acting_as(identity));
    }

    /// A new key of a party.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn draw(party: Option<PartyId>, algorithm: Algorithm) -> Result<Identity, Failure> {
        let sources = Sources::system();
        let drawn = match party {
            Some(party) => Identity::generate(party, algorithm, &sources),
            None => Identity::generate_person(algorithm, &sources),
        };
        drawn.map_err(|_| Failure::Negative("the key drawn is unusable; run the demo again".to_owned()))
    }

    /// A party's client.
    ///
    /// # Errors
    /// [`Failure`] for a party that has not entered.
    pub(super) fn client(&self, actor: &PartyId) -> Result<&Client, Failure> {
        self.clients.get(actor).ok_or_else(|| Failure::Negative(format!("{actor} is not in the demo")))
    }

    /// What a party is called.
    pub(super) fn name(&self, party: &PartyId) -> Say {
        self.names.get(party).cloned().unwrap_or_else(|| Say::same(&party.to_string()))
    }

    /// Signs, submits, expects to be accepted, and tells it as a line of its own.
    ///
    /// # Errors
    /// [`Failure::Negative`] where it is refused.
    pub(super) async fn accept(
        &mut self,
        actor: &PartyId,
        command: Command,
        sealed: Option<Json>,
        what: Say,
    ) -> Result<Effect, Failure> {
        let (effect, height) = self.accept_untold(actor, command, sealed).await?;
        self.tell(actor, Heights::one(height), &what)?;
        Ok(effect)
    }

    /// As [`Stage::accept`], one of several that are told together.
    ///
    /// # Errors
    /// [`Failure`] likewise.
    pub(super) async fn accept_untold(
        &mut self,
        actor: &PartyId,
        command: Command,
        sealed: Option<Json>,
    ) -> Result<(Effect, u64), Failure> {
        let attempt = self.attempt(actor, command, sealed)?;
        let decision = self.send(&attempt).await?;
        self.record(&attempt, &decision);
        accepted(&attempt, decision)
    }

    /// Tells of steps of a party that were accepted.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written.
    pub(super) fn tell(&self, actor: &PartyId, heights: Heights, what: &Say) -> Result<(), Failure> {
        let name = self.name(actor);
        let (zh, en) = (Language::Zh, Language::En);
        let line = Say::new(
            format!("{}：{}", name.told(zh), what.told(zh)),
            format!("{}: {}", name.told(en), what.told(en)),
        );
        self.tale.accepted(heights, &line)
    }

    /// Signs, submits and expects to be refused for this reason and no other. `what` says who tried by its part, not by
    /// its name: what is refused is made up, and the companies are not.
    ///
    /// # Errors
    /// [`Failure::Negative`] where it is not.
    pub(super) async fn refuse(
        &mut self,
        actor: &PartyId,
        command: Command,
        sealed: Option<Json>,
        code: Code,
        what: Say,
    ) -> Result<(), Failure> {
        let attempt = self.attempt(actor, command, sealed)?;
        let decision = self.send(&attempt).await?;
        self.record(&attempt, &decision);
        self.refused(&decision, code, &what)
    }

    /// Expects a decision to be a refusal for this reason, and tells it.
    ///
    /// # Errors
    /// [`Failure::Negative`] where it is not.
    pub(super) fn refused(&self, decision: &Decision, code: Code, what: &Say) -> Result<(), Failure> {
        if decision.receipt.outcome.code() != Some(code) {
            let what = what.told(Language::En);
            return Err(Failure::Negative(format!(
                "{what}: was to be refused {code}, and is {}",
                decision.code()
            )));
        }
        self.tale.refused(decision.receipt.height, what, code, decision.explanation.as_deref())
    }

    /// Two parties send at the same moment. What came of it, the accepted one first.
    ///
    /// # Errors
    /// [`Failure::Negative`] where not exactly one is accepted.
    pub(super) async fn race(
        &mut self,
        one: (&PartyId, Command),
        other: (&PartyId, Command),
    ) -> Result<[(PartyId, Decision); 2], Failure> {
        let one = self.attempt(one.0, one.1, None)?;
        let other = self.attempt(other.0, other.1, None)?;
        let (first, second) = tokio::join!(self.send(&one), self.send(&other));
        let mut decided = [(one, first?), (other, second?)];
        decided.sort_by_key(|(_, decision)| (decision.receipt.height, decision.receipt.index));
        for (attempt, decision) in &decided {
            self.record(attempt, decision);
        }
        decided.sort_by_key(|(_, decision)| decision.receipt.outcome.code().is_some());
        let won = decided.each_ref().map(|(_, decision)| decision.receipt.outcome.code().is_none());
        if won != [true, false] {
            return Err(Failure::Negative(format!("one of two was to win, and it is {won:?}")));
        }
        Ok(decided.map(|(attempt, decision)| (attempt.actor, decision)))
    }

    fn attempt(&self, actor: &PartyId, command: Command, sealed: Option<Json>) -> Result<Attempt, Failure> {
        let client = self.client(actor)?;
        let signed = match sealed {
            Some(data) => client.sign_sealed(command, data),
            None => client.sign(command),
        };
        let signed = signed.map_err(|error| Failure::fault("signing", error))?;
        Ok(Attempt { actor: actor.clone(), signed })
    }

    async fn send(&self, attempt: &Attempt) -> Result<Decision, Failure> {
        let Attempt { actor, signed } = attempt;
        let decided = self.client(actor)?.submit_until_decided(signed, STEP_WAIT_MAX).await;
        decided.map_err(|error| Failure::fault(format!("{actor}: {}", signed.kind().as_str()), error))
    }

    fn record(&mut self, attempt: &Attempt, decision: &Decision) {
        let code = decision.receipt.outcome.code().map(Code::as_str);
        self.steps.push(Step {
            actor: attempt.actor.to_string(),
            kind: attempt.signed.kind().as_str(),
            outcome: if code.is_none() { "accepted" } else { "rejected" },
            code,
            height: decision.receipt.height,
        });
    }
}

fn accepted(attempt: &Attempt, decision: Decision) -> Result<(Effect, u64), Failure> {
    let height = decision.receipt.height;
    match decision.receipt.outcome {
        Outcome::Accepted(effect) => Ok((effect, height)),
        Outcome::Rejected(rejection) => {
            let (actor, kind) = (&attempt.actor, attempt.signed.kind().as_str());
            Err(Failure::Negative(format!(
                "{actor}: {kind} was to be accepted, and is refused: {rejection:?}"
            )))
        }
    }
}
