//! Transitions of every kind that changes a table, in blocks.

use std::sync::Arc;

use piao_chain::adopt;
use piao_domain::command::Transition;
use piao_domain::ids::{KeyId, PartyId, TransitionId};
use piao_domain::key::Algorithm;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_ledger::LedgerStore;
use piao_protocol::body as bodies;
use piao_protocol::export::block_line;
use piao_protocol::jws::{Nonce, PreparedKey, Unverified};
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::chain::TestChain;
use piao_testkit::scenario::number;

use crate::author::{Author, Note, Read};

/// When every chain of these tests begins: 2026-11-23.
pub(crate) fn now() -> Time {
    Time::from_unix(1_795_392_000)
}

/// A block's transitions and its time.
pub(crate) struct Step {
    pub(crate) batch: Vec<(Transition, Nonce)>,
    /// The compact JWS of each.
    pub(crate) texts: Vec<Arc<str>>,
    pub(crate) at: Time,
}

pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    /// The step that locks the invoice; the next one tries it once more.
    pub(crate) locked: usize,
    pub(crate) number: InvoiceNumber,
    /// Keys of parties, some of which are registered at some time.
    pub(crate) keys: Vec<(PartyId, KeyId)>,
}

struct Writing {
    chain: TestChain,
    steps: Vec<Step>,
}

impl Writing {
    /// A block of one transition.
    fn one(&mut self, actor: &Actor, kind: &str, body: &str) -> TransitionId {
        self.some(&[(actor, kind, body)])
    }

    /// A block of some; the id of the last.
    fn some(&mut self, some: &[(&Actor, &str, &str)]) -> TransitionId {
        let at = now().plus(i64::try_from(self.steps.len()).unwrap() + 1);
        let sign = |(actor, kind, body): &(&Actor, &str, &str)| {
            let signed = actor.sign(self.chain.id(), at, kind, body);
            (verified(actor, &signed), signed.jws)
        };
        let (batch, texts): (Vec<_>, Vec<_>) = some.iter().map(sign).unzip();
        let last = batch.last().unwrap().0.id;
        self.steps.push(Step { batch, texts, at });
        last
    }
}

fn verified(actor: &Actor, signed: &Signed) -> (Transition, Nonce) {
    let unverified = Unverified::parse(signed.jws.clone()).unwrap().decode(bodies::parse).unwrap();
    let key = PreparedKey::new(actor.key.public()).unwrap();
    let (rest, transition) = adopt::take_transition(unverified.verify(&key).unwrap());
    (transition, rest.claims().nonce.clone())
}

impl Script {
    pub(crate) fn new() -> Self {
        let seller = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
        let buyer = Actor::new("uscc:914403001922038216", Algorithm::Es256);
        let other = Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa);
        let person = Actor::person("script", Algorithm::EdDsa);
        let spare = Actor::person("spare", Algorithm::Es256);
        let chain = TestChain::new(now(), 1);
        let bureau = Actor::new("bureau:shenzhen", Algorithm::Es256k);
        let mut writing = Writing { chain, steps: Vec::new() };
        let registered = [&seller, &buyer, &other].map(body::register);
        let registered = registered.iter().map(|body| (&bureau, "party.register", body.as_str()));
        writing.some(&registered.collect::<Vec<_>>());
        writing.one(&person, "party.enroll", &format!(r#"{{"key":{}}}"#, person.jwk_json()));
        writing.one(&bureau, "rules.deploy", &body::rules(1));
        writing.one(&bureau, "rules.activate", &body::activate(1, &now().date().to_string()));
        writing.one(&seller, "quota.apply", &body::apply(now().month(), 10));
        writing.one(&other, "quota.apply", &body::apply(now().month(), 5));
        let (first, second) = (number(now(), 1), number(now(), 2));
        let issues = [&first, &second].map(|number| body::issue(number, Some(&buyer), None));
        let issues = issues.iter().map(|body| (&seller, "invoice.issue", body.as_str()));
        writing.some(&issues.collect::<Vec<_>>());
        writing.one(&seller, "invoice.issue", &body::issue(&first, Some(&buyer), None));
        writing.one(&buyer, "claim.take", &body::take(&first, None));
        let lock = writing.one(&buyer, "reimbursement.lock", &body::lock(&first, "BX-1"));
        let locked = writing.steps.len() - 1;
        writing.one(&buyer, "reimbursement.lock", &body::lock(&first, "BX-2"));
        writing.one(&buyer, "reimbursement.release", &body::use_lock(&first, &lock, 1));
        let again = writing.one(&buyer, "reimbursement.lock", &body::lock(&first, "BX-3"));
        writing.one(&buyer, "reimbursement.lock", &body::lock(&first, "BX-1"));
        writing.one(&buyer, "booking.book", &body::book(&first));
        writing.one(&buyer, "reimbursement.settle", &body::use_lock(&first, &again, 2));
        let add = format!(r#"{{"key":{}}}"#, spare.jwk_json());
        writing.one(&buyer, "key.add", &add);
        let revoke = format!(r#"{{"kid":"{}"}}"#, piao_protocol::jwk::kid(&spare.key.id()));
        writing.one(&buyer, "key.revoke", &revoke);
        let suspend = format!(r#"{{"party":"{}","reason":"fraud"}}"#, other.party);
        writing.one(&bureau, "party.suspend", &suspend);
        writing.one(&other, "quota.apply", &body::apply(now().month(), 1));
        let keys =
            [(&seller, &seller), (&buyer, &buyer), (&buyer, &spare), (&person, &person), (&other, &buyer)];
        let keys = keys.map(|(party, key)| (party.party.clone(), key.key.id())).to_vec();
        Self { steps: writing.steps, locked, number: InvoiceNumber::parse(&first).unwrap(), keys }
    }

    /// Every block of it as the ledger gives it to those who follow, block 0 first.
    pub(crate) async fn lines<S: LedgerStore>(&self, store: &S) -> Vec<String> {
        let mut author = Author::begun(store).await;
        let first = author.chain.genesis.first_block();
        let mut lines = vec![block_line(&first, &[], &[]).unwrap()];
        for step in &self.steps {
            lines.push(author.append_line(store, step).await);
        }
        lines
    }

    /// Plays it on a store; every answer that the store gave on the way.
    pub(crate) async fn play<S: LedgerStore>(&self, store: &S) -> Vec<String> {
        let mut said = Vec::new();
        let mut author = Author::begun(store).await;
        for step in &self.steps {
            said.extend(author.append(store, step).await);
            let seen = store.read(Read::all(self)).await.unwrap();
            // Apart, so that where two stores differ it is seen in what.
            said.extend(format!("{seen:#?}").split("\n    ").map(str::to_owned));
            store.write(Note(said.len() as u64, "note")).await.unwrap();
        }
        said
    }
}
