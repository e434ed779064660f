//! Blocks: what the ledger announces to services.

use bytes::Bytes;
use tokio::sync::broadcast;

use crate::BusError;

/// Longest service name, in characters.
pub const SERVICE_NAME_CHARS_MAX: usize = 32;

/// Name of a service as it subscribes: `[a-z_]{1,32}`, for instance `issuance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// # Errors
    /// [`BusError::Config`] if `text` is not `[a-z_]{1,32}`.
    pub fn parse(text: &str) -> Result<Self, BusError> {
        let well_formed = (1..=SERVICE_NAME_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(BusError::Config {
                what: format!("service name {text:?} is not [a-z_]{{1,32}}"),
                source: None,
            })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Says that the ledger committed a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockHint {
    /// Height of the block, from 0.
    pub height: u64,
    /// What the ledger announced, opaque here.
    pub body: Bytes,
}

/// Receives block announcements while it lives.
///
/// Its memory is bounded: when the reader is slower than the ledger the oldest are dropped. Announcements
/// may also repeat, or stop while the broker is away. A follower compares heights and asks the ledger for
/// what is missing, also when it has heard nothing for a while.
#[derive(Debug)]
pub struct BlockSubscriber {
    announced: broadcast::Receiver<BlockHint>,
}

impl BlockSubscriber {
    /// A subscriber of a channel that an implementor of [`crate::Bus`] feeds.
    #[must_use]
    pub fn new(announced: broadcast::Receiver<BlockHint>) -> Self {
        Self { announced }
    }

    /// The next announcement, or `None` once the bus was closed. Cancel safe.
    pub async fn recv(&mut self) -> Option<BlockHint> {
        loop {
            match self.announced.recv().await {
                Ok(hint) => return Some(hint),
                Err(broadcast::error::RecvError::Lagged(blocks)) => {
                    tracing::debug!(blocks, "block announcements dropped, the follower is behind");
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, accepted: bool) {
        assert_eq!(ServiceName::parse(text).is_ok(), accepted, "{text:?}");
    }

    #[test]
    fn only_lower_case_names_are_service_names() {
        check("issuance", true);
        check("a_b", true);
        check(&"x".repeat(32), true);
        check(&"x".repeat(33), false);
        check("", false);
        check("Issuance", false);
        check("a.b", false);
        check("发票", false);
    }
}
