//! The table of times at the end of a run.

use std::fmt;
use std::time::Duration;

/// One row per stage that ran, in the order they ran.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(&'static str, Duration, bool)>,
}

impl Report {
    pub(crate) fn add(&mut self, stage: &'static str, took: Duration, passed: bool) {
        self.rows.push((stage, took, passed));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:<8} {:>9}", "stage", "seconds")?;
        for (stage, took, passed) in &self.rows {
            let mark = if *passed { "" } else { "  FAILED" };
            writeln!(out, "{stage:<8} {:>9.1}{mark}", took.as_secs_f64())?;
        }
        let total: Duration = self.rows.iter().map(|(_, took, _)| *took).sum();
        writeln!(out, "{:<8} {:>9.1}", "total", total.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_marks_what_failed_and_adds_up() {
        let mut report = Report::default();
        report.add("format", Duration::from_millis(1_260), true);
        report.add("tidy", Duration::from_millis(140), false);
        assert_eq!(
            report.to_string(),
            "stage      seconds\nformat         1.3\ntidy           0.1  FAILED\ntotal          1.4\n"
        );
    }
}
