//! Protected headers, and the claims of a read token (interfaces: REST; protocol §1).

use schemars::Schema;
use serde_json::json;

use super::{CHAIN, PARTY, closed, described, integer, text};
use crate::json::INTEGER_MAX;
use crate::jws::READ_TOKEN_SECONDS_MAX;

/// A compact JWS whose signature is 64 bytes.
pub(super) const COMPACT: &str = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{85}[AQgw]$";

/// 32 bytes.
const KID: &str = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$";

/// `typ` of a transition.
pub(super) const TRANSITION: &str = "piao-transition+jws";

/// `typ` of a read token.
pub(super) const READ_TOKEN: &str = "JWT";

/// The header of a JWS with that `typ`: nothing else is allowed, `crit`, `jwk`, `x5u` and `b64` neither.
pub(super) fn header(typ: &str) -> Schema {
    let alg = json!({ "enum": ["ES256K", "ES256", "EdDSA"] });
    closed(
        "Nothing else is allowed: no crit, jwk, x5u or b64.",
        json!({
            "alg": described("The algorithm that the key was registered with.", &alg),
            "kid": described("RFC 7638 SHA-256 thumbprint of the signer's JWK, base64url.", &text(KID)),
            "typ": { "const": typ },
        }),
    )
}

/// What a read token says, beside its header.
pub(super) fn claims() -> Schema {
    let good_for = format!(
        "Until when it is good, UTC seconds; at most {READ_TOKEN_SECONDS_MAX} ahead of the server's clock."
    );
    closed(
        "A JWT (RFC 7519) that the reader signs with a registered, live key of its own; at most 4 KiB in compact form.",
        json!({
            "iss": described("Who reads.", &text(PARTY)),
            "aud": described("The chain's id.", &text(CHAIN)),
            "iat": described("When it was signed, UTC seconds.", &integer(-INTEGER_MAX)),
            "exp": described(&good_for, &integer(-INTEGER_MAX)),
        }),
    )
}
