//! A month's end: what was issued and claimed in a month is locked in one hour.

use std::time::Duration;

use crate::corpus::Life;
use crate::failure::Failure;
use crate::plan::Plan;
use crate::rest::Target;

/// Longest time for the month. What is signed can be submitted for ten minutes.
const MONTH_TIME_MAX: Duration = Duration::from_secs(240);

/// Lets so many invoices be issued and claimed, and says how they are locked.
pub(super) async fn claim(plan: &Plan, target: &mut Target<'_>, lives: u64) -> Result<Vec<Life>, Failure> {
    let mut month = target.corpus.sign(lives)?;
    // Issued, claimed: what is left is the lock.
    let locks = month.iter_mut().map(|life| life.split_off(2)).collect();
    let all = plan.at_least(MONTH_TIME_MAX).without_warm_up();
    let run = target.run(&all, plan.crowd(), month).await?;
    match run.surprise {
        None => Ok(locks),
        Some(surprise) => Err(Failure::new(format!("a month did not end well: {surprise}"))),
    }
}
