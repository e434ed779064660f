//! Public keys as the ledger registers them. Checking a signature is the protocol's work.

/// The signature algorithm a key was registered with; it never changes (protocol §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on secp256k1 with SHA-256 (RFC 8812).
    Es256k,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl Algorithm {
    /// Its name in a JWS header (RFC 8812 §3.2, RFC 7518 §3.1, RFC 8037 §3.1).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256k => "ES256K",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A public key, by the coordinates that its JWK carries. That the point lies on its curve is checked where the
/// key is read (protocol), before it comes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PublicKey {
    /// A secp256k1 point.
    Es256k {
        /// Big-endian x coordinate.
        x: [u8; 32],
        /// Big-endian y coordinate.
        y: [u8; 32],
    },
    /// A P-256 point.
    Es256 {
        /// Big-endian x coordinate.
        x: [u8; 32],
        /// Big-endian y coordinate.
        y: [u8; 32],
    },
    /// An Ed25519 public key.
    EdDsa {
        /// The encoded point (RFC 8032 §5.1.2).
        x: [u8; 32],
    },
}

impl PublicKey {
    /// The algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256k { .. } => Algorithm::Es256k,
            Self::Es256 { .. } => Algorithm::Es256,
            Self::EdDsa { .. } => Algorithm::EdDsa,
        }
    }
}
