//! The genesis file (protocol §2).

use schemars::Schema;
use serde_json::{Value, json};

use super::{closed, described, integer, text};
use crate::body::Key;
use crate::json::INTEGER_MAX;

const NAME: &str = "^[a-z0-9][a-z0-9-]{0,31}$";
const BUREAU: &str = "^bureau:[a-z0-9][a-z0-9-]{0,31}$";
const NODE: &str = "^node:[a-z0-9][a-z0-9-]{0,31}$";

/// A genesis file. Its bytes, not what they say, name the chain.
pub(super) fn file() -> Schema {
    let seed = text("^[0-9a-f]{32}$");
    let window = json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX });
    let parameters = json!({ "iat_window_seconds": described("How far a transition's iat may be from block time, seconds.", &window) });
    closed(
        "At most 1 MiB. The first 32 hex of the SHA3-256 of its bytes, spaces included, end the chain's id. Every party \
         stands in one list once, and every key in the file once, validators excepted.",
        json!({
            "v": { "const": 1 },
            "name": described("The chain's name, with which its id begins.", &text(NAME)),
            "time": described("The time of block 0, UTC seconds.", &integer(-INTEGER_MAX)),
            "seed": described("16 random bytes, hex, so that no two chains share an id.", &seed),
            "bureaus": list("The bureaus and their first keys.", 1, &founder(BUREAU)),
            "nodes": list("The instances of services that sign, and their keys.", 0, &founder(NODE)),
            "logs": list("The keys that sign checkpoints and announcements.", 1, &log_key()),
            "validators": list("The nodes that order blocks together; none where one ledger orders alone.", 0, &founder(NODE)),
            "parameters": closed("What was chosen for this chain.", parameters),
        }),
    )
}

fn founder(party: &str) -> Schema {
    let key = super::of::<Key>().to_value();
    closed(
        "A party that is there from the beginning.",
        json!({
            "party": described("Who.", &text(party)),
            "key": described("The first key, with exactly the members that RFC 7638 hashes.", &key),
        }),
    )
}

fn log_key() -> Schema {
    let key = json!({
        "kty": { "const": "OKP" },
        "crv": { "const": "Ed25519" },
        "x": text("^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"),
    });
    closed("A log key.", json!({ "key": closed("An Ed25519 key that is nobody else's.", key) }))
}

fn list(description: &str, items_min: u32, items: &Schema) -> Value {
    json!({ "description": description, "type": "array", "minItems": items_min, "items": items })
}
