//! Who an invoice names as buyer.

use std::borrow::Cow;

use piao_domain::content::{self, LegacyTaxId, Text};
use piao_domain::uscc::Uscc;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::body::BodyError;
use crate::body::leaf::{Leaf, Maybe, Of};
use crate::json::{Flaw, JsonError};

const OLD_TAX_ID: &str = "^[0-9A-Z]{15}$";

/// The members of all four types. A tagged enum of serde would buffer what it reads and then take unknown and
/// repeated members, so which belong to which type is checked by hand.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Buyer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    id: Maybe<String>,
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    name: Maybe<Of<Text>>,
}

impl JsonSchema for Buyer {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Buyer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let named = |kind: &str, description: &str, id: &str| {
            json_schema!({
                "description": description,
                "type": "object",
                "properties": {
                    "type": { "const": kind },
                    "id": { "type": "string", "pattern": id },
                    "name": { "type": "string", "pattern": Text::PATTERN },
                },
                "required": ["type", "id", "name"],
                "additionalProperties": false,
            })
        };
        let bare = |kind: &str, description: &str| {
            json_schema!({
                "description": description,
                "type": "object",
                "properties": { "type": { "const": kind } },
                "required": ["type"],
                "additionalProperties": false,
            })
        };
        json_schema!({ "oneOf": [
            named("enterprise", "An enterprise with a unified social credit code.", Uscc::PATTERN),
            named("taxpayer_15", "A taxpayer that still uses a 15-character tax id.", OLD_TAX_ID),
            bare("person", "A natural person, whose name and id are sealed."),
            bare("none", "Nobody: a retail sale."),
        ]})
    }
}

impl From<&content::Buyer> for Buyer {
    fn from(buyer: &content::Buyer) -> Self {
        let of = |kind: &str, id: Option<String>, name: Option<&Text>| Self {
            kind: kind.to_owned(),
            id: Maybe(id),
            name: Maybe(name.cloned().map(Of)),
        };
        match buyer {
            content::Buyer::Enterprise { uscc, name } => {
                of("enterprise", Some(uscc.write().into_owned()), Some(name))
            }
            content::Buyer::LegacyTaxpayer { id, name } => {
                of("taxpayer_15", Some(id.to_string()), Some(name))
            }
            content::Buyer::NaturalPerson => of("person", None, None),
            content::Buyer::Unnamed => of("none", None, None),
        }
    }
}

impl Buyer {
    /// Carries it into the domain.
    pub(super) fn into_domain(self) -> Result<content::Buyer, BodyError> {
        let wrong = |pointer: &str, fault, words: &str| JsonError::new(pointer, fault, words);
        let wrong_id = |form: &str, words: String| JsonError::new("/buyer/id", Flaw::Form, words).wants(form);
        match (self.kind.as_str(), self.id.0, self.name.into_item()) {
            ("enterprise", Some(id), Some(name)) => {
                let uscc = Uscc::read(&id).map_err(|words| wrong_id(Uscc::PATTERN, words))?;
                Ok(content::Buyer::Enterprise { uscc, name })
            }
            ("taxpayer_15", Some(id), Some(name)) => {
                let id = LegacyTaxId::parse(&id)
                    .map_err(|malformed| wrong_id(OLD_TAX_ID, malformed.to_string()))?;
                Ok(content::Buyer::LegacyTaxpayer { id, name })
            }
            ("person", None, None) => Ok(content::Buyer::NaturalPerson),
            ("none", None, None) => Ok(content::Buyer::Unnamed),
            ("enterprise" | "taxpayer_15", None, _) => {
                Err(wrong("/buyer/id", Flaw::Missing, "an id, since this type has one").wants("id").into())
            }
            ("enterprise" | "taxpayer_15", Some(_), None) => {
                Err(wrong("/buyer/name", Flaw::Missing, "a name, since this type has one")
                    .wants("name")
                    .into())
            }
            ("person" | "none", Some(_), _) => {
                Err(wrong("/buyer/id", Flaw::Unwanted, "no id: this type has none in the body").into())
            }
            ("person" | "none", None, Some(_)) => {
                Err(wrong("/buyer/name", Flaw::Unwanted, "no name: this type has none in the body").into())
            }
            (_, _, _) => {
                let words = "must be one of enterprise taxpayer_15 person none";
                Err(wrong("/buyer/type", Flaw::Form, words)
                    .wants("enterprise|taxpayer_15|person|none")
                    .into())
            }
        }
    }
}
