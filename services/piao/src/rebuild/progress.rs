use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a rebuild has come, on stderr: a bar that moves on a terminal, a line now and then elsewhere.
pub(super) struct Progress {
    service: &'static str,
    /// On a terminal.
    bar: Option<ProgressBar>,
    told: Instant,
}

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    /// `expected` is where the read model was before: about where it will be again.
    pub(super) fn begin(service: &'static str, expected: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(service, expected));
        Self { service, bar, told: Instant::now() }
    }

    pub(super) fn reached(&mut self, height: u64) {
        let Some(bar) = &self.bar else {
            if self.told.elapsed() >= LINE_EVERY {
                self.told = Instant::now();
                write(&format!("{}: block {height}\n", self.service));
            }
            return;
        };
        // Blocks came meanwhile: the end moves on.
        if bar.length().is_some_and(|end| end < height) {
            bar.set_length(height);
        }
        bar.set_position(height);
    }

    pub(super) fn end(self, height: Option<u64>) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        match height {
            Some(height) => write(&format!("{}: rebuilt up to block {height}\n", self.service)),
            None => write(&format!("{}: the ledger has no block yet\n", self.service)),
        }
    }
}

fn bar(service: &'static str, expected: Option<u64>) -> ProgressBar {
    let (bar, template) = match expected {
        Some(end) => {
            (ProgressBar::new(end), "{prefix} [{bar:40}] block {pos} of {len}, {per_sec}, {eta} left")
        }
        None => (ProgressBar::no_length(), "{prefix}: block {pos}, {per_sec}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // A template that cannot be read leaves the library's own.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("##."));
    }
    bar.with_prefix(service)
}

/// Where stderr is closed there is nobody to tell.
fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_goes_past_its_end() {
        let hidden = bar("claims", Some(200));
        hidden.set_draw_target(ProgressDrawTarget::hidden());
        let mut progress = Progress { service: "claims", bar: Some(hidden.clone()), told: Instant::now() };
        for (height, end) in [(0, 200), (50, 200), (200, 200), (300, 300)] {
            progress.reached(height);
            assert_eq!((hidden.position(), hidden.length()), (height, Some(end)));
        }
    }
}
