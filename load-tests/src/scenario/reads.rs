//! Reads beside writes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::corpus::Life;
use crate::failure::Failure;
use crate::http::{Connection, Read};
use crate::plan::Plan;
use crate::rest::Target;

/// Reads for each invoice issued.
const READS: usize = 20;
/// Longest time until invoices can be read that were issued.
const READABLE_WAIT_MAX: Duration = Duration::from_secs(60);
/// Before one is asked for again.
const PAUSE: Duration = Duration::from_millis(20);

/// Lets invoices be issued that are read afterwards.
pub(super) async fn issue(plan: &Plan, target: &mut Target<'_>) -> Result<Vec<Life>, Failure> {
    let lives = target.corpus.sign_issues(plan.pick(64, 4096, 16_384))?;
    let posted = lives.iter().map(Life::without_reads).collect();
    let all = plan.at_least(READABLE_WAIT_MAX).without_warm_up();
    let run = target.run(&all, plan.crowd(), posted).await?;
    if let Some(surprise) = run.surprise {
        return Err(Failure::new(format!("not all that is to be read was issued: {surprise}")));
    }
    // Whoever has a receipt may be ahead of what is read, which follows the blocks: the last ones were in these.
    let last = &lives[lives.len().saturating_sub(plan.crowd())..];
    let mut connection = Connection::open(target.address).await?;
    let since = Instant::now();
    for read in target.corpus.reads(last, crate::now())? {
        while connection.read(&read).await?.status != 200 {
            if since.elapsed() > READABLE_WAIT_MAX {
                return Err(Failure::new(format!("{} cannot be read", read.path)));
            }
            sleep(PAUSE).await;
        }
    }
    Ok(lives)
}

/// Gives each life its reads, of what is there in turns.
pub(super) fn beside(mut lives: Vec<Life>, reads: &[Arc<Read>]) -> Vec<Life> {
    let mut next = reads.iter().cycle();
    for life in &mut lives {
        life.reads = next.by_ref().take(READS).cloned().collect();
    }
    lives
}
