//! The vectors that strangers build clients from still hold, file by file, and our own readers take them.

#[expect(dead_code, reason = "edits are for the refusals")]
mod body_examples;
mod vector_files;

use std::fs;
use std::path::Path;
use std::time::Instant;

use piao_domain::command::Kind;
use piao_domain::ids::ChainId;
use piao_domain::time::Time;
use piao_protocol::checkpoint::NoteKey;
use piao_protocol::encoding::base64url;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::{PreparedKey, ReadTokenError, SignatureError, Unverified, UnverifiedReadToken};
use piao_protocol::proof::{Check, verify_bundle};
use piao_protocol::receipt::Receipt;
use piao_protocol::{body, json};
use serde_json::Value;
use sha3::{Digest as _, Sha3_256};

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

/// The order of secp256k1's group (SEC 2, 2.4.1).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
    0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// The same transition with the other S, which is as good a signature of it.
fn twin(jws: &str) -> String {
    let (signing_input, signature) = jws.rsplit_once('.').expect("three parts");
    let mut signature = base64url::decode_array::<64>(signature).expect("64 bytes");
    let mut borrow = 0;
    for (place, order) in ORDER.iter().enumerate().rev() {
        let left = 256 + i32::from(*order) - i32::from(signature[32 + place]) - borrow;
        borrow = i32::from(left < 256);
        signature[32 + place] = u8::try_from(left % 256).expect("a byte");
    }
    format!("{signing_input}.{}", base64url::encode(&signature))
}

#[test]
fn an_id_that_covers_the_signature_fits_no_vector_and_makes_two_of_one_transition() {
    let id = |text: &str| {
        let digest = Sha3_256::new().chain_update("piao/transition/v1\0").chain_update(text).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (keys, began, mut twins) = (rows("keys.json"), Instant::now(), 0);
    for row in rows("transitions.json") {
        let text = |name: &str| row[name].as_str().expect(name);
        let (jws, right) = (text("jws"), text("id"));
        assert_eq!(id(text("signing_input")), right, "what is hashed here is what the protocol hashes");
        assert_ne!(id(jws), right);
        if row["alg"] != "ES256K" {
            continue;
        }
        let key = keys.iter().find(|key| key["alg"] == row["alg"]).expect("a key of this algorithm");
        let jwk: Jwk = json::from_str(&key["jwk"].to_string()).expect("a key");
        let key = PreparedKey::new(jwk.key()).expect("a point");
        let twin = twin(jws);
        let verified =
            Unverified::parse(twin.as_str()).expect("a transition").verify(&key).expect("either S");
        assert_eq!(verified.id().to_string(), right);
        assert_ne!(id(&twin), id(jws), "what was decided under one would be decided again under the other");
        twins += 1;
    }
    assert!(twins > 0, "no vector is signed by ES256K");
    println!("id covers the signature: found after {:?}", began.elapsed());
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
