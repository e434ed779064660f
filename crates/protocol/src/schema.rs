//! JSON Schemas (2020-12) of all that travels, generated from the types that read it.
//!
//! A schema says what is well formed, as far as JSON Schema can: check digits, points on curves, calendars and
//! canonical bytes are beyond it.

mod bus;
mod envelope;
mod genesis;
mod outcome;
mod proof;
mod token;

use piao_domain::command::Kind;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Value, json};

use crate::json::{INTEGER_MAX, Json};

const HASH: &str = "^[0-9a-f]{64}$";
const CHAIN: &str = "^[a-z0-9][a-z0-9-]{0,31}-[0-9a-f]{32}$";
const PARTY: &str = "^(bureau:[a-z0-9][a-z0-9-]{0,31}|node:[a-z0-9][a-z0-9-]{0,31}|uscc:[0-9A-HJ-NPQRTUWXY]{18}|person:[a-z2-7]{26})$";
const BASE64URL: &str = "^[A-Za-z0-9_-]+$";

/// A file of the folder `schemas/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below that folder.
    pub path: String,
    /// Its text: indented JSON and a line feed.
    pub text: String,
}

/// Every schema file: one a transition type and one for the detail of its outcomes, then what stands around them.
#[must_use]
pub fn files() -> Vec<File> {
    let mut files = vec![
        file(
            "transition-header.json",
            "The protected header of a transition's JWS",
            &token::header(token::TRANSITION),
        ),
        file("payload.json", "What is signed: a transition of any type", &envelope::payload()),
        file(
            "sealed.json",
            "What travels beside a transition and never enters the chain",
            &envelope::sealed(),
        ),
        file("receipt.json", "What came of a transition, and where that stands", &outcome::receipt()),
        file(
            "read-token-header.json",
            "The protected header of a read token",
            &token::header(token::READ_TOKEN),
        ),
        file("read-token-claims.json", "What a read token says", &token::claims()),
        file(
            "proof-bundle.json",
            "A proof bundle: all it takes to show what came of a transition",
            &proof::bundle(),
        ),
        file("checkpoint.json", "A checkpoint: size and root of the log, signed", &proof::checkpoint()),
        file("genesis-file.json", "The genesis file: what a chain begins with", &genesis::file()),
        file("block-header.json", "What a block's hash covers", &envelope::header()),
        file(
            "block-line.json",
            "A block with its transitions and what came of them",
            &envelope::block_line(),
        ),
        file("export-line.json", "One line of a chain export", &envelope::export_line()),
        file("announcement.json", "A message that announces a block", &bus::announcement()),
        file("command.json", "A message that brings transitions to the ledger", &bus::command()),
    ];
    for kind in Kind::ALL {
        let name = kind.as_str();
        let body = format!("Body of {name}");
        files.push(file(&format!("transitions/{name}.json"), &body, &crate::body::schema(*kind)));
        let detail = format!("Detail of what comes of {name}");
        files.push(file(&format!("details/{name}.json"), &detail, &outcome::detail(*kind)));
    }
    files
}

/// One type's JSON Schema, complete in itself.
pub(crate) fn of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

fn file(path: &str, title: &str, schema: &Schema) -> File {
    let mut schema = schema.clone();
    schema.insert("$schema".to_owned(), Value::from("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), Value::from(title));
    // Through our own tree, whose members are sorted whatever features other crates ask of `serde_json`.
    let tree: Json = crate::json::canonical(&schema)
        .and_then(|text| crate::json::from_str(&text))
        .expect("a schema holds texts and integers in bounds");
    let text = serde_json::to_string_pretty(&tree).expect("it came out of JSON") + "\n";
    File { path: path.to_owned(), text }
}

/// An object of exactly these members, all of them required.
fn closed(description: &str, properties: Value) -> Schema {
    let mut required =
        properties.as_object().map_or_else(Vec::new, |members| members.keys().cloned().collect());
    // Whatever features other crates ask of `serde_json`.
    required.sort_unstable();
    json_schema!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn integer(minimum: i64) -> Value {
    json!({ "type": "integer", "minimum": minimum, "maximum": INTEGER_MAX })
}

fn described(description: &str, schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema["description"] = Value::from(description);
    schema
}
