//! What is signed: compact JWS, header, payload, body, read token.

use std::collections::{BTreeMap, BTreeSet};

use piao_domain::time::Time;
use piao_protocol::body;
use piao_protocol::encoding::base64url;
use piao_protocol::jws::{PreparedKey, TRANSITION_BYTES_MAX, Unverified, UnverifiedReadToken};

use crate::{chain, corpus, keys, text};

const BYTES_MAX: usize = TRANSITION_BYTES_MAX + 1;

/// What the keys of the vectors have signed.
fn signed() -> BTreeSet<String> {
    let vectors = include_str!("../../../../schemas/vectors/transitions.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let input = |vector: &serde_json::Value| vector["signing_input"].as_str().unwrap().to_owned();
    vectors.as_array().unwrap().iter().map(input).collect()
}

#[test]
fn a_damaged_transition_is_refused_or_kept_as_it_is_and_never_verifies() {
    let keys = keys().into_iter().map(|jwk| (jwk.id(), PreparedKey::new(jwk.key()).unwrap()));
    let keys = keys.collect::<BTreeMap<_, _>>();
    let signed = signed();
    corpus("transition", BYTES_MAX).feed(|bytes| {
        let Ok(transition) = Unverified::parse_bytes(bytes) else { return false };
        assert_eq!(transition.compact().as_bytes(), bytes);
        if let Some(key) = keys.get(&transition.kid()) {
            let known = signed.contains(transition.signing_input());
            let verifies = transition.clone().verify(key).is_ok();
            assert!(known || !verifies, "a signature over what nobody signed");
        }
        transition.decode(body::parse).is_ok()
    });
}

#[test]
fn a_damaged_header_is_refused_or_names_what_it_says() {
    let [_, payload, signature] = parts();
    corpus("header", 4_096).feed(|bytes| {
        let jws = format!("{}.{payload}.{signature}", base64url::encode(bytes));
        let Ok(transition) = Unverified::parse(jws) else { return false };
        let header: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(header["kid"], piao_protocol::jwk::kid(&transition.kid()));
        true
    });
}

#[test]
fn a_damaged_payload_is_refused_or_written_back_the_same() {
    let [header, _, signature] = parts();
    corpus("payload", BYTES_MAX).feed(|bytes| {
        let jws = format!("{header}.{}.{signature}", base64url::encode(bytes));
        let Ok(transition) = Unverified::parse(jws) else { return false };
        let payload = piao_protocol::jws::payload(transition.claims(), transition.body_text()).unwrap();
        let jws = format!("{header}.{}.{signature}", base64url::encode(payload.as_bytes()));
        let again = Unverified::parse(jws).unwrap();
        assert_eq!((again.claims(), again.body_text()), (transition.claims(), transition.body_text()));
        transition.decode(body::parse).is_ok()
    });
}

#[test]
fn a_damaged_body_of_every_type_is_refused_or_written_back_the_same() {
    corpus("body", BYTES_MAX).feed(|bytes| {
        let Some((kind, body)) = text(bytes).split_once('\n') else { return false };
        let Ok(read) = body::parse(kind, body) else { return false };
        assert_eq!(body::parse(kind, &read.render()), Ok(read), "{kind}");
        true
    });
}

#[test]
fn a_damaged_read_token_never_verifies() {
    let keys = keys().into_iter().map(|jwk| (jwk.id(), PreparedKey::new(jwk.key()).unwrap()));
    let keys = keys.collect::<BTreeMap<_, _>>();
    let (chain, now) = (chain(), Time::from_unix(1_790_000_000));
    let vectors = include_str!("../../../../schemas/vectors/read-tokens.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let input =
        |vector: &serde_json::Value| vector["token"].as_str().unwrap().rsplit_once('.').unwrap().0.to_owned();
    let accepted = vectors["rows"].as_array().unwrap().iter().filter(|row| row["expect"] == "accepted");
    let signed = accepted.map(input).collect::<BTreeSet<_>>();
    corpus("read-token", 8_192).feed(|bytes| {
        let Ok(token) = UnverifiedReadToken::parse(text(bytes)) else { return false };
        if let Some(key) = keys.get(&token.kid())
            && token.verify(key, &chain, now).is_ok()
        {
            assert!(signed.contains(text(bytes).rsplit_once('.').unwrap().0), "a token that nobody signed");
        }
        true
    });
}

/// Header, payload and signature of a good transition.
fn parts() -> [String; 3] {
    let good = include_str!("corpus/transition/01");
    let parts = good.split('.').map(str::to_owned).collect::<Vec<_>>();
    parts.try_into().unwrap()
}
