//! What a process counts, for Prometheus.

use std::sync::Arc;

use piao_domain::command::Kind;
use piao_protocol::outcome::Outcome;
use prometheus::{
    Histogram, HistogramOpts, HistogramTimer, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// The counters of one process, by service.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    submitted: IntCounterVec,
    outcomes: IntCounterVec,
    problems: IntCounterVec,
    wait: HistogramVec,
    journalled: IntCounterVec,
    republished: IntCounterVec,
    announcements_refused: IntCounterVec,
    journal_open: IntGaugeVec,
    height: IntGaugeVec,
    lag: IntGaugeVec,
}

/// The counters of one service.
#[derive(Clone, Debug)]
pub struct ServiceMetrics {
    metrics: Metrics,
    service: Arc<str>,
    wait: Histogram,
}

impl Metrics {
    /// Fresh counters with a registry of their own.
    ///
    /// # Errors
    /// [`prometheus::Error`], which only a wrong name could bring.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["service"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let buckets = vec![0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
        let wait =
            HistogramOpts::new("piao_receipt_wait_seconds", "From journal to receipt").buckets(buckets);
        let wait = HistogramVec::new(wait, &["service"])?;
        registry.register(Box::new(wait.clone()))?;
        Ok(Self {
            submitted: counter("piao_submissions_total", "Transitions taken", &["service", "type"])?,
            outcomes: counter("piao_outcomes_total", "Receipts applied", &["service", "code"])?,
            problems: counter("piao_problems_total", "Problem documents", &["code"])?,
            journalled: counter("piao_journalled_total", "Journal rows written", &["service"])?,
            republished: counter("piao_republished_total", "Transitions published again", &["service"])?,
            announcements_refused: counter(
                "piao_announcements_refused_total",
                "Messages on the topic of blocks that the chain's ledger did not sign",
                &["service"],
            )?,
            journal_open: gauge("piao_journal_open", "Journal rows without receipt")?,
            height: gauge("piao_follow_height", "Height of the last block applied")?,
            lag: gauge("piao_follow_lag_blocks", "Blocks known of and not yet applied")?,
            wait,
            registry,
        })
    }

    /// The counters of one service.
    #[must_use]
    pub fn service(&self, name: &str) -> ServiceMetrics {
        let wait = self.wait.with_label_values(&[name]);
        ServiceMetrics { metrics: self.clone(), service: name.into(), wait }
    }

    /// Where a service registers counters of its own.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The text that `/metrics` serves.
    ///
    /// # Errors
    /// [`prometheus::Error`], which only inconsistent counters could bring.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    pub(crate) fn problem(&self, code: &str) {
        self.problems.with_label_values(&[code]).inc();
    }
}

impl ServiceMetrics {
    pub(crate) fn submitted(&self, kind: Kind) {
        self.metrics.submitted.with_label_values(&[&*self.service, kind.as_str()]).inc();
    }

    pub(crate) fn outcome(&self, outcome: &Outcome) {
        let code = outcome.code().map_or("accepted", |code| code.as_str());
        self.metrics.outcomes.with_label_values(&[&*self.service, code]).inc();
    }

    pub(crate) fn waiting(&self) -> HistogramTimer {
        self.wait.start_timer()
    }

    pub(crate) fn journalled(&self, rows: usize) {
        self.metrics.journalled.with_label_values(&[&*self.service]).inc_by(rows as u64);
    }

    pub(crate) fn republished(&self, rows: usize) {
        self.metrics.republished.with_label_values(&[&*self.service]).inc_by(rows as u64);
    }

    pub(crate) fn announcement_refused(&self) {
        self.metrics.announcements_refused.with_label_values(&[&*self.service]).inc();
    }

    pub(crate) fn journal_open(&self, rows: u64) {
        self.metrics.journal_open.with_label_values(&[&*self.service]).set(crate::db::signed(rows));
    }

    pub(crate) fn followed(&self, height: u64, lag: u64) {
        self.metrics.height.with_label_values(&[&*self.service]).set(crate::db::signed(height));
        self.metrics.lag.with_label_values(&[&*self.service]).set(crate::db::signed(lag));
    }
}
