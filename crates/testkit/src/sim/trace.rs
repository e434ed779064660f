//! What happened, in its order.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// Every event of a run as one number, and as text where it is wanted. Two runs with one number went the same way.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: u64,
    events: u64,
    lines: Option<Vec<String>>,
}

/// FNV-1a, 64 bits.
struct Hashing(u64);

impl fmt::Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Ok(())
    }
}

impl Trace {
    /// The number alone.
    #[must_use]
    pub const fn brief() -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, events: 0, lines: None }
    }

    /// The text, too.
    #[must_use]
    pub fn told() -> Self {
        Self { lines: Some(Vec::new()), ..Self::brief() }
    }

    pub(super) fn note(&mut self, at: Duration, who: &str, what: impl fmt::Display) {
        self.events += 1;
        let mut hashing = Hashing(self.hash);
        // A hash takes every text.
        let _ = writeln!(hashing, "{} {who} {what}", at.as_micros());
        self.hash = hashing.0;
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>10.3} {who:<10} {what}", at.as_secs_f64()));
        }
    }

    /// The number of all events so far.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// How many there were.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Their text, where it was wanted.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
