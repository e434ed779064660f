use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far something has come that goes through blocks, on stderr: a bar that moves on a terminal, a line now and then elsewhere.
pub(crate) struct Progress {
    what: &'static str,
    /// On a terminal.
    bar: Option<ProgressBar>,
    told: Instant,
}

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    /// `expected` is about where it will end.
    pub(crate) fn begin(what: &'static str, expected: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(what, expected));
        Self { what, bar, told: Instant::now() }
    }

    pub(crate) fn reached(&mut self, height: u64) {
        let Some(bar) = &self.bar else {
            if self.told.elapsed() >= LINE_EVERY {
                self.told = Instant::now();
                write(&format!("{}: block {height}\n", self.what));
            }
            return;
        };
        // Blocks came meanwhile: the end moves on.
        if bar.length().is_some_and(|end| end < height) {
            bar.set_length(height);
        }
        bar.set_position(height);
    }

    /// Takes the bar away and says nothing: what came of it is told otherwise.
    pub(crate) fn clear(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    /// Takes the bar away and says what came of it.
    pub(crate) fn end(self, told: &str) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        write(&format!("{}: {told}\n", self.what));
    }
}

fn bar(what: &'static str, expected: Option<u64>) -> ProgressBar {
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
    bar.with_prefix(what)
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
        let mut progress = Progress { what: "claims", bar: Some(hidden.clone()), told: Instant::now() };
        for (height, end) in [(0, 200), (50, 200), (200, 200), (300, 300)] {
            progress.reached(height);
            assert_eq!((hidden.position(), hidden.length()), (height, Some(end)));
        }
    }
}
