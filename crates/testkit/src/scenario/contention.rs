use piao_domain::ids::{ChainId, TransitionId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::number;
use crate::actor::{Actor, Signed};
use crate::body;
use crate::chain::TestChain;

/// Transitions that are all accepted, once those of the phases before are decided.
pub struct Phase {
    /// What happens in it.
    pub name: &'static str,
    /// In this order.
    pub transitions: Vec<Signed>,
}

/// An enterprise that wants every invoice for itself.
pub struct Rival {
    /// Who it is.
    pub enterprise: Actor,
    /// One lock an invoice, in the invoices' order.
    pub locks: Vec<Signed>,
}

/// Invoices without a named buyer, each claimed by a person and presented to every rival, and all rivals' locks.
pub struct Contention {
    /// What must be decided before anybody locks.
    pub phases: Vec<Phase>,
    /// Who locks.
    pub rivals: Vec<Rival>,
    /// What is fought over.
    pub invoices: Vec<String>,
}

/// Six enterprises with the algorithms that they sign with.
pub(super) const RIVALS: [(&str, Algorithm); 6] = [
    ("uscc:9144030010001686XA", Algorithm::Es256k),
    ("uscc:91440300192185379H", Algorithm::EdDsa),
    ("uscc:91440300100012316L", Algorithm::Es256k),
    ("uscc:91440300192317458F", Algorithm::Es256),
    ("uscc:91440300192181490G", Algorithm::EdDsa),
    ("uscc:9144030027939873X7", Algorithm::Es256k),
];
const SELLER: (&str, Algorithm) = ("uscc:91440300708437873H", Algorithm::Es256k);
/// Persons who claim in turn.
const HOLDERS: usize = 8;

/// Signs the whole of it, on all cores.
///
/// # Panics
/// Never: every party and body is made here.
#[must_use]
pub fn contention(chain: &TestChain, at: Time, invoices: u32) -> Contention {
    let seller = Actor::new(SELLER.0, SELLER.1);
    let rivals = RIVALS.map(|(party, algorithm)| Actor::new(party, algorithm));
    let holders = (0..HOLDERS).map(holder).collect::<Vec<_>>();
    let numbers = (1..=u64::from(invoices)).map(|sequence| number(at, sequence)).collect::<Vec<_>>();
    let id = chain.id();
    let mut phases = found(chain, at, &seller, &rivals, &holders);
    let quota = seller.sign(id, at, "quota.apply", &body::apply(at.month(), invoices));
    phases.push(Phase { name: "quota", transitions: vec![quota] });
    let places = 0..numbers.len();
    let places = places.into_par_iter();
    let who = |place: usize| &holders[place % HOLDERS];
    let issue = |place: usize| {
        let key = base64url::encode(claim_key(place).key().as_bytes());
        seller.sign(id, at, "invoice.issue", &body::issue(&numbers[place], None, Some(&key)))
    };
    let claim = |place: usize| take(id, at, who(place), &numbers[place], &claim_key(place));
    let present = |place: usize| {
        let present =
            |rival: &Actor| who(place).sign(id, at, "claim.present", &body::present(&numbers[place], rival));
        rivals.iter().map(present).collect::<Vec<_>>()
    };
    phases.push(Phase { name: "issue", transitions: places.clone().map(issue).collect() });
    phases.push(Phase { name: "claim", transitions: places.clone().map(claim).collect() });
    phases.push(Phase { name: "present", transitions: places.clone().flat_map_iter(present).collect() });
    let rivals = rivals.into_iter().map(|enterprise| {
        let lock = |place: usize| {
            let body = body::lock(&numbers[place], &format!("BX-{place}"));
            enterprise.sign(id, at, "reimbursement.lock", &body)
        };
        let locks = places.clone().map(lock).collect();
        Rival { enterprise, locks }
    });
    let rivals = rivals.collect();
    Contention { phases, rivals, invoices: numbers }
}

/// A person who claims.
pub(super) fn holder(count: usize) -> Actor {
    let algorithm = if count.is_multiple_of(2) { Algorithm::EdDsa } else { Algorithm::Es256k };
    Actor::person(&format!("holder {count}"), algorithm)
}

fn found(chain: &TestChain, at: Time, seller: &Actor, rivals: &[Actor], holders: &[Actor]) -> Vec<Phase> {
    let id = chain.id();
    let mut founding =
        std::iter::once(seller).chain(rivals).map(|party| chain.register(at, party)).collect::<Vec<_>>();
    founding.push(chain.bureau.sign(id, at, "rules.deploy", &body::rules(1)));
    let today = at.date().to_string();
    founding.push(chain.bureau.sign(id, at, "rules.activate", &body::activate(1, &today)));
    founding.extend(
        holders.iter().map(|holder| {
            holder.sign(id, at, "party.enroll", &format!(r#"{{"key":{}}}"#, holder.jwk_json()))
        }),
    );
    vec![Phase { name: "found", transitions: founding }]
}

pub(super) fn claim_key(place: usize) -> ClaimSecret {
    ClaimSecret::from_seed(&Sha256::digest(format!("piao test claim key {place}")).into())
}

pub(super) fn take(chain: &ChainId, at: Time, holder: &Actor, number: &str, key: &ClaimSecret) -> Signed {
    let proof = key.sign_claim(chain, number, &holder.party);
    let proof = base64url::encode(proof.as_bytes());
    holder.sign(chain, at, "claim.take", &body::take(number, Some(&proof)))
}

impl Contention {
    /// The ids of everything, locks included.
    #[must_use]
    pub fn ids(&self) -> Vec<TransitionId> {
        let phases = self.phases.iter().flat_map(|phase| &phase.transitions);
        phases.chain(self.rivals.iter().flat_map(|rival| &rival.locks)).map(|signed| signed.id).collect()
    }
}
