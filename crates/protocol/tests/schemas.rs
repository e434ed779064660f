//! The folder `schemas/` is what the types say, and says of bodies and outcomes what their readers say.

#[expect(dead_code, reason = "each test uses some of the edits")]
mod body_examples;
mod schema_checker;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use body_examples::{EXAMPLES, edits};
use piao_protocol::{block, body, json, schema, sealed};
use schema_checker::{allows, read};
use serde_json::Value;

const HOW: &str = "run: cargo run --release -p piao-protocol --example schemas";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

#[test]
fn schemas_are_current() {
    let files = schema::files();
    for file in &files {
        let found = fs::read_to_string(root().join(&file.path)).unwrap_or_default();
        assert!(found == file.text, "schemas/{} is not what the types say; {HOW}", file.path);
    }
    let mut known = files.iter().map(|file| file.path.clone()).collect::<BTreeSet<_>>();
    // Held against what the edge and the bus say by a test of piao-edge.
    known.insert("asyncapi.json".to_owned());
    for folder in ["", "transitions/", "details/"] {
        for entry in fs::read_dir(root().join(folder)).expect(folder) {
            let entry = entry.expect(folder);
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            let is_file = entry.file_type().expect("a type").is_file();
            assert!(
                !is_file || !path.ends_with(".json") || known.contains(&path),
                "schemas/{path} belongs to no type; remove it"
            );
        }
    }
}

#[test]
fn every_body_that_is_read_is_allowed() {
    for (kind, raw) in EXAMPLES {
        let schema = read(&format!("transitions/{kind}.json"));
        assert!(allows(&schema, &serde_json::from_str(raw).expect(raw)), "{kind} {raw}");
    }
}

/// Where the schema and the reader see the same thing, they say the same: members too much, too few, null, of another
/// type, out of bounds.
#[test]
fn schemas_and_readers_refuse_the_same_bodies() {
    let others = ["5", "-1", "9007199254740993", "\"\"", "\"5\"", "\"*\"", "true", "null", "[]", "{}"];
    for (kind, raw) in EXAMPLES {
        let schema = read(&format!("transitions/{kind}.json"));
        let tree: Value = serde_json::from_str(raw).expect(raw);
        let mut changed = Vec::new();
        for (path, value) in edits::places(&tree) {
            for other in others {
                changed.push(edits::changed(&tree, &path, |place| {
                    *place = serde_json::from_str(other).expect(other);
                }));
            }
            let members = value.as_object().into_iter().flat_map(|members| members.keys().cloned());
            for member in members.chain(["zz".to_owned()]) {
                changed.push(edits::changed(&tree, &path, |place| {
                    if let Some(members) = place.as_object_mut()
                        && members.remove(&member).is_none()
                    {
                        members.insert(member.clone(), Value::from("zz"));
                    }
                }));
            }
        }
        for changed in changed {
            // That price and quantity come together is beyond this schema.
            let alone = |line: &Value| line.get("price").is_some() != line.get("quantity").is_some();
            if changed
                .pointer("/lines")
                .and_then(Value::as_array)
                .is_some_and(|lines| lines.iter().any(alone))
            {
                continue;
            }
            let read = body::parse(kind, &changed.to_string());
            assert_eq!(allows(&schema, &changed), read.is_ok(), "{kind} {changed} {read:?}");
        }
    }
}

#[test]
fn headers_that_are_read_are_allowed_and_others_are_not() {
    let schema = read("block-header.json");
    let zeros = "0".repeat(64);
    let first = format!(
        r#"{{"v":1,"chain":"test-{}","height":0,"prev":"{zeros}","time":1790000000,"first":0,"count":0,"root":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","state_root":"{zeros}","genesis":"{}"}}"#,
        "0a".repeat(16),
        "0b".repeat(32),
    );
    let next = format!(
        r#"{{"v":1,"chain":"test-{}","height":1,"prev":"{}","time":1790000001,"first":1,"count":2,"root":"{}","state_root":"{zeros}"}}"#,
        "0a".repeat(16),
        "0c".repeat(32),
        "0d".repeat(32),
    );
    for raw in [first, next] {
        let tree: Value = serde_json::from_str(&raw).expect(&raw);
        for (path, _) in edits::places(&tree) {
            for other in ["0", "1", "-1", "\"\"", "null", "{}"] {
                let changed = edits::changed(&tree, &path, |place| {
                    *place = serde_json::from_str(other).expect(other);
                });
                let read = json::from_str::<block::Header>(&changed.to_string());
                // A time before 1970 is allowed and a height of a block with transitions is free.
                assert_eq!(allows(&schema, &changed), read.is_ok(), "{changed} {read:?}");
            }
        }
        assert!(allows(&schema, &tree) && json::from_str::<block::Header>(&raw).is_ok(), "{raw}");
    }
}

