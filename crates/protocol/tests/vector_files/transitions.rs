//! One signed transition a row of the examples.

use piao_domain::command::Kind;
use piao_domain::ids::{ChainId, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::{base64url, hex};
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::{Claims, Nonce, Unverified, payload};
use serde_json::{Value, json};

use super::signers;
use crate::body_examples::EXAMPLES;

/// A signed transition and what it was made of.
pub(crate) struct Signed {
    pub(crate) claims: Claims,
    pub(crate) payload: String,
    pub(crate) alg: &'static str,
    pub(crate) transition: Unverified,
}

impl Signed {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "type": self.claims.kind,
            "alg": self.alg,
            "payload": self.payload,
            "signing_input": self.transition.signing_input(),
            "jws": &**self.transition.compact(),
            "id": self.transition.id().to_string(),
        })
    }
}

/// Every example, signed by who may sign its type.
pub(crate) fn all(genesis: &Genesis) -> Vec<Signed> {
    let proof = claim(genesis)["proof"].as_str().expect("a proof").to_owned();
    let rows = EXAMPLES.iter().zip(0_u8..);
    rows.map(|((kind, raw), number)| {
        let tree: Value = serde_json::from_str(raw).expect(raw);
        let old_proof = tree.get("proof").and_then(Value::as_str);
        let body = old_proof.map_or((*raw).to_owned(), |old| raw.replace(old, &proof));
        sign(genesis.chain(), kind, &body, old_proof.is_some(), number)
    })
    .collect()
}

/// The claim key of the examples, and the proof that a person took an invoice by it.
pub(crate) fn claim(genesis: &Genesis) -> Value {
    let (_, key, party) = signers().remove(2);
    let secret = ClaimSecret::from_seed(&key.secret());
    let invoice = "26951000000000000002";
    let holder = PartyId::parse(&party).expect("a party");
    let proof = secret.sign_claim(genesis.chain(), invoice, &holder);
    json!({
        "seed": hex::encode(&secret.seed()),
        "claim_key": base64url::encode(secret.key().as_bytes()),
        "chain": genesis.chain().to_string(),
        "invoice": invoice,
        "holder": party,
        "message_after_tag": format!(r#"{{"chain":"{}","holder":"{party}","invoice":"{invoice}"}}"#, genesis.chain()),
        "proof": base64url::encode(proof.as_bytes()),
    })
}

/// A read token of every key, good for four minutes.
pub(crate) fn read_tokens(genesis: &Genesis) -> Value {
    let (iat, exp) = (1_790_000_000, 1_790_000_240);
    let rows = signers().into_iter().map(|(alg, key, party)| {
        let reader = PartyId::parse(&party).expect("a party");
        let (from, until) = (Time::from_unix(iat), Time::from_unix(exp));
        let token = key.sign_read_token(&reader, genesis.chain(), from, until);
        json!({ "alg": alg, "party": party, "iat": iat, "exp": exp, "token": token })
    });
    Value::from(rows.collect::<Vec<_>>())
}

fn sign(chain: &ChainId, kind: &str, body: &str, by_person: bool, number: u8) -> Signed {
    let kind_known = Kind::parse(kind).expect(kind);
    let (alg, key, party) = signers()
        .into_iter()
        .filter(|(_, key, _)| !by_person || key.public().algorithm() == Algorithm::EdDsa)
        .find(|(_, _, party)| {
            let party = PartyId::parse(party).expect("a party");
            piao_domain::admission::may_sign(&party, kind_known)
        })
        .expect("each type has a signer");
    let nonce = vec![number; 16 + usize::from(number) % 17];
    let claims = Claims {
        chain: chain.clone(),
        party: PartyId::parse(&party).expect("a party"),
        nonce: Nonce::new(&nonce).expect("16 to 32 bytes"),
        iat: Time::from_unix(1_790_000_000 + i64::from(number)),
        kind: kind.to_owned(),
    };
    let payload = payload(&claims, body).expect(body);
    let transition = Unverified::parse(key.sign_transition(&payload)).expect("a transition");
    Signed { claims, payload, alg, transition }
}
