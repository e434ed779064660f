//! Claim proofs and sealed data.

use piao_domain::ids::{ChainId, PartyId};
use piao_protocol::claim::{ClaimKey, ClaimProof, ClaimSecret};
use piao_protocol::digest::SealedDigest;
use piao_protocol::json::{self, Json};
use piao_protocol::sealed::Sealed;
use serde::Deserialize;

use crate::given::{ClaimVector, SealedVector, chain, digests, party};

const INVOICE: &str = "26952000000000000001";

#[test]
fn a_claim_proof_is_what_another_library_signs() {
    let ClaimVector { seed, key, proof } = digests().claim;
    let secret = ClaimSecret::from_seed(&piao_protocol::encoding::hex::decode_array(&seed).unwrap());
    assert_eq!(secret.key(), key);
    assert_eq!(secret.sign_claim(&chain(), INVOICE, &party()), proof);
    assert!(!format!("{secret:?}").contains(&seed));
}

#[test]
fn a_claim_proof_is_for_one_chain_invoice_and_holder() {
    let secret = ClaimSecret::from_seed(&[9; 32]);
    let proof = secret.sign_claim(&chain(), INVOICE, &party());
    let other_chain = ChainId::parse("beijing-0123456789abcdef0123456789abcdef").unwrap();
    let other_party = PartyId::parse("bureau:shenzhen").unwrap();
    let check = |key: ClaimKey, chain: &ChainId, invoice: &str, holder: &PartyId, good: bool| {
        assert_eq!(key.verify(chain, invoice, holder, &proof).is_ok(), good);
    };
    check(secret.key(), &chain(), INVOICE, &party(), true);
    check(ClaimSecret::from_seed(&[8; 32]).key(), &chain(), INVOICE, &party(), false);
    check(secret.key(), &other_chain, INVOICE, &party(), false);
    check(secret.key(), &chain(), "26952000000000000002", &party(), false);
    check(secret.key(), &chain(), INVOICE, &other_party, false);
}

#[test]
fn every_flipped_bit_of_a_claim_proof_is_refused() {
    let secret = ClaimSecret::from_seed(&[9; 32]);
    let proof = secret.sign_claim(&chain(), INVOICE, &party());
    for bit in 0..512 {
        let mut bytes = *proof.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(secret.key().verify(&chain(), INVOICE, &party(), &ClaimProof::new(bytes)).is_err());
    }
}

#[test]
fn sealed_digests_are_what_another_library_computes() {
    for SealedVector { sealed, canonical, digest } in digests().sealed {
        assert_eq!(sealed.data().canonical(), canonical);
        assert_eq!(sealed.digest(), digest);
        assert_eq!(sealed.check(&digest), Ok(()));
        let text = json::canonical(&sealed).unwrap();
        assert_eq!(json::from_str::<Sealed>(&text).unwrap(), sealed);
    }
}

#[test]
fn a_mismatch_tells_what_we_hashed() {
    let sealed = digests().sealed.remove(0).sealed;
    let mismatch = sealed.check(&SealedDigest::new([0; 32])).unwrap_err();
    assert_eq!((mismatch.canonical, mismatch.digest), (sealed.data().canonical(), sealed.digest()));
}

#[test]
fn sealed_data_is_a_salt_and_an_object() {
    let salt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let check =
        |text: String, good: bool| assert_eq!(json::from_str::<Sealed>(&text).is_ok(), good, "{text}");
    check(format!(r#"{{"salt":"{salt}","data":{{}}}}"#), true);
    check(format!(r#"{{"salt":"{salt}","data":[]}}"#), false);
    check(format!(r#"{{"salt":"{salt}","data":null}}"#), false);
    check(format!(r#"{{"salt":"{salt}"}}"#), false);
    check(format!(r#"{{"salt":"{}","data":{{}}}}"#, &salt[1..]), false);
    check(format!(r#"{{"salt":"{salt}","data":{{"a":1,"a":1}}}}"#), false);
    check(format!(r#"{{"salt":"{salt}","data":{{"a":0.5}}}}"#), false);
    check(format!(r#"{{"salt":"{salt}","data":{{}},"x":1}}"#), false);
    assert!(Sealed::new([0; 32], Json::Null).is_none());
    assert!(
        Sealed::generate(Json::empty(), &mut |bytes| bytes.fill(5)).is_some_and(|s| *s.salt() == [5; 32])
    );
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edge {
    name: String,
    good: bool,
    key: ClaimKey,
    proof: ClaimProof,
}

/// Written by `vectors/make_ed25519_edges.py`, with arithmetic of its own.
#[test]
fn ed25519_is_decided_where_verifiers_disagree() {
    let edges: Vec<Edge> = json::from_str(include_str!("../vectors/ed25519_edges.json")).unwrap();
    for Edge { name, good, key, proof } in edges {
        assert_eq!(key.verify(&chain(), INVOICE, &party(), &proof).is_ok(), good, "{name}");
    }
}
