use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How far a rebuild has come, on stderr: a bar that moves on a terminal, a line now and then elsewhere.
pub(super) struct Progress {
    service: &'static str,
    /// Where the read model was before: about where it will be again.
    expected: Option<u64>,
    terminal: bool,
    told: Instant,
}

/// How often a bar moves, and how often a line is written.
const BAR_EVERY: Duration = Duration::from_millis(100);
const LINE_EVERY: Duration = Duration::from_secs(5);
const BAR_CHARS: u64 = 40;

impl Progress {
    pub(super) fn begin(service: &'static str, expected: Option<u64>) -> Self {
        Self { service, expected, terminal: std::io::stderr().is_terminal(), told: Instant::now() }
    }

    pub(super) fn reached(&mut self, height: u64) {
        let every = if self.terminal { BAR_EVERY } else { LINE_EVERY };
        if self.told.elapsed() < every {
            return;
        }
        self.told = Instant::now();
        let bar = bar(self.service, height, self.expected);
        if self.terminal { write(&format!("\r{bar}")) } else { write(&format!("{bar}\n")) }
    }

    pub(super) fn end(self, height: Option<u64>) {
        let clear = if self.terminal { "\r\u{1b}[K" } else { "" };
        match height {
            Some(height) => write(&format!("{clear}{}: rebuilt up to block {height}\n", self.service)),
            None => write(&format!("{clear}{}: the ledger has no block yet\n", self.service)),
        }
    }
}

fn bar(service: &str, height: u64, expected: Option<u64>) -> String {
    let Some(end) = expected.map(|expected| expected.max(height)) else {
        return format!("{service}: block {height}");
    };
    let full = (BAR_CHARS * height).checked_div(end).unwrap_or(BAR_CHARS);
    let bar = (0..BAR_CHARS).map(|place| if place < full { '#' } else { '.' }).collect::<String>();
    format!("{service} [{bar}] block {height} of {end}")
}

/// Where stderr is closed there is nobody to tell.
fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(height: u64, expected: Option<u64>, expect: &str) {
        assert_eq!(bar("claims", height, expected), expect);
    }

    #[test]
    fn a_bar_says_how_far_it_is_and_never_goes_past_its_end() {
        let bar = |full: usize| format!("{}{}", "#".repeat(full), ".".repeat(40 - full));
        check(7, None, "claims: block 7");
        check(0, Some(0), &format!("claims [{}] block 0 of 0", bar(40)));
        check(50, Some(200), &format!("claims [{}] block 50 of 200", bar(10)));
        check(300, Some(200), &format!("claims [{}] block 300 of 300", bar(40)));
    }
}
