//! The OpenAPI documents: current, sound to a validator that nobody here wrote, and served.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::documents::{FOLDER, documents};
use super::python;
use super::stage::platform;

fn parsed() -> Vec<(&'static str, Value)> {
    let parse = |(name, text): (_, String)| (name, serde_json::from_str(&text).expect("JSON"));
    documents().into_iter().map(parse).collect()
}

#[test]
fn every_document_is_current() {
    for (name, text) in documents() {
        let committed = std::fs::read_to_string(format!("{FOLDER}/{name}.json")).unwrap_or_default();
        assert!(committed == text, "{name}: run cargo run --release -p piao --example write_openapi");
    }
}

#[test]
fn every_write_says_how_to_wait_and_every_read_with_a_token_how_to_see_what_was_written() {
    let mut told = [0, 0];
    for (name, document) in parsed() {
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let place = format!("{name}: {method} {path}");
                let takes = |header: &str| {
                    let named =
                        |parameter: &&Value| parameter["name"] == header && parameter["in"] == "header";
                    operation["parameters"].as_array().into_iter().flatten().filter(named).count()
                };
                let answers = |status: &str, header: &str| {
                    operation["responses"][status]["headers"].get(header).is_some()
                };
                let responses = &operation["responses"];
                let writes = method == "post" && !path.ends_with(":prepare") && !path.ends_with(":check");
                let reads = !writes && responses.get("401").is_some();
                assert_eq!(
                    (takes("Prefer"), takes("Piao-Min-Height")),
                    (writes.into(), reads.into()),
                    "{place}"
                );
                let needs = operation["security"] == serde_json::json!([{"read_token": []}]);
                assert_eq!(needs, reads, "{place}: a token");
                if writes {
                    told[0] += 1;
                    assert!(answers("202", "Location") && answers("202", "Retry-After"), "{place}");
                    assert!(answers("201", "Piao-Height") && answers("409", "Piao-Height"), "{place}");
                }
                if reads {
                    told[1] += 1;
                    assert!(answers("200", "Piao-Height"), "{place}");
                }
                for status in ["429", "503"].into_iter().filter(|status| responses.get(status).is_some()) {
                    assert!(answers(status, "Retry-After"), "{place}: {status}");
                }
            }
        }
    }
    // Each once in the document of its service and once in that of all; what every service reads, oftener.
    assert!(told[0] >= 2 * 25 && told[1] >= 2 * 20, "{told:?}");
}

#[test]
fn no_document_says_the_same_thing_twice() {
    for (name, document) in parsed() {
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        find_inlined(&document["paths"], "", &mut places);
        assert_eq!(places, BTreeMap::new(), "{name}: problem documents belong under components");
    }
}

/// Schemas that are written out where a reference would do, by the title of what they are.
fn find_inlined(value: &Value, place: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            if members.get("properties").is_some_and(|properties| properties.get("retryable").is_some()) {
                found.insert(place.to_owned(), "a problem document".to_owned());
            }
            members.iter().for_each(|(name, value)| find_inlined(value, &format!("{place}/{name}"), found));
        }
        Value::Array(values) => values.iter().for_each(|value| find_inlined(value, place, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn services_that_use_one_name_mean_one_thing() {
    let mut schemas: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    let mut operations: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    for (service, document) in parsed().into_iter().filter(|(name, _)| *name != "piao") {
        for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
            let (first, known) = schemas.entry(name.clone()).or_insert((service, schema.clone()));
            assert_eq!(known, schema, "{name} of {first} and {service}");
        }
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let id = operation["operationId"].as_str().expect("an id").to_owned();
                let (first, known) = operations.entry(id).or_insert((service, operation.clone()));
                assert_eq!(known, operation, "{method} {path} of {first} and {service}");
            }
        }
    }
}

#[test]
fn every_document_is_of_the_version_that_generators_read_and_says_every_status_of_a_write() {
    for (name, document) in parsed() {
        assert_eq!(document["openapi"], "3.1.0", "{name}");
        let mut writes = 0;
        for (path, item) in document["paths"].as_object().expect("paths") {
            let write = &item["post"];
            if write["requestBody"]["content"].get("application/jose").is_none() {
                continue;
            }
            writes += 1;
            let statuses = write["responses"].as_object().expect("answers").keys().collect::<Vec<_>>();
            assert_eq!(
                statuses,
                ["200", "201", "202", "400", "401", "404", "408", "409", "413", "415", "422", "429", "503"],
                "{name}: {path}"
            );
        }
        assert!(writes > 0, "{name}: something can be written to every service");
    }
}

