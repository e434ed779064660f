use std::time::Duration;

/// Longest wait that a caller may ask for, in seconds.
const WAIT_SECONDS_MAX: u64 = 30;
const WAIT_SECONDS_DEFAULT: u64 = 5;

/// How long the caller wants to wait for the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(Duration);

impl Wait {
    /// Reads `Prefer` (RFC 7240 §4.3): `wait=N` seconds, 0 to 30. A preference that cannot be honoured is ignored, as
    /// the RFC wants it: more than 30 is 30, anything unreadable 5.
    #[must_use]
    pub fn negotiate<'a>(prefer: impl Iterator<Item = &'a str>) -> Self {
        let asked = prefer.flat_map(|line| line.split(',')).find_map(|preference| {
            let (name, value) = preference.split(';').next()?.split_once('=')?;
            let seconds = value.trim().trim_matches('"').parse::<u64>().ok()?;
            name.trim().eq_ignore_ascii_case("wait").then_some(seconds)
        });
        Self(Duration::from_secs(asked.unwrap_or(WAIT_SECONDS_DEFAULT).min(WAIT_SECONDS_MAX)))
    }

    /// As long as this.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expect: u64) {
        assert_eq!(Wait::negotiate(lines.iter().copied()).duration().as_secs(), expect, "{lines:?}");
    }

    #[test]
    fn a_wait_is_0_to_30_seconds_and_5_where_none_is_asked() {
        check(&[], 5);
        check(&["wait=0"], 0);
        check(&["wait=30"], 30);
        check(&["wait=31"], 30);
        check(&["wait=18446744073709551616"], 5);
        check(&["WAIT = 7"], 7);
        check(&["respond-async, wait=10"], 10);
        check(&["respond-async", "wait=\"3\"; x=y"], 3);
        check(&["wait=-1"], 5);
        check(&["wait"], 5);
        check(&["wait=x, wait=2"], 2);
    }
}
