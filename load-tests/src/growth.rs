//! Whether memory grows with what was done: that of every process after few transitions beside that after many.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use crate::failure::Failure;
use crate::plan::Plan;
use crate::platform::Platform;
use crate::rest::Target;
use crate::watch::Watch;

/// Transitions signed at a time: what the generator holds must not be what grows.
const SIGNED_AT_ONCE: u64 = 60_000;
/// Longest time for what was signed at once.
const TIME_MAX: Duration = Duration::from_secs(480);

/// Resident memory after so many transitions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Growth {
    /// Of this measurement, over REST.
    pub(crate) transitions: u64,
    /// By program, over all its processes.
    pub(crate) resident_bytes: BTreeMap<&'static str, u64>,
}

/// Looks after as many transitions as are planned, ever more of them.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
) -> Result<Vec<Growth>, Failure> {
    let stops: &[u64] =
        plan.pick(&[90, 300], &[3_000, 10_000, 30_000], &[10_000, 100_000, 300_000, 1_000_000]);
    let clients = plan.crowd();
    let whole = plan.at_least(TIME_MAX).without_warm_up();
    let Platform { running, address, corpus, .. } = platform;
    let mut target = Target { running, address: *address, corpus, watch };
    let (mut growth, mut done) = (Vec::new(), 0);
    for stop in stops {
        while done < *stop {
            let lives = corpus.sign((stop - done).min(SIGNED_AT_ONCE).div_ceil(3))?;
            let posted = lives.iter().map(|life| life.steps.len() as u64).sum::<u64>();
            let run = target.run(&whole, clients, lives).await?;
            if let Some(surprise) = run.surprise {
                return Err(Failure::new(format!("not all was accepted: {surprise}")));
            }
            done += posted;
        }
        // With nothing to do, as it would stay.
        sleep(Duration::from_millis(plan.pick(100, 3000, 3000))).await;
        growth.push(Growth { transitions: done, resident_bytes: watch.look().await?.resident_bytes() });
    }
    Ok(growth)
}
