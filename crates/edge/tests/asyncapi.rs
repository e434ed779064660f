//! `schemas/asyncapi.json` is what bus and edge say, and refers to nothing that is not there.

mod asyncapi_document;

use std::path::Path;

use asyncapi_document::{FOLDER, document};
use serde_json::Value;

fn parsed() -> Value {
    serde_json::from_str(&document()).expect("JSON")
}

#[test]
fn the_document_of_the_bus_is_current() {
    let committed = std::fs::read_to_string(format!("{FOLDER}/asyncapi.json")).unwrap_or_default();
    assert!(
        committed == document(),
        "schemas/asyncapi.json: run cargo run --release -p piao-edge --example asyncapi"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let document = parsed();
    let mut found = 0;
    let mut rest = vec![&document];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(members) => {
                if let Some(to) = members.get("$ref").and_then(Value::as_str) {
                    let is_there = match to.strip_prefix('#') {
                        Some(pointer) => document.pointer(pointer).is_some(),
                        None => Path::new(FOLDER).join(to).is_file(),
                    };
                    assert!(is_there, "{to}");
                    found += 1;
                }
                rest.extend(members.values());
            }
            Value::Array(values) => rest.extend(values),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert!(found > 0);
}

/// What other people's programs are built on, written down a second time.
#[test]
fn names_on_the_bus_do_not_change() {
    let document = parsed();
    let check = |pointer: &str, expect: &str| {
        assert_eq!(document.pointer(pointer).and_then(Value::as_str), Some(expect), "{pointer}");
    };
    check("/channels/blocks/address", "block.{height}");
    check("/channels/blocks/bindings/amqp/exchange/name", "piao.blocks");
    check("/channels/commands/address", "piao.commands");
    check("/channels/commands/bindings/amqp/queue/name", "piao.commands");
    check("/channels/quarantine/bindings/amqp/queue/name", "piao.quarantine");
    let headers =
        |message: &str| document["components"]["messages"][message]["headers"]["properties"].clone();
    assert!(headers("command").get("piao-transitions").is_some());
    assert!(headers("put_aside").get("piao-reason").is_some());
}
