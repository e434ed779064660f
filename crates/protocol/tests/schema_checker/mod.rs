//! The part of JSON Schema (2020-12) that our schemas use. An unknown keyword is a failure, never passed over.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

/// Reads a file of `schemas/`.
pub(crate) fn read(path: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect(path)
}

/// Whether a schema allows a value.
pub(crate) fn allows(schema: &Value, value: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { return schema == true };
    keywords.iter().all(|(keyword, wanted)| match keyword.as_str() {
        "$schema" | "title" | "description" => true,
        "type" => is_of_type(value, wanted.as_str().expect("one type")),
        "const" => value == wanted,
        "enum" => wanted.as_array().expect("a list").contains(value),
        "pattern" => value.as_str().is_none_or(|text| matches(wanted.as_str().expect("a pattern"), text)),
        "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().expect("a bound")),
        "maximum" => value.as_i64().is_none_or(|number| number <= wanted.as_i64().expect("a bound")),
        "minItems" => {
            value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().expect("a bound"))
        }
        "maxItems" => {
            value.as_array().is_none_or(|items| items.len() as u64 <= wanted.as_u64().expect("a bound"))
        }
        "uniqueItems" => value
            .as_array()
            .is_none_or(|items| items.iter().enumerate().all(|(place, item)| !items[..place].contains(item))),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| allows(wanted, item))),
        "properties" => value.as_object().is_none_or(|members| {
            members.iter().all(|(name, member)| wanted.get(name).is_none_or(|schema| allows(schema, member)))
        }),
        "required" => value.as_object().is_none_or(|members| {
            wanted
                .as_array()
                .expect("names")
                .iter()
                .all(|name| members.contains_key(name.as_str().expect("a name")))
        }),
        "additionalProperties" => {
            assert_eq!(wanted, false);
            let known = keywords["properties"].as_object().expect("properties");
            value.as_object().is_none_or(|members| members.keys().all(|name| known.contains_key(name)))
        }
        "$ref" => allows(&read(wanted.as_str().expect("a path")), value),
        "oneOf" => {
            let forms = wanted.as_array().expect("forms").iter();
            forms.filter(|form| allows(form, value)).count() == 1
        }
        other => panic!("unknown keyword {other}"),
    })
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("unknown type {other}"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).expect(pattern).is_match(text)
}
