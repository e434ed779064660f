//! The same work in a database that holds few invoices and many.
//!
//! The many were never decided: they are copies of rows that the services wrote, all of a life's in every table, with a
//! number, ids and places of their own. The chain knows nothing of them, and its blocks are not copied: those are only
//! ever added to and read by their height.

mod copy;
mod room;
mod template;

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio_postgres::Client;

use crate::failure::Failure;
use crate::measured::{Row, whole};
use crate::part::Part;
use crate::plan::Plan;
use crate::platform::Platform;
use crate::rest::Target;
use crate::servers::connect;
use crate::watch::Watch;
use template::Templates;

/// Lives that are copied: one of each issuer with each buyer.
const TEMPLATES: u64 = 256;

/// Clients that post them.
const LEARNERS: usize = 64;

/// Longest time for them.
const LEARN_TIME_MAX: Duration = Duration::from_secs(60);

/// A database that was filled.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Filled {
    pub(crate) invoices: u64,
    /// How many were wanted, where there was no room for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instead_of: Option<u64>,
    /// Rows written, over all tables, since the one before.
    pub(crate) rows: u64,
    pub(crate) seconds: f64,
    /// Tables and indexes.
    pub(crate) database_bytes: u64,
    pub(crate) free_bytes: u64,
}

/// Measures with few, then with many.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    mut progress: impl FnMut(Row),
) -> Result<Vec<Filled>, Failure> {
    let few = plan.pick(256, 10_000, 10_000);
    let wanted: &[u64] = plan.pick(&[1_000], &[100_000], &[10_000_000, 3_000_000]);
    let templates = learn(plan, platform, watch).await?;
    let url = platform.database.url().to_owned();
    let postgres = connect(&url).await?;
    let empty = size(&postgres).await?;
    let (mut filled, mut there, mut guess) = (Vec::new(), 0, 3000.0);
    for step in 0..2 {
        let (invoices, instead_of) = if step == 0 {
            (few, None)
        } else {
            let each = whole(size(&postgres).await?.saturating_sub(empty)) / whole(few);
            room::choose(wanted, each, room::free_bytes(&postgres).await?)?
        };
        let since = Instant::now();
        let rows = copy::fill(&url, &templates, there..invoices).await?;
        for tidying in ["VACUUM ANALYZE", "CHECKPOINT"] {
            postgres.batch_execute(tidying).await.map_err(Failure::doing("vacuuming"))?;
        }
        let seconds = since.elapsed().as_secs_f64();
        there = invoices;
        let database_bytes = size(&postgres).await?;
        let free_bytes = room::free_bytes(&postgres).await?;
        filled.push(Filled { invoices, instead_of, rows, seconds, database_bytes, free_bytes });
        let clients = plan.crowd();
        let name = format!("whole way over REST, {clients} clients, {invoices} invoices in the database");
        let Platform { running, address, corpus, .. } = &mut *platform;
        let mut target = Target { running, address: *address, corpus, watch };
        progress(target.row(Row::new(Part::Size, name, "transitions"), plan, clients, &mut guess).await?);
    }
    Ok(filled)
}

/// Lets the platform decide some lives, and reads what its services wrote of them.
async fn learn(plan: &Plan, platform: &mut Platform, watch: &Watch) -> Result<Templates, Failure> {
    let lives = platform.corpus.sign_pairs(TEMPLATES)?;
    let kept = lives.iter().map(template::Identity::of).collect::<Result<Vec<_>, _>>()?;
    let Platform { running, address, corpus, .. } = &mut *platform;
    let mut target = Target { running, address: *address, corpus, watch };
    let all = plan.at_least(LEARN_TIME_MAX).without_warm_up();
    let run = target.run(&all, LEARNERS, lives).await?;
    if let Some(surprise) = run.surprise {
        return Err(Failure::new(format!("not all lives to be copied were accepted: {surprise}")));
    }
    Templates::read(watch.postgres(), kept, platform.corpus.segments()).await
}

async fn size(postgres: &Client) -> Result<u64, Failure> {
    let text = "SELECT sum(pg_total_relation_size(relid))::int8 FROM pg_stat_user_tables";
    let row = postgres.query_one(text, &[]).await.map_err(Failure::doing("measuring the database"))?;
    Ok(u64::try_from(row.get::<_, i64>(0)).unwrap_or(0))
}
