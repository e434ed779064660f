//! What is no transition, and what is one but proves nothing.

use piao_domain::key::Algorithm;
use piao_protocol::encoding::base64url;
use piao_protocol::jwk;
use piao_protocol::jws::{
    BATCH_BYTES_MAX, JwsError, Nonce, SignatureError, TRANSITION_BYTES_MAX, Unverified, payload,
};

use crate::given::{ALGORITHMS, BODY, CHAIN, claims, key, prepared, signed};

const PAYLOAD: &str = r#"{"v":1,"chain":"shenzhen-0123456789abcdef0123456789abcdef","party":"uscc:91440300708461136T","nonce":"BwcHBwcHBwcHBwcHBwcHBw","iat":1790000000,"type":"claim.present","body":{"a":"b"}}"#;

fn header() -> String {
    let kid = jwk::kid(&key(Algorithm::Es256k, 1).id());
    format!(r#"{{"alg":"ES256K","kid":"{kid}","typ":"piao-transition+jws"}}"#)
}

fn compact(header: &str, payload: &str) -> String {
    let encode = |text: &str| base64url::encode(text.as_bytes());
    format!("{}.{}.{}", encode(header), encode(payload), base64url::encode(&[1; 64]))
}

#[test]
fn the_rows_below_differ_from_a_good_one() {
    assert!(Unverified::parse(compact(&header(), PAYLOAD)).is_ok());
}

#[test]
fn a_header_has_three_members_and_no_other() {
    let good = header();
    let check = |bad: &str| {
        assert_ne!(bad, good);
        assert!(Unverified::parse(compact(bad, PAYLOAD)).is_err(), "{bad}");
    };
    for more in [
        r#""crit":["exp"]"#,
        r#""jwk":{}"#,
        r#""x5u":"https://example.org""#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""alg":"ES256K""#,
        r#""\u0061lg":"ES256K""#,
        r#""cty":"json""#,
        r#""typ":"piao-transition+jws""#,
    ] {
        check(&good.replacen('{', &format!("{{{more},"), 1));
        check(&good.replacen('}', &format!(",{more}}}"), 1));
    }
    for (from, to) in [
        ("\"alg\":\"ES256K\",", ""),
        ("ES256K", "none"),
        ("ES256K", "HS256"),
        ("ES256K", "es256k"),
        ("ES256K", "Ed25519"),
        ("\"ES256K\"", "null"),
        ("\"ES256K\"", "{\"ES256K\":null}"),
        ("piao-transition+jws", "JWT"),
        ("piao-transition+jws", "PIAO-TRANSITION+JWS"),
        ("\"piao-transition+jws\"", "null"),
        ("\"kid\":\"", "\"kid\":\"AA"),
        ("}", "} x"),
        ("}", "}{}"),
        ("{", "["),
        ("{", "\u{feff}{"),
    ] {
        check(&good.replacen(from, to, 1));
    }
    let kid = jwk::kid(&key(Algorithm::Es256k, 1).id());
    check(&format!(r#"["ES256K","{kid}","piao-transition+jws"]"#));
}

#[test]
fn a_payload_is_closed_and_exact() {
    let check = |bad: &str, pointer: &str| {
        assert_ne!(bad, PAYLOAD);
        match Unverified::parse(compact(&header(), bad)) {
            Err(JwsError::Json { source, .. }) => assert_eq!(source.pointer, pointer, "{bad}: {source}"),
            other => panic!("{bad}: {other:?}"),
        }
    };
    for (from, to, pointer) in [
        ("\"v\":1", "\"v\":2", "/v"),
        ("\"v\":1", "\"v\":1.0", "/v"),
        ("\"v\":1", "\"v\":1e0", "/v"),
        ("\"v\":1", "\"v\":\"1\"", "/v"),
        ("\"v\":1", "\"v\":true", "/v"),
        ("\"v\":1,", "", ""),
        ("\"v\":1", "\"v\":1,\"v\":1", "/v"),
        ("\"v\":1", "\"v\":1,\"w\":1", "/w"),
        (CHAIN, "shenzhen", "/chain"),
        ("uscc:91440300708461136T", "uscc:914403007084611360", "/party"),
        ("uscc:91440300708461136T", "enterprise:1", "/party"),
        ("BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcH", "/nonce"),
        ("BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcHBx", "/nonce"),
        ("BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcHBw==", "/nonce"),
        ("BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH", "/nonce"),
        ("1790000000", "1790000000.0", "/iat"),
        ("1790000000", "\"1790000000\"", "/iat"),
        ("1790000000", "9007199254740992", "/iat"),
        ("1790000000", "-9007199254740992", "/iat"),
        ("1790000000", "99999999999999999999", "/iat"),
        ("1790000000", "-0", "/iat"),
        ("\"type\":\"claim.present\"", "\"type\":7", "/type"),
        ("{\"a\":\"b\"}", "[]", "/body"),
        ("{\"a\":\"b\"}", "null", "/body"),
        ("{\"a\":\"b\"}", "\"x\"", "/body"),
        ("{\"a\":\"b\"}", "{\"a\":1,\"a\":2}", "/body/a"),
        ("{\"a\":\"b\"}", "{\"a\":1,\"\\u0061\":2}", "/body/a"),
        ("{\"a\":\"b\"}", "{\"a\":[{\"b\":1.5}]}", "/body/a/0/b"),
        ("{\"a\":\"b\"}", "{\"a/~\":{\"c\":9007199254740992}}", "/body/a~1~0/c"),
        ("{\"a\":\"b\"}", "{\"a\":\"\\u0000\"}", "/body/a"),
        ("{\"a\":\"b\"}", "{\"$serde_json::private::Number\":\"1.5\"}", "/body/$serde_json::private::Number"),
    ] {
        check(&PAYLOAD.replacen(from, to, 1), pointer);
    }
    check(&PAYLOAD.replace(r#"{"a":"b"}"#, &format!("{}1{}", r#"{"a":"#.repeat(33), "}".repeat(33))), &{
        format!("/body{}", "/a".repeat(32))
    });
}

#[test]
fn integers_to_the_last_that_json_carries_are_taken() {
    for number in ["9007199254740991", "-9007199254740991", "0"] {
        let payload = PAYLOAD.replace("1790000000", number);
        let transition = Unverified::parse(compact(&header(), &payload)).unwrap();
        assert_eq!(transition.claims().iat.unix().to_string(), number);
    }
}

#[test]
fn a_compact_jws_has_one_spelling() {
    let good = signed(Algorithm::Es256k, 1);
    let (signing_input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signing_input.split_once('.').unwrap();
    let check = |bad: String| assert!(Unverified::parse(bad.as_str()).is_err(), "{bad}");
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        signing_input.to_owned(),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}="),
        format!("{good}A"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.{}", &signature[..85]),
        format!("{header}.{payload}.{}", base64url::encode(&[1; 63])),
        format!("{header}.{payload}.{}", base64url::encode(&[1; 65])),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!("{header}.{}.{signature}", base64url::encode(&[0xff, 0xfe])),
        good.replace('.', ","),
    ] {
        check(bad);
    }
    assert!(matches!(Unverified::parse_bytes(&[0xff; 9]), Err(JwsError::NotCompact)));
}

#[test]
fn only_a_batch_may_be_long() {
    let sized = |kind: &str, size: usize| {
        let text = payload(&piao_protocol::jws::Claims { kind: kind.to_owned(), ..claims() }, BODY).unwrap();
        let mut spaces = 0;
        loop {
            let padded = text.replacen("{", &format!("{{{}", " ".repeat(spaces)), 1);
            let compact = compact(&header(), &padded);
            if compact.len() >= size {
                return compact;
            }
            spaces += (size - compact.len()).div_ceil(2).max(1);
        }
    };
    let check = |kind: &str, size: usize, fits: bool| {
        let text = sized(kind, size);
        assert!(text.len() >= size && text.len() <= size + 4);
        let parsed = Unverified::parse(text.as_str());
        assert_eq!(parsed.is_ok(), fits, "{kind} {size}");
        if !fits {
            assert!(matches!(parsed, Err(JwsError::TooLarge { .. })), "{kind} {size}");
        }
    };
    check("claim.present", TRANSITION_BYTES_MAX - 4, true);
    check("claim.present", TRANSITION_BYTES_MAX + 1, false);
    check("batch", TRANSITION_BYTES_MAX + 1, true);
    check("batch", BATCH_BYTES_MAX + 1, false);
    assert!(matches!(
        Unverified::parse_bytes(&vec![b'a'; BATCH_BYTES_MAX + 1]),
        Err(JwsError::TooLarge { .. })
    ));
}

#[test]
fn each_algorithm_signs_and_verifies() {
    for algorithm in ALGORITHMS {
        let transition = Unverified::parse(signed(algorithm, 1)).unwrap();
        assert_eq!(transition.algorithm(), algorithm);
        assert_eq!(*transition.claims(), claims());
        assert_eq!(transition.body_text(), BODY);
        let verified = transition.verify(&prepared(&key(algorithm, 1))).unwrap();
        let decoded = verified.decode(|kind, text| Ok::<_, ()>(format!("{kind}{text}"))).unwrap();
        let (rest, body) = decoded.take_body();
        assert_eq!(body, format!("claim.present{BODY}"));
        assert_eq!(rest.signing_input().len() + 87, rest.compact().len());
    }
}

#[test]
fn a_signature_holds_under_its_own_key_and_algorithm_only() {
    let check = |text: &str, by: (Algorithm, u8), expect: SignatureError| {
        let refused = Unverified::parse(text).unwrap().verify(&prepared(&key(by.0, by.1)));
        assert_eq!(refused.unwrap_err(), expect);
    };
    for algorithm in ALGORITHMS {
        let text = signed(algorithm, 1);
        check(&text, (algorithm, 2), SignatureError::Key);
        let (signing_input, _) = text.rsplit_once('.').unwrap();
        for zeros in [[0; 64], [0xff; 64], [1; 64]] {
            let forged = format!("{signing_input}.{}", base64url::encode(&zeros));
            check(&forged, (algorithm, 1), SignatureError::Signature);
        }
    }
    // The key that the header names, under an algorithm that is not the key's.
    let kid = jwk::kid(&key(Algorithm::Es256, 1).id());
    let header = format!(r#"{{"alg":"ES256K","kid":"{kid}","typ":"piao-transition+jws"}}"#);
    check(&compact(&header, PAYLOAD), (Algorithm::Es256, 1), SignatureError::Algorithm);
}

#[test]
fn the_signature_is_no_part_of_the_id() {
    let text = signed(Algorithm::EdDsa, 1);
    let (signing_input, _) = text.rsplit_once('.').unwrap();
    let other = format!("{signing_input}.{}", base64url::encode(&[1; 64]));
    assert_eq!(Unverified::parse(text).unwrap().id(), Unverified::parse(other).unwrap().id());
}

#[test]
fn signing_twice_gives_the_same_bytes() {
    for algorithm in ALGORITHMS {
        assert_eq!(signed(algorithm, 1), signed(algorithm, 1));
    }
}

#[test]
fn nothing_is_signed_over_a_body_that_would_be_refused() {
    for body in ["", "{", r#"{"a":1.5}"#, r#"{"a":1,"a":1}"#, "{}}"] {
        assert!(payload(&claims(), body).is_err(), "{body}");
    }
    assert!(Nonce::new(&[0; 15]).is_err());
    assert!(Nonce::new(&[0; 33]).is_err());
}
