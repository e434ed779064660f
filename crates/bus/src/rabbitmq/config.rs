//! Where the broker is and what the bus may use of it.

use std::fmt;
use std::time::Duration;

use lapin::uri::AMQPUri;

use crate::BusError;

const PREFIX_CHARS_MAX: usize = 64;

/// First part of every exchange and queue name, `[a-z0-9_.-]{1,64}`, so that two installations (or two
/// tests) share a broker without meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePrefix(String);

impl NamePrefix {
    /// # Errors
    /// [`BusError::Config`] if `text` is not `[a-z0-9_.-]{1,64}`.
    pub fn parse(text: &str) -> Result<Self, BusError> {
        let well_formed = (1..=PREFIX_CHARS_MAX).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(BusError::Config {
                what: format!("name prefix {text:?} is not [a-z0-9_.-]{{1,64}}"),
                source: None,
            })
        }
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for NamePrefix {
    fn default() -> Self {
        Self("piao".to_owned())
    }
}

/// Where the broker is and what the bus may use of it. `Debug` does not show the URL, which holds a password.
#[derive(Clone)]
pub struct RabbitConfig {
    /// `amqp://user:password@host:port/vhost`. Heartbeats are every 10 s unless it says otherwise.
    pub url: String,
    /// First part of all names.
    pub prefix: NamePrefix,
    /// Longest wait of a publish, for a connection and the confirm together.
    pub publish_wait_max: Duration,
    /// Publishes in flight at once; more wait for their turn.
    pub publishes_in_flight_max: usize,
    /// Largest message in bytes.
    pub body_bytes_max: usize,
    /// Messages sent to a consumer ahead of its acknowledgements.
    pub prefetch_messages_max: u16,
    /// Commands in the queue before the broker refuses more. It is part of the queue: the broker refuses to
    /// declare an existing queue with another value.
    pub queue_messages_max: u32,
    /// Messages in quarantine before the oldest give way. Part of the queue, as above.
    pub quarantine_messages_max: u32,
    /// Announcements kept for a slow subscriber, by the broker and once more here, before the oldest give way.
    pub blocks_max: u16,
    /// Longest time to connect or to close.
    pub connect_wait_max: Duration,
    /// Pause before the first reconnect; it doubles up to `reconnect_pause_max`.
    pub reconnect_pause_min: Duration,
    /// Longest pause between reconnects.
    pub reconnect_pause_max: Duration,
}

impl RabbitConfig {
    /// Defaults for the broker at `url`, with names that begin with `prefix`.
    #[must_use]
    pub fn new(url: impl Into<String>, prefix: NamePrefix) -> Self {
        Self {
            url: url.into(),
            prefix,
            publish_wait_max: Duration::from_secs(5),
            publishes_in_flight_max: 1_024,
            body_bytes_max: 8 << 20,
            prefetch_messages_max: 512,
            queue_messages_max: 1_000_000,
            quarantine_messages_max: 100_000,
            blocks_max: 64,
            connect_wait_max: Duration::from_secs(5),
            reconnect_pause_min: Duration::from_millis(50),
            reconnect_pause_max: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for RabbitConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitConfig").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// A configuration whose URL was parsed.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) config: RabbitConfig,
    uri: AMQPUri,
}

impl Checked {
    pub(super) fn of(config: RabbitConfig) -> Result<Self, BusError> {
        let mut uri: AMQPUri = config.url.parse().map_err(|complaint: String| BusError::Config {
            what: "the broker's URL is not amqp://user:password@host:port/vhost".to_owned(),
            source: Some(complaint.into()),
        })?;
        // Without heartbeats a broker that vanished without a word is noticed after minutes.
        uri.query.heartbeat = uri.query.heartbeat.or(Some(10));
        let connect_ms = u64::try_from(config.connect_wait_max.as_millis()).unwrap_or(u64::MAX);
        uri.query.connection_timeout = uri.query.connection_timeout.or(Some(connect_ms));
        Ok(Self { config, uri })
    }

    pub(super) fn uri(&self) -> AMQPUri {
        self.uri.clone()
    }

    pub(super) fn name(&self, last: &str) -> lapin::types::ShortString {
        format!("{}.{last}", self.config.prefix.as_str()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_prefix(text: &str, accepted: bool) {
        assert_eq!(NamePrefix::parse(text).is_ok(), accepted, "{text:?}");
    }

    #[test]
    fn a_prefix_is_short_and_plain() {
        check_prefix("piao", true);
        check_prefix("test-7.a_b", true);
        check_prefix("", false);
        check_prefix("piao#", false);
        check_prefix("Piao", false);
        check_prefix(&"p".repeat(65), false);
    }

    fn check_url(url: &str, accepted: bool) {
        let outcome = Checked::of(RabbitConfig::new(url, NamePrefix::default()));
        assert_eq!(outcome.is_ok(), accepted, "{url:?}");
    }

    #[test]
    fn only_amqp_urls_are_accepted() {
        check_url("amqp://guest:guest@127.0.0.1:5672/%2f", true);
        check_url("http://127.0.0.1", false);
        check_url("", false);
        check_url("127.0.0.1:5672", false);
    }

    #[test]
    fn debug_shows_no_password() {
        let config = RabbitConfig::new("amqp://user:hunter2@127.0.0.1", NamePrefix::default());
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
