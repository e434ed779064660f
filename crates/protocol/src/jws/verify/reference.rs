//! What libsecp256k1 says of an ES256K signature is what `k256` says of it, which shares no line with it.

use k256::ecdsa::signature::Verifier as _;
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use piao_domain::key::PublicKey;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{PreparedKey, verify};
use crate::jwk::JwkError;

/// The order of the group (SEC 2 §2.4.1).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
    0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// Whether `k256` takes a signature, of either S.
pub(super) fn accepts(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let PublicKey::Es256k { x, y } = key else { panic!("a key of another curve") };
    let key = point(x, y).unwrap();
    let signature = Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify(message, &signature.normalize_s()).is_ok())
}

fn point(x: &[u8; 32], y: &[u8; 32]) -> Option<VerifyingKey> {
    VerifyingKey::from_sec1_bytes(&[&[4], &x[..], &y[..]].concat()).ok()
}

fn ours(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let key = PreparedKey::new(key).unwrap();
    verify(&key, key.id(), key.algorithm(), message, signature).is_ok()
}

/// A key that signs, and its public half.
fn key(secret: [u8; 32]) -> Option<(SigningKey, PublicKey)> {
    let key = SigningKey::from_slice(&secret).ok()?;
    let point = key.verifying_key().to_sec1_point(false);
    let coordinate = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).unwrap();
    let (x, y) = (coordinate(&point.as_bytes()[1..33]), coordinate(&point.as_bytes()[33..]));
    Some((key, PublicKey::Es256k { x, y }))
}

/// What is done to a signature.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    /// s becomes n − s: as valid as before.
    OtherS,
    /// A number, r or s, becomes another.
    Number {
        is_s: bool,
        number: [u8; 32],
    },
    Bit(usize),
}

/// Numbers about which libraries differ: nothing, one, the order and its neighbours and half, and the largest.
fn numbers() -> impl Strategy<Value = [u8; 32]> {
    let near = |add: i8| {
        let mut number = ORDER;
        number[31] = number[31].wrapping_add_signed(add);
        number
    };
    let mut half = ORDER;
    let mut carried = 0;
    for byte in &mut half {
        (*byte, carried) = (*byte >> 1 | carried << 7, *byte & 1);
    }
    let one = std::array::from_fn(|place| u8::from(place == 31));
    let known = vec![[0; 32], one, near(-1), near(0), near(1), half, [0xff; 32]];
    prop_oneof![proptest::sample::select(known), any::<[u8; 32]>()]
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Nothing),
        Just(Change::OtherS),
        (any::<bool>(), numbers()).prop_map(|(is_s, number)| Change::Number { is_s, number }),
        (0..512_usize).prop_map(Change::Bit),
    ]
}

/// n − s, byte by byte.
fn other_s(s: &[u8]) -> [u8; 32] {
    let (mut other, mut borrowed) = ([0; 32], false);
    for place in (0..32).rev() {
        let (difference, under) = ORDER[place].overflowing_sub(s[place]);
        let (difference, under_again) = difference.overflowing_sub(u8::from(borrowed));
        (other[place], borrowed) = (difference, under || under_again);
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_signature_is_decided_as_the_reference_decides(
        secret in any::<[u8; 32]>(),
        message in proptest::collection::vec(any::<u8>(), 0..200),
        change in changes(),
    ) {
        let Some((signer, key)) = key(secret) else { return Ok(()) };
        let signed: Signature = signer.sign_prehash(&Sha256::digest(&message)).unwrap();
        let mut signature: [u8; 64] = signed.to_bytes().into();
        match &change {
            Change::Nothing => {}
            Change::OtherS => signature[32..].copy_from_slice(&other_s(&signed.to_bytes()[32..])),
            Change::Number { is_s, number } => {
                signature[usize::from(*is_s) * 32..][..32].copy_from_slice(number);
            }
            Change::Bit(bit) => signature[bit / 8] ^= 1 << (bit % 8),
        }
        let expect = accepts(&key, &message, &signature);
        prop_assert_eq!(ours(&key, &message, &signature), expect);
        match change {
            Change::Nothing | Change::OtherS => prop_assert!(expect),
            Change::Number { .. } | Change::Bit(_) => {}
        }
    }

    #[test]
    fn a_point_is_taken_as_the_reference_takes_it(
        secret in any::<[u8; 32]>(),
        place in 0..64_usize,
        flip in any::<u8>(),
        replaced in proptest::option::of(numbers()),
    ) {
        let Some((_, PublicKey::Es256k { mut x, mut y })) = key(secret) else { return Ok(()) };
        if place < 32 { x[place] ^= flip } else { y[place - 32] ^= flip }
        if let Some(number) = replaced {
            x = number;
        }
        let taken = PreparedKey::new(&PublicKey::Es256k { x, y }).map(|_| ());
        let expect = if point(&x, &y).is_some() { Ok(()) } else { Err(JwkError::Point) };
        prop_assert_eq!(taken, expect);
    }
}
