//! Transitions and read tokens as JWS (RFC 7515, compact serialization).
//!
//! Two steps, and no way around them: [`Unverified::parse`], then [`Unverified::verify`], the only maker of a
//! [`Verified`].

mod compact;
mod key;
mod payload;
mod read_token;
mod sign;
mod transition;
mod verify;

pub use compact::{JwsError, Part};
pub use key::PreparedKey;
pub(crate) use key::ed25519_key;
pub use payload::{Claims, Nonce, payload};
pub use read_token::{READ_TOKEN_SECONDS_MAX, ReadToken, ReadTokenError, UnverifiedReadToken};
pub use sign::{BadSecret, SigningKey};
pub use transition::{BATCH_BYTES_MAX, TRANSITION_BYTES_MAX, Transition, Undecoded, Unverified, Verified};
pub use verify::SignatureError;
pub(crate) use verify::ed25519;
