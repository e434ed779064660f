//! The lock storm: invoices that were presented to sixteen enterprises, all of which try to lock them, over and over. One
//! wins each, everybody else is refused, and every refusal is on the record.

mod log;
mod prepare;
mod run;
mod verdict;

use serde::Serialize;

use crate::cast::ENTERPRISES;
use crate::failure::Failure;
use crate::measured::Row;
use crate::part::Part;
use crate::plan::Plan;
use crate::platform::Platform;
use crate::watch::Watch;

/// Invoices that are fought over.
pub(crate) const INVOICES: usize = 64;

/// What became of a storm, once every receipt was looked up in the log.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Storm {
    pub(crate) seconds: f64,
    /// Of the enterprise that tried least often.
    pub(crate) attempts_each_least: u64,
    /// What it should have been at least.
    pub(crate) attempts_each_wanted: u64,
    /// Invoices that exactly one enterprise locked, exactly once.
    pub(crate) invoices_with_one_winner: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// Receipts, of refusals and of locks, that the log holds at the place which they name, under a checkpoint that the
    /// log's key signed.
    pub(crate) receipts_in_log: u64,
    /// Proof bundles of refusals that were verified, one an enterprise.
    pub(crate) bundles_verified: u64,
    /// The first thing that was not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) odd: Option<String>,
}

/// Lets it storm as often as planned, over other invoices each time.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    guess_per_second: f64,
) -> Result<(Row, Vec<Storm>), Failure> {
    let clients = plan.crowd();
    let name =
        format!("lock storm over REST: {INVOICES} invoices, {ENTERPRISES} enterprises, {clients} clients");
    let mut row = Row { clients: Some(clients), ..Row::new(Part::Storm, name, "refusals") };
    // A refusal writes less than what was asked for: many more are to be expected.
    let (mut storms, mut guess) =
        (Vec::new(), (2.0 * guess_per_second).max(plan.pick(500.0, 4000.0, 4000.0)));
    for place in 0..plan.repetitions {
        let invoices = prepare::invoices(platform).await?;
        let attempts = (plan.enough(guess * 1.5) / ENTERPRISES as u64).max(wanted(plan));
        let attempts = prepare::attempts(&platform.cast, &invoices, place, attempts)?;
        let outcome = run::run(plan, platform.address, watch, attempts, clients).await?;
        platform.running.check()?;
        guess = outcome.run.per_second();
        let storm = Storm { attempts_each_wanted: wanted(plan), ..verdict::of(platform, &outcome).await? };
        row.runs.push(outcome.run);
        storms.push(storm);
    }
    Ok((row, storms))
}

/// How often each enterprise must have tried.
const fn wanted(plan: &Plan) -> u64 {
    plan.pick(20, 200, 1000)
}

impl Storm {
    /// What is not as it should be.
    pub(crate) fn complaint(&self) -> Option<String> {
        let Self {
            attempts_each_least, attempts_each_wanted, accepted, refused, receipts_in_log, odd, ..
        } = self;
        let clean = self.invoices_with_one_winner == INVOICES as u64
            && *accepted == INVOICES as u64
            && *receipts_in_log == accepted + refused
            && self.bundles_verified == ENTERPRISES as u64
            && attempts_each_least >= attempts_each_wanted
            && odd.is_none();
        (!clean).then(|| format!("lock storm: {self:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_clean_only_where_one_wins_and_the_log_holds_all() {
        let good = Storm {
            seconds: 20.0,
            attempts_each_least: 1000,
            attempts_each_wanted: 1000,
            invoices_with_one_winner: 64,
            accepted: 64,
            refused: 20_000,
            receipts_in_log: 20_064,
            bundles_verified: 16,
            odd: None,
        };
        assert_eq!(good.complaint(), None);
        let bad = [
            Storm { attempts_each_least: 999, ..good.clone() },
            Storm { invoices_with_one_winner: 63, ..good.clone() },
            Storm { accepted: 65, receipts_in_log: 20_065, ..good.clone() },
            Storm { receipts_in_log: 20_063, ..good.clone() },
            Storm { bundles_verified: 15, ..good.clone() },
            Storm { odd: Some("503".into()), ..good },
        ];
        assert!(bad.iter().all(|storm| storm.complaint().is_some()));
    }
}
