//! JSON Schemas (2020-12) of all that travels, generated from the types that read it.
//!
//! A schema says what is well formed, as far as JSON Schema can: check digits, points on curves, calendars and
//! canonical bytes are beyond it.

mod envelope;
mod outcome;

use piao_domain::command::Kind;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::json::Json;

/// A file of the folder `schemas/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below that folder.
    pub path: String,
    /// Its text: indented JSON and a line feed.
    pub text: String,
}

/// Every schema file: one a transition type and one for the detail of its outcomes, the payload around it, receipt,
/// sealed data, block header, chain export.
#[must_use]
pub fn files() -> Vec<File> {
    let mut files = vec![
        file("payload.json", "What is signed: a transition of any type", &envelope::payload()),
        file(
            "sealed.json",
            "What travels beside a transition and never enters the chain",
            &envelope::sealed(),
        ),
        file("receipt.json", "What came of a transition, and where that stands", &outcome::receipt()),
        file("block-header.json", "What a block's hash covers", &envelope::header()),
        file("export-line.json", "One line of a chain export", &envelope::export_line()),
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
