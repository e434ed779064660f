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

use crate::exit::Failure;
use crate::output::print;
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
    names: BTreeMap<PartyId, String>,
    timeline: bool,
    pub(super) bureau: PartyId,
    pub(super) steps: Vec<Step>,
}

impl Stage {
    pub(super) fn new(process: &Process, bureau: Identity, timeline: bool) -> Result<Self, Failure> {
        let endpoints = Endpoints::one(&format!("http://{}", process.address));
        let endpoints = endpoints.map_err(|error| Failure::fault("naming the services", error))?;
        let chain = process.chain.genesis().chain().clone();
        let client = Client::new(endpoints, chain, None)
            .map_err(|error| Failure::fault("making a client", error))?
            .with_settings(Settings { language: Some("en".to_owned()), ..Settings::default() });
        let party = bureau.party().clone();
        let mut stage = Self {
            client,
            clients: BTreeMap::new(),
            names: BTreeMap::new(),
            timeline,
            bureau: party,
            steps: Vec::new(),
        };
        stage.enter(bureau, "the tax bureau");
        Ok(stage)
    }

    /// Lets a party act with a key.
    pub(super) fn enter(&mut self, identity: Identity, name: &str) {
        let party = identity.party().clone();
        self.names.insert(party.clone(), name.to_owned());
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

    /// Signs, submits and expects to be accepted.
    ///
    /// # Errors
    /// [`Failure::Negative`] where it is refused.
    pub(super) async fn accept(
        &mut self,
        actor: &PartyId,
        command: Command,
        what: &str,
    ) -> Result<(Signed, Effect), Failure> {
        let signed = self.sign(actor, command, None)?;
        self.accept_signed(actor, signed, what).await
    }

    /// As [`Stage::accept`], with sealed data beside it.
    ///
    /// # Errors
    /// [`Failure`] likewise.
    pub(super) async fn accept_sealed(
        &mut self,
        actor: &PartyId,
        command: Command,
        sealed: Option<Json>,
        what: &str,
    ) -> Result<(Signed, Effect), Failure> {
        let signed = self.sign(actor, command, sealed)?;
        self.accept_signed(actor, signed, what).await
    }

    /// Submits what is signed and expects to be accepted.
    ///
    /// # Errors
    /// [`Failure`] likewise.
    pub(super) async fn accept_signed(
        &mut self,
        actor: &PartyId,
        signed: Signed,
        what: &str,
    ) -> Result<(Signed, Effect), Failure> {
        let decision = self.submit(actor, &signed, what).await?;
        match decision.receipt.outcome {
            Outcome::Accepted(effect) => Ok((signed, effect)),
            Outcome::Rejected(rejection) => {
                Err(Failure::Negative(format!("{what}: was to be accepted, and is refused: {rejection:?}")))
            }
        }
    }

    /// Signs, submits and expects to be refused for this reason and no other.
    ///
    /// # Errors
    /// [`Failure::Negative`] where it is not.
    pub(super) async fn refuse(
        &mut self,
        actor: &PartyId,
        command: Command,
        sealed: Option<Json>,
        code: Code,
        what: &str,
    ) -> Result<(), Failure> {
        let signed = self.sign(actor, command, sealed)?;
        let decision = self.submit(actor, &signed, what).await?;
        if decision.receipt.outcome.code() == Some(code) {
            return Ok(());
        }
        Err(Failure::Negative(format!("{what}: was to be refused {code}, and is {}", decision.code())))
    }

    fn sign(&self, actor: &PartyId, command: Command, sealed: Option<Json>) -> Result<Signed, Failure> {
        let client = self.client(actor)?;
        let signed = match sealed {
            Some(data) => client.sign_sealed(command, data),
            None => client.sign(command),
        };
        signed.map_err(|error| Failure::fault("signing", error))
    }

    async fn submit(&mut self, actor: &PartyId, signed: &Signed, what: &str) -> Result<Decision, Failure> {
        let decided = self.client(actor)?.submit_until_decided(signed, STEP_WAIT_MAX).await;
        let decision = decided.map_err(|error| Failure::fault(what.to_owned(), error))?;
        let code = decision.receipt.outcome.code().map(Code::as_str);
        if self.timeline {
            print(&self.line(actor, &decision, code, what))?;
        }
        self.steps.push(Step {
            actor: actor.to_string(),
            kind: signed.kind().as_str(),
            outcome: if code.is_none() { "accepted" } else { "rejected" },
            code,
            height: decision.receipt.height,
        });
        Ok(decision)
    }

    fn line(&self, actor: &PartyId, decision: &Decision, code: Option<&str>, what: &str) -> String {
        let name = self.names.get(actor).map_or_else(|| actor.to_string(), Clone::clone);
        let height = decision.receipt.height;
        match code {
            None => format!("{height:>5}  ok       {name}: {what}\n"),
            Some(code) => {
                let why = decision.explanation.as_ref().map_or("", |problem| problem.title.as_str());
                format!("{height:>5}  REFUSED  {name}: {what}\n                → {code}: {why}\n")
            }
        }
    }
}
