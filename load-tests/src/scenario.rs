//! What a clearing service does in a day and in a month, each as fast as it can and at a fixed rate.

mod month_end;
mod reads;

use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;

use crate::arrivals::Rate;
use crate::corpus::{Life, Until};
use crate::disk::Stand;
use crate::failure::Failure;
use crate::http::Read;
use crate::measured::{Row, whole};
use crate::part::Part;
use crate::plan::Plan;
use crate::platform::Platform;
use crate::rest::Target;
use crate::watch::Watch;

/// Signed for more than the run before did.
const MORE: f64 = 1.3;

/// Something that a clearing service does much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scenario {
    /// Invoices are issued, and nothing else
    Issue,
    /// Whole lives: issue, claim, lock, book, settle
    Life,
    /// 20 reads by buyers, with their read tokens, for each invoice issued
    Reads,
    /// Every enterprise locks its month's invoices in one hour, compressed
    MonthEnd,
    /// Issuing, all by one enterprise
    HotIssuer,
}

/// A scenario as it was measured, in one of two ways.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) scenario: Scenario,
    pub(crate) row: Row,
    /// Due in a second, in an open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) arrivals_per_second: Option<f64>,
    /// How many times as fast as it is an hour went by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hour_compressed: Option<f64>,
    /// Invoices that came into the database meanwhile, with what was made ready.
    pub(crate) invoices: u64,
    /// What all tables and indexes grew by meanwhile, after VACUUM.
    pub(crate) grown_bytes: u64,
}

/// Measures every scenario that is wanted, flat out and then at a share of that.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    guess_per_second: f64,
    mut progress: impl FnMut(Measured),
) -> Result<(), Failure> {
    let Platform { running, address, corpus, .. } = platform;
    let mut target = Target { running, address: *address, corpus, watch };
    let mut guess = guess_per_second.max(plan.pick(300.0, 3000.0, 3000.0));
    for scenario in plan.scenarios.iter().copied() {
        let ready = scenario.ready(plan, &mut target).await?;
        let before = Stand::look(watch.postgres()).await?;
        let row = scenario.flat_out(plan, &mut target, &ready, guess).await?;
        let between = Stand::look(watch.postgres()).await?;
        let peak = row.per_second().unwrap_or(1.0);
        progress(scenario.measured(plan, row, None, &before, &between));
        let rate = Rate::of_peak(peak, scenario.steps());
        let name = format!("{}, {} arrivals a second", scenario.name(), rate.per_second);
        let lives = async |target: &mut Target<'_>, lives| scenario.lives(plan, target, &ready, lives).await;
        let row = rate.row(Row::new(Part::Scenarios, name, "transitions"), plan, &mut target, lives).await?;
        let after = Stand::look(watch.postgres()).await?;
        progress(scenario.measured(plan, row, Some(rate), &between, &after));
        guess = guess.max(peak);
    }
    Ok(())
}

impl Scenario {
    /// As it stands in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue only",
            Self::Life => "whole lives",
            Self::Reads => "20 reads for each issue",
            Self::MonthEnd => "month's end, locks",
            Self::HotIssuer => "one hot issuer, issue only",
        }
    }

    /// Steps of a life that are measured.
    const fn steps(self) -> u32 {
        match self {
            Self::Issue | Self::Reads | Self::HotIssuer | Self::MonthEnd => 1,
            Self::Life => Until::Settled.steps(),
        }
    }

    /// What can be read in every run.
    async fn ready(self, plan: &Plan, target: &mut Target<'_>) -> Result<Vec<Life>, Failure> {
        match self {
            Self::Reads => reads::issue(plan, target).await,
            Self::Issue | Self::Life | Self::MonthEnd | Self::HotIssuer => Ok(Vec::new()),
        }
    }

    /// Makes so many lives for a run.
    async fn lives(
        self,
        plan: &Plan,
        target: &mut Target<'_>,
        ready: &[Life],
        lives: u64,
    ) -> Result<Vec<Life>, Failure> {
        let corpus = target.corpus;
        match self {
            Self::Issue => corpus.sign_issues(lives),
            Self::Life => corpus.sign_until(Until::Settled, lives),
            Self::HotIssuer => corpus.sign_issues_of_one(lives),
            Self::MonthEnd => month_end::claim(plan, target, lives).await,
            Self::Reads => {
                let reads: Vec<Arc<Read>> = corpus.reads(ready, crate::now())?;
                Ok(reads::beside(corpus.sign_issues(lives)?, &reads))
            }
        }
    }

    async fn flat_out(
        self,
        plan: &Plan,
        target: &mut Target<'_>,
        ready: &[Life],
        mut guess: f64,
    ) -> Result<Row, Failure> {
        let clients = plan.crowd();
        let name = format!("{}, flat out, {clients} clients", self.name());
        let mut row = Row { clients: Some(clients), ..Row::new(Part::Scenarios, name, "transitions") };
        for _ in 0..plan.repetitions {
            let lives = plan.enough(guess * MORE) / u64::from(self.steps()) + clients as u64;
            let lives = self.lives(plan, target, ready, lives).await?;
            let run = target.run(plan, clients, lives).await?;
            guess = run.per_second().max(plan.pick(100.0, 500.0, 500.0));
            row.runs.push(run);
        }
        Ok(row)
    }

    fn measured(self, plan: &Plan, row: Row, rate: Option<Rate>, before: &Stand, after: &Stand) -> Measured {
        let seconds = (plan.warm_up + plan.measured).as_secs_f64();
        Measured {
            scenario: self,
            row,
            arrivals_per_second: rate.map(|rate| rate.per_second),
            hour_compressed: (self == Self::MonthEnd).then_some(3600.0 / seconds),
            invoices: after.invoices.saturating_sub(before.invoices),
            grown_bytes: after.bytes.saturating_sub(before.bytes),
        }
    }
}

impl Measured {
    /// Bytes on disk for each invoice.
    pub(crate) fn bytes_an_invoice(&self) -> Option<f64> {
        (self.invoices > 0).then(|| whole(self.grown_bytes) / whole(self.invoices))
    }
}
