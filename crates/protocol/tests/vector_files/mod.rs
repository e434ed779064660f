//! The files of `schemas/vectors/`, reckoned from fixed inputs: what a stranger needs to check a client of their own.

mod log;
mod transitions;

use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::encoding::{base64url, hex};
use piao_protocol::genesis::{Content, Founder, Genesis, IAT_WINDOW_SECONDS, LogKey, Parameters};
use piao_protocol::jwk::{self, Jwk};
use piao_protocol::jws::SigningKey;
use piao_protocol::sealed::Sealed;
use serde_json::{Value, json};

/// Name and text of every file.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    let genesis = genesis();
    let signed = transitions::all(&genesis);
    let signed_json = Value::from(signed.iter().map(transitions::Signed::to_json).collect::<Vec<_>>());
    vec![
        ("genesis.json", String::from_utf8(genesis.bytes().to_vec()).expect("it is JSON")),
        ("keys.json", pretty(&keys())),
        ("claim.json", pretty(&transitions::claim(&genesis))),
        ("sealed.json", pretty(&sealed())),
        ("transitions.json", pretty(&signed_json)),
        ("log.json", pretty(&log::all(&genesis, &signed))),
        ("read_tokens.json", pretty(&transitions::read_tokens(&genesis))),
        ("announcement.json", pretty(&log::announcement(&genesis, &signed))),
    ]
}

/// A key of each algorithm, its private half, and the party that signs with it. The first two are the generators of
/// their curves, the third is the first key of RFC 8032 §7.1.
pub(crate) fn signers() -> Vec<(&'static str, SigningKey, String)> {
    let mut one = [0; 32];
    one[31] = 1;
    let rfc_8032 = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let key =
        |algorithm, secret: &[u8; 32]| SigningKey::from_secret(algorithm, secret).expect("a private key");
    let enterprise = key(Algorithm::Es256k, &one);
    let bureau = key(Algorithm::Es256, &one);
    let person = key(Algorithm::EdDsa, &hex::decode_array(rfc_8032).expect("32 bytes"));
    let person_party = format!("person:{}", jwk::person(&person.id()));
    vec![
        ("ES256K", enterprise, "uscc:91440300708461136T".to_owned()),
        ("ES256", bureau, "bureau:shenzhen".to_owned()),
        ("EdDSA", person, person_party),
    ]
}

/// The seed of the log's key: RFC 8032 §7.1, test 2.
pub(crate) fn log_seed() -> [u8; 32] {
    hex::decode_array("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").expect("32 bytes")
}

pub(crate) fn pretty(value: &Value) -> String {
    // Sorted and free of what other crates ask of `serde_json`.
    let text = piao_protocol::json::canonical(value).expect("texts and integers");
    let tree: piao_protocol::json::Json = piao_protocol::json::from_str(&text).expect("it was just written");
    serde_json::to_string_pretty(&tree).expect("it came out of JSON") + "\n"
}

fn genesis() -> Genesis {
    let jwk = |key: &SigningKey| Jwk::new(*key.public()).expect("a point");
    let log = piao_protocol::checkpoint::LogSigner::from_seed(&log_seed());
    let bureaus = signers()
        .iter()
        .filter(|(_, _, party)| party.starts_with("bureau:"))
        .map(|(_, key, party)| {
            let party = piao_domain::ids::PartyId::parse(party).expect("a party");
            Founder { party, key: jwk(key) }
        })
        .collect();
    Genesis::create(&Content {
        v: 1,
        name: "vectors".to_owned(),
        time: Time::from_unix(1_790_000_000),
        seed: [0x5e; 16],
        bureaus,
        nodes: Vec::new(),
        logs: vec![LogKey { key: Jwk::new(log.public()).expect("a point") }],
        validators: Vec::new(),
        parameters: Parameters { iat_window_seconds: IAT_WINDOW_SECONDS },
    })
    .expect("a chain begins with it")
}

fn keys() -> Value {
    let rows = signers().into_iter().map(|(alg, key, party)| {
        let jwk = Jwk::new(*key.public()).expect("a point");
        json!({
            "alg": alg,
            "secret": hex::encode(&key.secret()),
            "jwk": jwk,
            "kid": jwk::kid(&key.id()),
            "party": party,
            "person_of_key": format!("person:{}", jwk::person(&key.id())),
        })
    });
    Value::from(rows.collect::<Vec<_>>())
}

fn sealed() -> Value {
    let rows = [
        json!({}),
        json!({ "remarks": "第1页\n\"€\" \u{7f} 😀" }),
        json!({ "b": [1, -9_007_199_254_740_991_i64, null, true], "a": "", "\u{e000}": 1, "\u{10000}": 2 }),
    ]
    .into_iter()
    .zip(0_u8..)
    .map(|(data, number)| {
        let salt: [u8; 32] = std::array::from_fn(|place| number * 32 + place as u8);
        let raw = json!({ "salt": base64url::encode(&salt), "data": data });
        let sealed: Sealed = piao_protocol::json::from_str(&raw.to_string()).expect("sealed data");
        let canonical = sealed.data().canonical();
        json!({ "sealed": raw, "canonical": canonical, "sealed_digest": sealed.digest() })
    });
    Value::from(rows.collect::<Vec<_>>())
}
