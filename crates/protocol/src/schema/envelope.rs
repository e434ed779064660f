//! What stands around bodies and outcomes. Their readers check more than a schema can say, so these are written by
//! hand; a test holds them against what the readers take and refuse.

use piao_domain::command::Kind;
use schemars::{Schema, json_schema};
use serde_json::json;

use super::{BASE64URL, CHAIN, HASH, PARTY, closed, described, integer, outcome, proof, text, token};
use crate::json::INTEGER_MAX;

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

/// A block's line, in an export and in an announcement (protocol §5 and §6).
pub(super) fn block_line() -> Schema {
    let members = json!({
        "header": header(),
        "transitions": {
            "description": "Compact JWS, in order.",
            "type": "array",
            "items": text(token::COMPACT),
        },
        "outcomes": { "description": "One a transition.", "type": "array", "items": outcome::outcome() },
    });
    closed("A line a block.", members)
}

/// A line of a chain export, itself exactly JCS (protocol §5).
pub(super) fn export_line() -> Schema {
    let first = json!({
        "v": { "const": 1 },
        "genesis": described("The genesis file, base64url.", &text(BASE64URL)),
    });
    let last = json!({ "checkpoint": proof::checkpoint() });
    json_schema!({ "oneOf": [
        closed("The first line.", first),
        block_line(),
        closed("The last line: a checkpoint over the last block's tree.", last),
    ]})
}
