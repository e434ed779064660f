//! The JSON Schemas of all that travels, generated from the types that read it.

use piao_domain::command::Kind;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// One type's JSON Schema (draft 2020-12), complete in itself.
pub(crate) fn of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// The JSON Schema of a transition type's body, as indented JSON.
#[must_use]
pub fn body(kind: Kind) -> String {
    text(&crate::body::schema(kind))
}

fn text(schema: &Schema) -> String {
    serde_json::to_string_pretty(schema).expect("a schema is JSON already") + "\n"
}
