//! What travels on the bus (protocol §6). Neither is JSON as a whole, so a schema says little more than their shape.

use schemars::{Schema, json_schema};

/// A block's line, its line feed, and base64url of 64 bytes.
const ANNOUNCEMENT: &str = "^\\{[^\\n]+\\}\\n[A-Za-z0-9_-]{85}[AQgw]$";

/// Compact JWS, a line feed between two.
const COMMAND: &str = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{85}[AQgw](\\n[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{85}[AQgw])*$";

/// A block as the ledger announces it.
pub(super) fn announcement() -> Schema {
    json_schema!({
        "description": "UTF-8: the block's line (block-line.json), which is exactly JCS (RFC 8785); a line feed; 86 \
                        characters of base64url, the Ed25519 signature by a log key of the genesis file over \
                        \"piao/announcement/v1\\u0000\" ‖ SHA-256(the line and its line feed). Verify before reading.",
        "type": "string",
        "pattern": ANNOUNCEMENT,
    })
}

/// A batch of transitions on its way to the ledger.
pub(super) fn command() -> Schema {
    json_schema!({
        "description": "ASCII: compact JWS of transitions (payload.json), one a line, a line feed between two.",
        "type": "string",
        "pattern": COMMAND,
    })
}
