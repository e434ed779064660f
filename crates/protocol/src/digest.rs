//! Digests, each with its own type and its own domain tag, so that none can pass for another.

use sha3::{Digest as _, Sha3_256};

use crate::encoding::{EncodingError, hex};

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the 32 bytes of the digest.
            #[must_use]
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Reads 64 lower-case hexadecimal digits.
            ///
            /// # Errors
            /// [`EncodingError`] for any other text.
            pub fn parse_hex(text: &str) -> Result<Self, EncodingError> {
                hex::decode_array(text).map(Self)
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(&self.0))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::wire::parsed(deserializer, Self::parse_hex)
            }
        }
    };
}

digest!(
    /// SHA3-256(`"piao/sealed/v1\0"` ‖ salt ‖ JCS(data)), protocol §3. In JSON 64 hexadecimal digits.
    SealedDigest
);
digest!(
    /// SHA3-256(`"piao/outcome/v1\0"` ‖ nonce ‖ JCS({outcome, code, detail, height, time})), protocol §5.
    OutcomeDigest
);
digest!(
    /// SHA3-256(`"piao/block/v1\0"` ‖ JCS(header)), protocol §5. In JSON 64 hexadecimal digits.
    BlockHash
);
digest!(
    /// Digest of the state after a block; 32 zero bytes until there is one (protocol §5).
    StateRoot
);
digest!(
    /// SHA3-256 of the genesis file's bytes.
    GenesisHash
);
digest!(
    /// A node of the log's Merkle tree: SHA-256 by RFC 6962 §2.1. In JSON 64 hexadecimal digits.
    TreeHash
);

impl BlockHash {
    /// What stands before the first block.
    pub const NONE: Self = Self([0; 32]);
}

impl StateRoot {
    /// There is no state root yet.
    pub const NONE: Self = Self([0; 32]);
}

/// SHA3-256 over a domain tag and parts, one after the other.
pub(crate) fn tagged(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha3_256::new();
    hash.update(tag.as_bytes());
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
