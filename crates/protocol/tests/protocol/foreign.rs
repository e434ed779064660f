//! Transitions signed by libraries that know nothing of piao (`vectors/make_vectors.py`).

use piao_protocol::json;
use piao_protocol::jwk::{self, Jwk};
use piao_protocol::jws::{PreparedKey, Unverified};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) library: String,
    pub(crate) alg: String,
    pub(crate) s: String,
    pub(crate) jwk: Jwk,
    pub(crate) kid: String,
    pub(crate) id: String,
    pub(crate) iat: i64,
    pub(crate) jws: String,
}

pub(crate) fn vectors() -> Vec<Vector> {
    json::from_str(include_str!("../vectors/foreign_jws.json")).unwrap()
}

#[test]
fn what_other_libraries_sign_is_verified() {
    for Vector { library, alg, s, jwk, kid, id, iat, jws } in vectors() {
        let what = format!("{library} {alg} {s}");
        assert_eq!(jwk::kid(&jwk.id()), kid, "{what}");
        let transition = Unverified::parse(jws.as_str()).expect(&what);
        assert_eq!(transition.id().to_string(), id, "{what}");
        assert_eq!(transition.claims().iat.unix(), iat, "{what}");
        assert_eq!(transition.claims().kind, "claim.present", "{what}");
        let verified = transition.verify(&PreparedKey::new(jwk.key()).unwrap()).expect(&what);
        assert_eq!(&**verified.compact(), jws);
    }
}

#[test]
fn both_halves_of_s_are_among_the_vectors() {
    let of = |alg: &str, s: &str| vectors().iter().filter(|v| v.alg == alg && v.s == s).count();
    for alg in ["ES256K", "ES256"] {
        assert_eq!((of(alg, "high"), of(alg, "low")), (3, 3), "{alg}");
    }
    assert_eq!(of("EdDSA", "none"), 3);
}

#[test]
fn every_flipped_byte_is_refused() {
    for vector in vectors() {
        let key = PreparedKey::new(vector.jwk.key()).unwrap();
        for place in 0..vector.jws.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut bytes = vector.jws.clone().into_bytes();
                bytes[place] ^= flip;
                let accepted = Unverified::parse_bytes(&bytes).is_ok_and(|other| other.verify(&key).is_ok());
                assert!(!accepted, "{} {}: byte {place} ^ {flip:#x}", vector.library, vector.alg);
            }
        }
    }
}

#[test]
fn every_other_key_is_refused() {
    let vectors = vectors();
    for signed in &vectors {
        for other in vectors.iter().filter(|other| other.kid != signed.kid) {
            let transition = Unverified::parse(signed.jws.as_str()).unwrap();
            assert!(transition.verify(&PreparedKey::new(other.jwk.key()).unwrap()).is_err());
        }
    }
}
