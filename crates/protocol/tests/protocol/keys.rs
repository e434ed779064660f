//! JWKs, thumbprints, persons, and the points that are no keys.

use piao_domain::key::{Algorithm, PublicKey};
use piao_protocol::encoding::hex;
use piao_protocol::json;
use piao_protocol::jwk::{self, Jwk, JwkError};
use piao_protocol::jws::{PreparedKey, SigningKey};

use crate::given::{ALGORITHMS, Chance, key};

/// The encodings of the eight points of small order, the non-canonical ones included.
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

#[test]
fn thumbprints_are_rfc_7638() {
    // RFC 8037 appendix A.3.
    let text = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let jwk: Jwk = json::from_str(text).unwrap();
    assert_eq!(jwk::kid(&jwk.id()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a_jwk_survives_the_round_trip() {
    for algorithm in ALGORITHMS {
        let jwk = Jwk::new(*key(algorithm, 3).public()).unwrap();
        let text = json::canonical(&jwk).unwrap();
        assert_eq!(json::from_str::<Jwk>(&text).unwrap(), jwk);
        assert_eq!(jwk.id(), key(algorithm, 3).id());
        assert_eq!(jwk.key().algorithm(), algorithm);
        assert_eq!(jwk::parse_kid(&jwk::kid(&jwk.id())), Ok(jwk.id()));
    }
}

#[test]
fn a_jwk_has_exactly_the_members_that_are_hashed() {
    let ec = json::canonical(&Jwk::new(*key(Algorithm::Es256, 3).public()).unwrap()).unwrap();
    let okp = json::canonical(&Jwk::new(*key(Algorithm::EdDsa, 3).public()).unwrap()).unwrap();
    let check = |bad: String| assert!(json::from_str::<Jwk>(&bad).is_err(), "{bad}");
    for more in [r#""alg":"ES256""#, r#""use":"sig""#, r#""kid":"a""#, r#""d":"AA""#, r#""kty":"EC""#] {
        check(ec.replacen('{', &format!("{{{more},"), 1));
        check(okp.replacen('{', &format!("{{{more},"), 1));
    }
    check(okp.replacen('{', r#"{"y":null,"#, 1));
    check(okp.replacen('{', r#"{"y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","#, 1));
    check(okp.replace("OKP", "EC"));
    check(okp.replace("Ed25519", "X25519"));
    check(ec.replace("P-256", "P-384"));
    check(ec.replace("P-256", "secp256k1"));
    check(ec.replace("EC", "OKP"));
    check(ec.split(",\"y\"").next().unwrap().to_owned() + "}");
    check(ec.replacen(r#""x":""#, r#""x":"AA"#, 1));
}

#[test]
fn a_point_off_its_curve_is_no_key() {
    for algorithm in [Algorithm::Es256k, Algorithm::Es256] {
        for (x, y) in [([0; 32], [0; 32]), ([0xff; 32], [1; 32]), ([1; 32], [1; 32]), ([1; 32], [0xff; 32])] {
            let key = match algorithm {
                Algorithm::Es256k => PublicKey::Es256k { x, y },
                Algorithm::Es256 => PublicKey::Es256 { x, y },
                Algorithm::EdDsa => PublicKey::EdDsa { x },
            };
            assert_eq!(PreparedKey::new(&key).unwrap_err(), JwkError::Point);
        }
    }
}

#[test]
fn ed25519_keys_of_small_order_are_refused() {
    for text in SMALL_ORDER {
        let x = hex::decode_array(text).unwrap();
        let error = Jwk::new(PublicKey::EdDsa { x }).unwrap_err();
        assert!(matches!(error, JwkError::SmallOrder | JwkError::NotCanonical), "{text}: {error}");
    }
}

#[test]
fn ed25519_keys_have_one_encoding() {
    // y from p to 2^255 − 1 would name the same points as y − p.
    for lowest in 0xed..=0xff {
        for highest in [0x7f, 0xff] {
            let mut x = [0xff; 32];
            x[0] = lowest;
            x[31] = highest;
            assert_eq!(Jwk::new(PublicKey::EdDsa { x }), Err(JwkError::NotCanonical));
        }
    }
}

#[test]
fn secrets_out_of_range_are_no_keys() {
    for algorithm in [Algorithm::Es256k, Algorithm::Es256] {
        assert!(SigningKey::from_secret(algorithm, &[0; 32]).is_err());
        assert!(SigningKey::from_secret(algorithm, &[0xff; 32]).is_err());
    }
    let mut chance = Chance(1);
    for algorithm in ALGORITHMS {
        let key = SigningKey::generate(algorithm, &mut |bytes| chance.fill(bytes)).unwrap();
        assert_eq!(SigningKey::from_secret(algorithm, &key.secret()).unwrap().id(), key.id());
    }
}

#[test]
fn a_secret_is_never_shown() {
    for algorithm in ALGORITHMS {
        let key = key(algorithm, 3);
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.id()));
    }
}

#[test]
fn a_person_is_derived_from_the_first_key() {
    // Computed apart: base32 of the first 16 bytes of SHA3-256("piao/person/v1\0" ‖ 32 zero bytes).
    let id = piao_domain::ids::KeyId::new([0; 32]);
    assert_eq!(jwk::person(&id).to_string(), include_str!("../vectors/person_of_zeros.txt").trim());
}
