//! Who takes part in every run, what they sign, and the chain that every run begins with. All of it is made once a
//! thread and is the same in every process, so that a seed means the same everywhere.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_edge::submit::Verifier;
use piao_protocol::body::Body;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_protocol::jws::{PreparedKey, SignatureError, Unverified, Verified};

use crate::actor::{Actor, Signed};
use crate::body;
use crate::chain::TestChain;
use crate::scenario::number;

/// Invoices without a buyer, claimed by a person and presented to every rival.
pub(super) const CONTESTED: u64 = 4;
/// Invoices with a named buyer, which nobody has claimed.
pub(super) const NAMED: u64 = 3;

/// The cast.
pub struct Cast {
    /// The chain.
    pub chain: TestChain,
    pub(super) seller: Actor,
    pub(super) rivals: [Actor; 3],
    pub(super) person: Actor,
    /// The key of the log, which every ledger of every run opens with.
    pub(super) log_key: Arc<LogSigner>,
    /// People who come in during a run, by the names of their keys.
    people: RefCell<HashMap<String, Rc<Actor>>>,
    signed: RefCell<HashMap<String, Signed>>,
    /// The ids of everything that was signed.
    pub(super) ids: Arc<Mutex<HashMap<Arc<str>, TransitionId>>>,
    /// Remembers what it has verified.
    pub verifier: Arc<Memory>,
}

/// The key that made a signature, and what it signed.
type Known = ([u8; 32], Verified<Body>);

/// Verifies a signature once.
#[derive(Default)]
pub struct Memory {
    /// By the text, which holds id and signature; each with the key that made it.
    verified: Mutex<HashMap<Arc<str>, Known>>,
}

impl Memory {
    /// What was verified before.
    pub(super) fn recall(&self, text: &str) -> Option<Verified<Body>> {
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.get(text).map(|(_, found)| found.clone())
    }
}

impl Verifier for Memory {
    fn verify(
        &self,
        transition: Unverified<Body>,
        key: &PreparedKey,
    ) -> Result<Verified<Body>, SignatureError> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        match verified.get(transition.compact()) {
            Some((known, found)) if known == key.id().as_bytes() => return Ok(found.clone()),
            Some(_) | None => {}
        }
        let found = transition.verify(key)?;
        verified.insert(Arc::clone(found.compact()), (*key.id().as_bytes(), found.clone()));
        Ok(found)
    }
}

impl Cast {
    /// When the chain begins: 2026-11-23.
    #[must_use]
    pub const fn began() -> Time {
        Time::from_unix(1_795_392_000)
    }

    /// When a run begins, and everything in it is signed.
    #[must_use]
    pub fn now() -> Time {
        Self::began().plus(120)
    }

    /// The cast of this thread.
    #[must_use]
    pub fn new() -> Self {
        let rivals = [
            Actor::new("uscc:9144030010001686XA", Algorithm::EdDsa),
            Actor::new("uscc:91440300192185379H", Algorithm::EdDsa),
            Actor::new("uscc:91440300100012316L", Algorithm::EdDsa),
        ];
        let chain = TestChain::new(Self::began(), 1);
        Self {
            log_key: Arc::new(chain.log_key()),
            chain,
            seller: Actor::new("uscc:91440300708437873H", Algorithm::EdDsa),
            rivals,
            person: Actor::person("holder", Algorithm::EdDsa),
            people: RefCell::default(),
            signed: RefCell::default(),
            ids: Arc::default(),
            verifier: Arc::default(),
        }
    }

    /// A person, always with the same key for the same name.
    pub(super) fn person(&self, name: &str) -> Rc<Actor> {
        if let Some(person) = self.people.borrow().get(name) {
            return Rc::clone(person);
        }
        let person = Rc::new(Actor::person(name, Algorithm::EdDsa));
        self.people.borrow_mut().insert(name.to_owned(), Rc::clone(&person));
        person
    }

    /// Signs a body, always as the same transition for the same label.
    pub(super) fn sign(&self, actor: &Actor, kind: &str, body: &str, label: &str) -> Signed {
        let name = format!("{label} {kind} {} {body}", actor.party);
        if let Some(signed) = self.signed.borrow().get(&name) {
            return signed.clone();
        }
        let signed = actor.sign_again(self.chain.id(), Self::now(), kind, body, &name);
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(&signed.jws), signed.id);
        self.signed.borrow_mut().insert(name, signed.clone());
        signed
    }

    /// The number of an invoice: contested ones first, then those with a buyer, then those that a run issues.
    pub(super) fn number(place: u64) -> String {
        number(Self::began(), place + 1)
    }

    /// Everything that a run begins with, in phases: what one needs is decided before it.
    pub(super) fn phases(&self) -> Vec<Vec<Signed>> {
        let bureau = &self.chain.bureau;
        let parties = std::iter::once(&self.seller).chain(&self.rivals);
        let mut founding = parties
            .map(|party| self.sign(bureau, "party.register", &body::register(party), "base"))
            .collect::<Vec<_>>();
        let key = format!(r#"{{"key":{}}}"#, self.person.jwk_json());
        founding.push(self.sign(&self.person, "party.enroll", &key, "base"));
        let today = Self::now().date().to_string();
        let rules = vec![self.sign(bureau, "rules.deploy", &body::rules(1), "base")];
        let active = vec![self.sign(bureau, "rules.activate", &body::activate(1, &today), "base")];
        let quota = body::apply(Self::now().month(), 1_000);
        let quota = vec![self.sign(&self.seller, "quota.apply", &quota, "base")];
        vec![founding, rules, active, quota, self.issues(), self.claims(), self.presentations()]
    }

    fn issues(&self) -> Vec<Signed> {
        let issue = |place: u64| {
            let key = base64url::encode(claim_key(place).key().as_bytes());
            let body = if place < CONTESTED {
                body::issue(&Self::number(place), None, Some(&key))
            } else {
                body::issue(&Self::number(place), Some(&self.rivals[0]), None)
            };
            self.sign(&self.seller, "invoice.issue", &body, "base")
        };
        (0..CONTESTED + NAMED).map(issue).collect()
    }

    fn claims(&self) -> Vec<Signed> {
        let claim = |place: u64| {
            let number = Self::number(place);
            let proof = claim_key(place).sign_claim(self.chain.id(), &number, &self.person.party);
            let proof = base64url::encode(proof.as_bytes());
            self.sign(&self.person, "claim.take", &body::take(&number, Some(&proof)), "base")
        };
        (0..CONTESTED).map(claim).collect()
    }

    fn presentations(&self) -> Vec<Signed> {
        let present = |place: u64| {
            let number = Self::number(place);
            let present =
                |rival| self.sign(&self.person, "claim.present", &body::present(&number, rival), "base");
            self.rivals.iter().map(present).collect::<Vec<_>>()
        };
        (0..CONTESTED).flat_map(present).collect()
    }
}

impl Default for Cast {
    fn default() -> Self {
        Self::new()
    }
}

fn claim_key(place: u64) -> ClaimSecret {
    ClaimSecret::from_seed(&[u8::try_from(place % 200).unwrap_or(0) + 1; 32])
}
