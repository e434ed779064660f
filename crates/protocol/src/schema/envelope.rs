//! What stands around bodies and outcomes. Their readers check more than a schema can say, so these are written by
//! hand; a test holds them against what the readers take and refuse.

use piao_domain::command::Kind;
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

use super::outcome;
use crate::json::INTEGER_MAX;

const HASH: &str = "^[0-9a-f]{64}$";
const CHAIN: &str = "^[a-z0-9][a-z0-9-]{0,31}-[0-9a-f]{32}$";
const PARTY: &str = "^(bureau:[a-z0-9][a-z0-9-]{0,31}|node:[a-z0-9][a-z0-9-]{0,31}|uscc:[0-9A-HJ-NPQRTUWXY]{18}|person:[a-z2-7]{26})$";
const BASE64URL: &str = "^[A-Za-z0-9_-]+$";

/// The payload of a transition's JWS (protocol §1).
pub(super) fn payload() -> Schema {
    let bodies = Kind::ALL.iter().map(|kind| {
        let (name, body) = (kind.as_str(), format!("transitions/{}.json", kind.as_str()));
        json!({ "properties": { "type": { "const": name }, "body": { "$ref": body } } })
    });
    json_schema!({
        "type": "object",
        "properties": {
            "v": { "const": 1 },
            "chain": described("The chain it is meant for: <name>-<first 32 hex of SHA3-256(genesis file)>.", &text(CHAIN)),
            "party": described("Who signs it.", &text(PARTY)),
            "nonce": described("16 to 32 random bytes, base64url.", &text("^[A-Za-z0-9_-]{22,43}$")),
            "iat": described("When it was signed, UTC seconds.", &integer(-INTEGER_MAX)),
            "type": { "description": "The transition's type.", "type": "string" },
            "body": { "description": "What it asks for, by its type.", "type": "object" },
        },
        "required": ["v", "chain", "party", "nonce", "iat", "type", "body"],
        "additionalProperties": false,
        "oneOf": bodies.collect::<Vec<_>>(),
    })
}

/// Sealed data (protocol §3).
pub(super) fn sealed() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "salt": described("32 random bytes, base64url.", &text("^[A-Za-z0-9_-]{43}$")),
            "data": {
                "description": "Personal data and free text. Numbers are integers within ±(2^53−1).",
                "type": "object",
            },
        },
        "required": ["salt", "data"],
        "additionalProperties": false,
    })
}

/// A block's header (protocol §5).
pub(super) fn header() -> Schema {
    let members = |genesis: bool| {
        let zero = |number: i64| if genesis { json!({ "const": 0 }) } else { integer(number) };
        let zeros = || if genesis { json!({ "const": "0".repeat(64) }) } else { text(HASH) };
        let root = || {
            // SHA-256 of nothing, the root of an empty tree (RFC 6962 §2.1).
            if genesis { json!({ "const": crate::log::empty_root().to_string() }) } else { text(HASH) }
        };
        let mut properties = json!({
            "v": { "const": 1 },
            "chain": text(CHAIN),
            "height": zero(1),
            "prev": described("Hash of the block before.", &zeros()),
            "time": described("Block time, UTC seconds.", &integer(-INTEGER_MAX)),
            "first": described("Index of its first entry.", &zero(0)),
            "count": described("How many transitions it holds.", &zero(0)),
            "root": described("RFC 6962 root of all entries before its closing entry.", &root()),
            "state_root": described("64 zeros until there is one.", &zeros()),
        });
        let mut required =
            vec!["v", "chain", "height", "prev", "time", "first", "count", "root", "state_root"];
        if genesis {
            properties["genesis"] = described("SHA3-256 of the genesis file.", &text(HASH));
            required.push("genesis");
        }
        let description = if genesis { "Block 0." } else { "Every other block." };
        json!({
            "description": description,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    json_schema!({ "oneOf": [members(true), members(false)] })
}

/// A line of a chain export, itself exactly JCS (protocol §5).
pub(super) fn export_line() -> Schema {
    let line = |description: &str, properties: Value, required: &[&str]| {
        json!({
            "description": description,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    let first = json!({
        "v": { "const": 1 },
        "genesis": described("The genesis file, base64url.", &text(BASE64URL)),
    });
    let block = json!({
        "header": header(),
        "transitions": {
            "description": "Compact JWS, in order.",
            "type": "array",
            "items": text("^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{86}$"),
        },
        "outcomes": { "description": "One a transition.", "type": "array", "items": outcome::outcome() },
    });
    let last = json!({
        "checkpoint": described("Signed note over the last block's tree (C2SP tlog-checkpoint).", &json!({ "type": "string" })),
    });
    json_schema!({ "oneOf": [
        line("The first line.", first, &["v", "genesis"]),
        line("A line a block.", block, &["header", "transitions", "outcomes"]),
        line("The last line.", last, &["checkpoint"]),
    ]})
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