#[test]
fn sealed_data_that_is_read_is_allowed_and_other_is_not() {
    let schema = read("sealed.json");
    let salt = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for (raw, expect) in [
        (format!(r#"{{"salt":"{salt}","data":{{}}}}"#), true),
        (format!(r#"{{"salt":"{salt}","data":{{"remarks":"备注","lines":[1,null,true]}}}}"#), true),
        (format!(r#"{{"salt":"{salt}","data":[]}}"#), false),
        (format!(r#"{{"salt":"{salt}"}}"#), false),
        (format!(r#"{{"salt":"{salt}","data":{{}},"zz":1}}"#), false),
        (r#"{"salt":"AAAA","data":{}}"#.to_owned(), false),
    ] {
        assert_eq!(allows(&schema, &serde_json::from_str(&raw).expect(&raw)), expect, "{raw}");
        assert_eq!(json::from_str::<sealed::Sealed>(&raw).is_ok(), expect, "{raw}");
    }
}

#[test]
fn what_the_vectors_hold_is_allowed() {
    let payload = read("payload.json");
    let signed = read("vectors/transitions.json");
    let signed = signed.as_array().expect("rows");
    for row in signed {
        let text = row["payload"].as_str().expect("a payload");
        let claims: Value = serde_json::from_str(text).expect(text);
        assert!(allows(&payload, &claims), "{text}");
        for (member, other) in [("type", "party.rename"), ("v", "1"), ("chain", "here"), ("nonce", "AAAA")] {
            let wrong = edits::changed(&claims, &format!("/{member}"), |place| *place = Value::from(other));
            assert!(!allows(&payload, &wrong), "{wrong}");
        }
    }
    let log = read("vectors/log.json");
    for row in log["outcomes"].as_array().expect("rows") {
        let text = row["receipt"].as_str().expect("a receipt");
        let receipt: Value = serde_json::from_str(text).expect(text);
        assert!(allows(&read("receipt.json"), &receipt), "{text}");
        let of = signed.iter().find(|signed| signed["id"] == receipt["transition"]).expect("its transition");
        let detail = format!("details/{}.json", of["type"].as_str().expect("a type"));
        assert!(allows(&read(&detail), &receipt["detail"]), "{text}");
    }
    for row in read("vectors/sealed.json").as_array().expect("rows") {
        assert!(allows(&read("sealed.json"), &row["sealed"]), "{row}");
    }
}

#[test]
fn lines_of_an_export_are_allowed() {
    let schema = read("export-line.json");
    let (log, signed) = (read("vectors/log.json"), read("vectors/transitions.json"));
    let header = |place: usize| -> Value {
        let text = log["blocks"][place]["header"].as_str().expect("a header");
        serde_json::from_str(text).expect(text)
    };
    let outcome = |row: &Value| -> Value {
        let text = row["decided"].as_str().expect("an outcome");
        let decided: Value = serde_json::from_str(text).expect(text);
        serde_json::json!({
            "outcome": decided["outcome"], "code": decided["code"], "detail": decided["detail"],
        })
    };
    let outcomes = log["outcomes"].as_array().expect("rows").iter().map(outcome).collect::<Vec<_>>();
    for line in [
        serde_json::json!({ "v": 1, "genesis": log["genesis_base64url"] }),
        serde_json::json!({ "header": header(0), "transitions": [], "outcomes": [] }),
        serde_json::json!({ "header": header(1), "transitions": [signed[0]["jws"]], "outcomes": outcomes }),
        serde_json::json!({ "checkpoint": log["checkpoint"] }),
    ] {
        assert!(allows(&schema, &line), "{line}");
        let wider = edits::changed(&line, "", |line| line["zz"] = Value::from(1));
        assert!(!allows(&schema, &wider), "{wider}");
    }
}
