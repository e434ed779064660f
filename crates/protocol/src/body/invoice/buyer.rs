//! Who an invoice names as buyer.

use std::borrow::Cow;

use piao_domain::content::{self, LegacyTaxId, Text};
use piao_domain::uscc::Uscc;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::body::BodyError;
use crate::body::leaf::{Leaf, Maybe, Of, door};

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
            named("taxpayer_15", "A taxpayer that still uses a 15-character tax id.", "^[0-9A-Z]{15}$"),
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
        let wrong_id = |reason: String| BodyError::member("/buyer/id", reason);
        match (self.kind.as_str(), self.id.0, self.name.into_item()) {
            ("enterprise", Some(id), Some(name)) => {
                let uscc = Uscc::read(&id).map_err(wrong_id)?;
                Ok(content::Buyer::Enterprise { uscc, name })
            }
            ("taxpayer_15", Some(id), Some(name)) => {
                let id = door(LegacyTaxId::parse(&id)).map_err(wrong_id)?;
                Ok(content::Buyer::LegacyTaxpayer { id, name })
            }
            ("person", None, None) => Ok(content::Buyer::NaturalPerson),
            ("none", None, None) => Ok(content::Buyer::Unnamed),
            ("enterprise" | "taxpayer_15", None, _) => {
                Err(BodyError::member("/buyer/id", "an id, since this type has one"))
            }
            ("enterprise" | "taxpayer_15", Some(_), None) => {
                Err(BodyError::member("/buyer/name", "a name, since this type has one"))
            }
            ("person" | "none", Some(_), _) => {
                Err(BodyError::member("/buyer/id", "no id: this type has none in the body"))
            }
            ("person" | "none", None, Some(_)) => {
                Err(BodyError::member("/buyer/name", "no name: this type has none in the body"))
            }
            (_, _, _) => {
                Err(BodyError::member("/buyer/type", "must be one of enterprise taxpayer_15 person none"))
            }
        }
    }
}
