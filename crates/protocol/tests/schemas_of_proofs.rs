//! What the schemas say of bundles, genesis files, tokens and messages is what their readers say.

#[expect(dead_code, reason = "each test uses some of the edits")]
mod body_examples;
mod schema_checker;

use body_examples::edits;
use piao_protocol::announcement::Announcers;
use piao_protocol::checkpoint::{NoteKey, UnverifiedCheckpoint};
use piao_protocol::encoding::base64url;
use piao_protocol::export::read_block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::json;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::{Unverified, UnverifiedReadToken};
use piao_protocol::proof::{Check, verify_bundle};
use schema_checker::{allows, read};
use serde_json::Value;

const OTHERS: [&str; 10] =
    ["5", "-1", "9007199254740993", "\"\"", "\"5\"", "\"*\"", "true", "null", "[]", "{}"];

/// The tree with each place changed into something else, and with a member more or less.
fn variants(tree: &Value) -> Vec<(String, Value)> {
    let mut changed = Vec::new();
    for (path, value) in edits::places(tree) {
        for other in OTHERS {
            let other = serde_json::from_str(other).expect(other);
            changed.push((path.clone(), edits::changed(tree, &path, |place| *place = other)));
        }
        let Some(members) = value.as_object() else { continue };
        for member in members.keys().map(String::as_str).chain(["zz"]) {
            let change = |place: &mut Value| {
                if let Some(members) = place.as_object_mut()
                    && members.remove(member).is_none()
                {
                    members.insert(member.to_owned(), Value::from("zz"));
                }
            };
            changed.push((path.clone(), edits::changed(tree, &path, change)));
        }
    }
    changed
}

/// The schema allows the value and exactly those of its variants that the reader takes.
fn check(schema: &str, tree: &Value, takes: impl Fn(&str, &Value) -> bool) {
    let schema = read(schema);
    assert!(allows(&schema, tree) && takes("", tree), "{tree}");
    for (path, changed) in variants(tree) {
        assert_eq!(allows(&schema, &changed), takes(&path, &changed), "{path:?} {changed}");
    }
}

#[test]
fn schema_and_verifier_see_the_same_form_of_a_bundle() {
    let file = read("vectors/proof-bundles.json");
    let jwk: Jwk = json::from_str(&file["log_key"]["jwk"].to_string()).expect("a key");
    let rows = file["rows"].as_array().expect("rows");
    let bundle = |row: &Value| -> Value {
        let text = row["bundle"].as_str().expect("a bundle");
        serde_json::from_str(text).expect(text)
    };
    let accepted = rows.iter().map(bundle).find(|bundle| bundle["receipt"]["outcome"] == "accepted");
    let accepted = accepted.expect("a bundle of what was accepted");
    let chain = accepted["closing"]["header"]["chain"].as_str().expect("a chain");
    let chain = piao_domain::ids::ChainId::parse(chain).expect(chain);
    let trusted = [NoteKey::of_log(&chain, &jwk).expect("a log key")];
    check("proof-bundle.json", &accepted, |path, changed| {
        let Ok(text) = json::canonical(changed) else { return false };
        match verify_bundle(text.as_bytes(), &trusted).map_err(|error| error.check) {
            Ok(_) => true,
            Err(Check::Form) => false,
            // What is read by those who check it, and not with the rest.
            Err(Check::Signature) => path != "/transition",
            Err(Check::Checkpoint) => path != "/checkpoint",
            Err(
                Check::Id
                | Check::Outcome
                | Check::Block
                | Check::HeightAndTime
                | Check::Range
                | Check::Inclusion
                | Check::ClosingInclusion,
            ) => true,
        }
    });
    let schema = read("proof-bundle.json");
    // That an entry is of the other kind is a matter of form to a schema.
    let of_form = ["the_entry_of_a_block", "closed_by_a_transition"];
    for row in rows.iter().filter(|row| row["fails"] != "form") {
        let name = row["name"].as_str().expect("a name");
        assert_eq!(allows(&schema, &bundle(row)), !of_form.contains(&name), "{row}");
    }
}

