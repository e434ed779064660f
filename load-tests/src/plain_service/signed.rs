//! A signed transition, read and verified as a team would that wants no more of it than who asks for what.

use std::collections::BTreeMap;

use k256::ecdsa::signature::Verifier as _;
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use piao_protocol::encoding::base64url;
use piao_protocol::jwk;
use serde::Deserialize;

use crate::cast::Enterprises;
use crate::failure::Failure;

/// Who may sign, by the name of the key.
pub(super) struct Keys(BTreeMap<String, (String, VerifyingKey)>);

/// A transition whose signature was checked.
pub(super) struct Signed {
    pub(super) party: String,
    pub(super) asked: Asked,
    /// The payload as it was signed.
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum Asked {
    Issue(Issue),
    Claim { invoice: String },
    Lock(Lock),
}

/// A new invoice.
#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: String,
    pub(super) buyer: Buyer,
    pub(super) amount: i64,
    pub(super) tax: i64,
    /// The whole body, as it came.
    #[serde(skip)]
    pub(super) text: String,
}

/// Who bought.
#[derive(Debug, Deserialize)]
pub(super) struct Buyer {
    pub(super) id: String,
}

/// A lock of an invoice.
#[derive(Debug, Deserialize)]
pub(super) struct Lock {
    pub(super) invoice: String,
    pub(super) claim_ref: String,
    pub(super) amount: i64,
}

#[derive(Deserialize)]
struct Header {
    kid: String,
}

#[derive(Deserialize)]
struct Payload<'a> {
    party: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    body: &'a serde_json::value::RawValue,
}

#[derive(Deserialize)]
struct Claim {
    invoice: String,
}

impl Keys {
    /// Those of some enterprises, which sign with ES256K.
    pub(super) fn of(enterprises: &Enterprises) -> Result<Self, Failure> {
        let all = enterprises.issuers.iter().chain(&enterprises.buyers);
        let keys = all.map(|actor| {
            let key = SigningKey::from_slice(&actor.key.secret());
            let key = key.map_err(Failure::doing("reading a key"))?;
            Ok((jwk::kid(&actor.key.id()).to_string(), (actor.party.to_string(), *key.verifying_key())))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    /// Reads a compact JWS; nothing where it is none, or its signature is not by a key that is known.
    pub(super) fn verify(&self, jws: &str) -> Option<Signed> {
        let (input, signature) = jws.rsplit_once('.')?;
        let (header, payload) = input.split_once('.')?;
        let header: Header = serde_json::from_slice(&base64url::decode(header).ok()?).ok()?;
        let (party, key) = self.0.get(&header.kid)?;
        let signature = base64url::decode(signature).ok()?;
        key.verify(input.as_bytes(), &Signature::from_slice(&signature).ok()?).ok()?;
        let payload = base64url::decode(payload).ok()?;
        let read: Payload<'_> =
            serde_json::from_slice(&payload).ok().filter(|read: &Payload<'_>| read.party == *party)?;
        let asked = asked(&read)?;
        Some(Signed { party: party.clone(), asked, payload, signature })
    }
}

fn asked(read: &Payload<'_>) -> Option<Asked> {
    let body = read.body.get();
    match read.kind.as_str() {
        "invoice.issue" => {
            let issue: Issue = serde_json::from_str(body).ok()?;
            Some(Asked::Issue(Issue { text: body.to_owned(), ..issue }))
        }
        "claim.take" => {
            let Claim { invoice } = serde_json::from_str(body).ok()?;
            Some(Asked::Claim { invoice })
        }
        "reimbursement.lock" => serde_json::from_str(body).ok().map(Asked::Lock),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use piao_domain::time::Time;
    use piao_testkit::body;

    use super::*;
    use crate::cast::Cast;

    #[test]
    fn only_what_a_known_key_signed_is_taken() {
        let at = Time::from_unix(1_790_000_000);
        let cast = Cast::new(at).unwrap();
        let (issuer, buyer) = (&cast.enterprises.issuers[0], &cast.enterprises.buyers[0]);
        let keys = Keys::of(&cast.enterprises).unwrap();
        let number = "26950000000000000001";
        let sign = |kind: &str, body: &str| issuer.sign(cast.chain.id(), at, kind, body).jws;

        let signed = keys.verify(&sign("invoice.issue", &body::issue(number, Some(buyer), None))).unwrap();
        assert_eq!(signed.party, issuer.party.to_string());
        assert!(
            matches!(signed.asked, Asked::Issue(Issue { ref number, amount: 10_000, .. }) if number.len() == 20)
        );
        let lock = keys.verify(&sign("reimbursement.lock", &body::lock(number, "R-1"))).unwrap();
        assert!(matches!(lock.asked, Asked::Lock(Lock { amount: 10_600, .. })));

        let jws = sign("claim.take", &body::take(number, None));
        assert!(matches!(keys.verify(&jws).unwrap().asked, Asked::Claim { .. }));
        let (input, signature) = jws.rsplit_once('.').unwrap();
        let other = sign("claim.take", &body::take(number, None));
        let forged = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
        assert!(keys.verify(&forged).is_none());
        assert!(keys.verify(input).is_none());
        assert!(Keys(BTreeMap::new()).verify(&jws).is_none());
    }
}
