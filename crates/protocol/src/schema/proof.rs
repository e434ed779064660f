//! Proof bundles and checkpoints (protocol §5).

use schemars::{Schema, json_schema};
use serde_json::json;

use super::{HASH, closed, described, text, token};
use crate::body::Key;

/// `0x01 ‖ transition id ‖ outcome digest`, 65 bytes.
const TRANSITION_ENTRY: &str = "^A[Q-Za-f][A-Za-z0-9_-]{84}[AEIMQUYcgkosw048]$";

/// `0x02 ‖ block hash ‖ state root`, 65 bytes.
const CLOSING_ENTRY: &str = "^A[g-v][A-Za-z0-9_-]{84}[AEIMQUYcgkosw048]$";

/// Origin, size and root, a line each; a blank line; signature lines.
const NOTE: &str = "^[a-z0-9][a-z0-9-]{0,31}-[0-9a-f]{32}\\n(0|[1-9][0-9]{0,15})\\n[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\\n\\n(— [^ \\n+]+ [A-Za-z0-9+/]+={0,2}\\n){1,16}$";

/// A bundle file, itself exactly JCS.
pub(super) fn bundle() -> Schema {
    let path = json!({
        "description": "Inclusion path under the checkpoint, from the leaf up: SHA-256 hashes, hex (RFC 6962 §2.1.1).",
        "type": "array",
        "items": text(HASH),
    });
    let closing = json!({
        "entry": described("0x02 ‖ block hash ‖ state root: 65 bytes, base64url.", &text(CLOSING_ENTRY)),
        "path": path,
        "header": { "$ref": "block-header.json" },
    });
    closed(
        "At most 1 MiB, and the bytes are exactly the JCS (RFC 8785) of this, with no line feed at the end.",
        json!({
            "v": { "const": 1 },
            "transition": described("Compact JWS, as its signer made it.", &text(token::COMPACT)),
            "jwk": described("The signer's public key; its thumbprint is the transition's kid.", &super::of::<Key>().to_value()),
            "receipt": { "$ref": "receipt.json" },
            "entry": described("0x01 ‖ transition id ‖ outcome digest: 65 bytes, base64url.", &text(TRANSITION_ENTRY)),
            "path": path,
            "closing": closed("The entry that closes the block, and the header that it is of.", closing),
            "checkpoint": checkpoint(),
        }),
    )
}

/// A signed note, as a text.
pub(super) fn checkpoint() -> Schema {
    json_schema!({
        "description": "C2SP signed note (tlog-checkpoint), at most 16 KiB: chain id, number of entries, base64 of the \
                        SHA-256 root, a line each; a blank line; `— <key name> <base64 of key id and signature>`, a line each.",
        "type": "string",
        "pattern": NOTE,
    })
}
