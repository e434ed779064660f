//! The vectors that strangers build clients from still hold, file by file, and our own readers take them.

#[expect(dead_code, reason = "edits are for the refusals")]
mod body_examples;
mod vector_files;

use std::fs;
use std::path::Path;

use piao_domain::command::Kind;
use piao_domain::ids::ChainId;
use piao_domain::time::Time;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::{PreparedKey, Unverified, UnverifiedReadToken};
use piao_protocol::receipt::Receipt;
use piao_protocol::{body, json};
use serde_json::Value;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/vectors").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows(name: &str) -> Vec<Value> {
    let Value::Array(rows) = serde_json::from_str(&read(name)).expect(name) else {
        panic!("{name} is a list of rows");
    };
    rows
}

#[test]
fn every_vector_follows_from_its_inputs() {
    for (name, text) in vector_files::files() {
        assert!(
            read(name) == text,
            "schemas/vectors/{name} no longer holds: the protocol itself has changed"
        );
    }
}

#[test]
fn every_type_is_signed_verified_and_read() {
    let keys = rows("keys.json");
    let signed = rows("transitions.json");
    for kind in Kind::ALL {
        assert!(signed.iter().any(|row| row["type"] == kind.as_str()), "{}", kind.as_str());
    }
    for row in signed {
        let text = |name: &str| row[name].as_str().expect(name);
        let key = keys.iter().find(|key| key["alg"] == row["alg"]).expect("a key of this algorithm");
        let jwk: Jwk = json::from_str(&key["jwk"].to_string()).expect("a key");
        let unverified = Unverified::parse(text("jws")).expect("a transition");
        let verified =
            unverified.verify(&PreparedKey::new(jwk.key()).expect("a point")).expect("its signature");
        assert_eq!(verified.id().to_string(), text("id"));
        assert_eq!(verified.signing_input(), text("signing_input"));
        assert_eq!(verified.claims().kind, text("type"));
        assert_eq!(verified.claims().party.to_string(), key["party"].as_str().expect("a party"));
        let read = verified.decode(body::parse).expect("a body");
        assert_eq!(read.body().kind().as_str(), text("type"));
    }
}

#[test]
fn every_read_token_opens_until_it_expires() {
    let keys = rows("keys.json");
    let log: Value = serde_json::from_str(&read("log.json")).expect("JSON");
    let chain = ChainId::parse(log["chain"].as_str().expect("a chain")).expect("a chain");
    for row in rows("read_tokens.json") {
        let key = keys.iter().find(|key| key["alg"] == row["alg"]).expect("a key of this algorithm");
        let jwk: Jwk = json::from_str(&key["jwk"].to_string()).expect("a key");
        let prepared = PreparedKey::new(jwk.key()).expect("a point");
        let opens = |name: &str| {
            let token = UnverifiedReadToken::parse(row["token"].as_str().expect("a token")).expect("a token");
            token.verify(&prepared, &chain, Time::from_unix(row[name].as_i64().expect(name)))
        };
        assert_eq!(
            opens("iat").expect("it is good").party().to_string(),
            row["party"].as_str().expect("a party")
        );
        assert!(opens("exp").is_err());
    }
}

#[test]
fn every_receipt_is_read() {
    let log: Value = serde_json::from_str(&read("log.json")).expect("JSON");
    for row in log["outcomes"].as_array().expect("rows") {
        let text = row["receipt"].as_str().expect("a receipt");
        assert_eq!(Receipt::parse(text).expect(text).to_json(), text);
    }
}