#[test]
fn every_answer_with_a_body_has_a_schema() {
    let mut without = Vec::new();
    for (name, document) in parsed() {
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                for (status, answer) in operation["responses"].as_object().expect("answers") {
                    // Nothing here answers 204: each answer says something.
                    let content = answer["content"].as_object();
                    let described =
                        |media: &Value| says_something(&media["schema"]) || path == "/openapi.json";
                    if !content.is_some_and(|media| !media.is_empty() && media.values().all(described)) {
                        without.push(format!("{name}: {method} {path} {status}"));
                    }
                }
            }
        }
    }
    assert_eq!(without, [""; 0]);
}

/// A reference, or a type that is more than "some object".
fn says_something(schema: &Value) -> bool {
    schema.get("$ref").is_some()
        || (schema.get("type").is_some_and(|kind| kind != "object")
            && schema["items"] != serde_json::json!({}))
        || schema.get("properties").is_some()
}

/// The ledger's documents are written by hand where the protocol's own types write the answers.
#[test]
fn document_and_schemas_name_the_same_members() {
    let (_, ledger) = parsed().into_iter().find(|(name, _)| *name == "ledger").expect("the ledger's");
    let names = |schema: &Value| {
        let members = schema["properties"].as_object().expect("properties");
        members.keys().cloned().collect::<BTreeSet<_>>()
    };
    let required = |schema: &Value| {
        let listed = schema["required"].as_array().expect("names").iter();
        listed.map(|name| name.as_str().expect("a name").to_owned()).collect::<BTreeSet<_>>()
    };
    for (component, file, widest, narrowest) in [
        ("Receipt", "receipt.json", "", ""),
        ("ProofBundle", "proof-bundle.json", "", ""),
        ("ProofBundleClosing", "proof-bundle.json", "/properties/closing", "/properties/closing"),
        ("Jwk", "proof-bundle.json", "/properties/jwk/oneOf/0", "/properties/jwk/oneOf/1"),
        ("Block", "block-line.json", "", ""),
        ("BlockHeader", "block-header.json", "/oneOf/0", "/oneOf/1"),
        ("Outcome", "block-line.json", "/properties/outcomes/items", "/properties/outcomes/items"),
    ] {
        let described = &ledger["components"]["schemas"][component];
        let text = std::fs::read_to_string(format!("{FOLDER}/../schemas/{file}")).expect(file);
        let schema: Value = serde_json::from_str(&text).expect(file);
        let at = |pointer| schema.pointer(pointer).expect(pointer);
        assert_eq!(names(described), names(at(widest)), "{component}");
        assert_eq!(required(described), required(at(narrowest)), "{component}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_validator_finds_no_fault() {
    let program = "import json, sys\n\
                   from openapi_spec_validator import OpenAPIV31SpecValidator\n\
                   for name in json.load(sys.stdin):\n\
                   \x20   document = json.load(open(name + '.json'))\n\
                   \x20   for error in OpenAPIV31SpecValidator(document).iter_errors():\n\
                   \x20       print(name, list(error.absolute_path), error.message[:300])\n";
    let names: Vec<_> = documents().into_iter().map(|(name, _)| name).collect();
    let names = serde_json::to_string(&names).expect("JSON");
    let faults = python::run(&["-c", program], Path::new(FOLDER), &names).await;
    assert_eq!(faults, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_process_serves_the_merged_document() {
    let platform = platform().await;
    let mut served = platform.get("/openapi.json").send().await.ok();
    let (_, mut merged) = parsed().into_iter().find(|(name, _)| *name == "piao").expect("the merged one");
    for document in [&mut served, &mut merged] {
        // A test's platform is named otherwise.
        document["info"]["title"] = Value::Null;
    }
    assert_eq!(served, merged);
    let page = platform.get("/docs").send().await;
    assert_eq!(page.status, 200);
    for (path, item) in merged["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            let shown = format!("<code>{} {path}</code>", method.to_uppercase());
            assert!(page.body.contains(&shown), "{shown}");
        }
    }
    platform.stop().await;
}
