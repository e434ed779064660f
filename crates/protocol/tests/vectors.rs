//! The vectors that strangers build clients from still hold, file by file, and our own readers take them.

#[expect(dead_code, reason = "edits are for the refusals")]
mod body_examples;
mod vector_files;

use std::fs;
use std::path::Path;

use piao_domain::command::Kind;
use piao_domain::ids::ChainId;
use piao_domain::time::Time;
use piao_protocol::checkpoint::NoteKey;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::{PreparedKey, ReadTokenError, SignatureError, Unverified, UnverifiedReadToken};
use piao_protocol::proof::{Check, verify_bundle};
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
fn every_receipt_is_read() {
    let log: Value = serde_json::from_str(&read("log.json")).expect("JSON");
    for row in log["outcomes"].as_array().expect("rows") {
        let text = row["receipt"].as_str().expect("a receipt");
        assert_eq!(Receipt::parse(text).expect(text).to_json(), text);
    }
}

#[test]
fn every_read_token_comes_to_what_its_row_says() {
    let keys = rows("keys.json");
    let file: Value = serde_json::from_str(&read("read-tokens.json")).expect("JSON");
    let chain = ChainId::parse(file["chain"].as_str().expect("a chain")).expect("a chain id");
    let now = Time::from_unix(file["now"].as_i64().expect("a time"));
    for row in file["rows"].as_array().expect("rows") {
        let key = keys.iter().find(|key| key["alg"] == row["alg"]).expect("a key of this algorithm");
        let jwk: Jwk = json::from_str(&key["jwk"].to_string()).expect("a key");
        let key = PreparedKey::new(jwk.key()).expect("a point");
        let token = row["token"].as_str().expect("a token");
        let found = UnverifiedReadToken::parse(token).map(|token| token.verify(&key, &chain, now));
        let found = match found {
            Err(_) => "malformed",
            Ok(Ok(_)) => "accepted",
            Ok(Err(ReadTokenError::Audience)) => "audience",
            Ok(Err(ReadTokenError::Expired)) => "expired",
            Ok(Err(ReadTokenError::TooLong)) => "too_long",
            Ok(Err(ReadTokenError::Signature(SignatureError::Key))) => "key",
            Ok(Err(ReadTokenError::Signature(SignatureError::Algorithm))) => "algorithm",
            Ok(Err(ReadTokenError::Signature(SignatureError::Signature))) => "signature",
        };
        assert_eq!(found, row["expect"], "{row}");
    }
}

#[test]
fn every_proof_bundle_holds_or_fails_the_check_that_its_row_names() {
    let file: Value = serde_json::from_str(&read("proof-bundles.json")).expect("JSON");
    let chain = ChainId::parse(file["log_key"]["name"].as_str().expect("a name")).expect("a chain id");
    let jwk: Jwk = json::from_str(&file["log_key"]["jwk"].to_string()).expect("a key");
    let trusted = [NoteKey::of_log(&chain, &jwk).expect("a log key")];
    let rows = file["rows"].as_array().expect("rows");
    for row in rows {
        let bundle = row["bundle"].as_str().expect("a bundle");
        let fails = verify_bundle(bundle.as_bytes(), &trusted).err().map(|error| error.check.as_str());
        assert_eq!(fails, row["fails"].as_str(), "{}", row["name"]);
    }
    for check in Check::ALL {
        assert!(rows.iter().any(|row| row["fails"] == check.as_str()), "nothing fails {}", check.as_str());
    }
}