#[test]
fn schema_and_reader_take_the_same_genesis_files() {
    let mut tree = read("vectors/genesis.json");
    let keys = read("vectors/keys.json");
    tree["nodes"] = serde_json::json!([{ "party": "node:ledger", "key": keys[0]["jwk"] }]);
    tree["validators"] = serde_json::json!([{ "party": "node:ledger", "key": keys[2]["jwk"] }]);
    let takes = |_: &str, changed: &Value| Genesis::parse(changed.to_string().as_bytes()).is_ok();
    check("genesis-file.json", &read("vectors/genesis.json"), takes);
    check("genesis-file.json", &tree, takes);
}

#[test]
fn schemas_and_readers_take_the_same_headers_and_claims() {
    let part = |token: &str, place: usize| -> Value {
        let part = token.split('.').nth(place).expect("three parts");
        serde_json::from_slice(&base64url::decode(part).expect(part)).expect(part)
    };
    let with = |token: &str, place: usize, changed: &Value| {
        let mut parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
        parts[place] = base64url::encode(changed.to_string().as_bytes());
        parts.join(".")
    };
    for row in read("vectors/read-tokens.json")["rows"].as_array().expect("rows") {
        let token = row["token"].as_str().expect("a token");
        if row["expect"] != "malformed" {
            let takes = |place| {
                move |_: &str, changed: &Value| {
                    UnverifiedReadToken::parse(with(token, place, changed)).is_ok()
                }
            };
            check("read-token-header.json", &part(token, 0), takes(0));
            check("read-token-claims.json", &part(token, 1), takes(1));
        }
    }
    let signed = read("vectors/transitions.json");
    let jws = signed[0]["jws"].as_str().expect("a transition");
    let takes = |_: &str, changed: &Value| Unverified::parse(with(jws, 0, changed)).is_ok();
    check("transition-header.json", &part(jws, 0), takes);
}

fn check_text(schema: &str, text: &str, taken: bool, expect: bool) {
    assert_eq!(allows(&read(schema), &Value::from(text)), expect, "{schema} {text:?}");
    assert_eq!(taken, expect, "{text:?}");
}

#[test]
fn schema_and_reader_take_the_same_checkpoints() {
    let log = read("vectors/log.json");
    let note = log["checkpoint"].as_str().expect("a note");
    for (text, expect) in [
        (note.to_owned(), true),
        (format!("{note}— witness.example/1 AAAAAAAA\n"), true),
        (note.trim_end().to_owned(), false),
        (format!("{note}\n"), false),
        (note.replacen("\n\n", "\n", 1), false),
        (note.replacen('\n', "\n0", 1), false),
        (note.replacen("— ", "- ", 1), false),
    ] {
        check_text("checkpoint.json", &text, UnverifiedCheckpoint::parse(&text).is_ok(), expect);
    }
}

#[test]
fn schema_and_reader_take_the_same_announcements() {
    let vector = read("vectors/announcement.json");
    let announced = vector["announcement"].as_str().expect("an announcement");
    let genesis = read("vectors/genesis.json").to_string();
    let announcers = Announcers::of(&Genesis::parse(genesis.as_bytes()).expect("a chain begins with it"));
    for (text, expect) in [
        (announced.to_owned(), true),
        (format!("{announced}\n"), false),
        (announced.replacen('\n', "", 1), false),
        (announced[..announced.len() - 1].to_owned(), false),
        (announced[1..].to_owned(), false),
    ] {
        check_text("announcement.json", &text, announcers.verify(text.as_bytes()).is_ok(), expect);
    }
    let line = vector["line"].as_str().expect("a line");
    check("block-line.json", &serde_json::from_str(line).expect(line), |_, changed| {
        read_block_line(&changed.to_string()).is_ok_and(|(_, transitions, _)| {
            // They are read later, one by one.
            transitions.into_iter().all(|transition| Unverified::parse(transition).is_ok())
        })
    });
}

#[test]
fn schema_and_reader_take_the_same_commands() {
    let signed = read("vectors/transitions.json");
    let jws = signed[0]["jws"].as_str().expect("a transition");
    let taken = |text: &str| text.split('\n').all(|line| Unverified::parse(line).is_ok());
    for (text, expect) in [
        (jws.to_owned(), true),
        (format!("{jws}\n{jws}"), true),
        (format!("{jws}\n\n{jws}"), false),
        (format!("{jws}{jws}"), false),
        (jws.replace('.', ""), false),
        (String::new(), false),
    ] {
        check_text("command.json", &text, taken(&text), expect);
    }
}
