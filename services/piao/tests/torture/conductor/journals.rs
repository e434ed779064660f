//! What the journals hold when everything is well again goes, while clients go on and new rows come.

use std::time::Duration;

use piao_domain::ids::TransitionId;
use tokio::time::{Instant, interval};
use tokio_postgres::Row;

use super::{Conductor, GOES_ON_WITHIN};
use crate::checks::journals::{Rows, look};
use crate::platform::SERVICES;
use crate::postgres::rows;
use crate::running::within;

/// Between two looks: each is a connection and a question to every journal, beside the load.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Conductor<'_> {
    /// Waits until nothing is open of what is open now, or should not be any more. No other fault begins meanwhile: each
    /// row has the whole time that was promised.
    pub(super) async fn old_rows_go(&mut self) {
        let mut old = self.open_rows().await;
        let (healed, mut beat) = (Instant::now(), interval(LOOK_EVERY));
        while !old.is_empty() {
            beat.tick().await;
            // Before it is asked: what is open then was open for at least as long.
            let after = healed.elapsed();
            let (left, late) = look(&old, &self.open_rows().await, after);
            self.flaws.extend(late);
            old = left;
        }
        self.counts.slowest_journals = self.counts.slowest_journals.max(healed.elapsed());
    }

    /// Every open row, at one moment.
    async fn open_rows(&self) -> Rows {
        let open = |(_, _, schema): (_, _, &str)| format!("SELECT '{schema}', id FROM {schema}.journal");
        let query = SERVICES.map(open).join(" UNION ALL ");
        let mut told = None;
        within(GOES_ON_WITHIN, "the journals are read", async || {
            told = rows(self.platform.postgres.url(), &query).await;
            told.is_some()
        })
        .await;
        let key = |row: Row| {
            let id: [u8; 32] = row.get::<_, Vec<u8>>(1).try_into().expect("32 bytes");
            (row.get::<_, String>(0), TransitionId::new(id))
        };
        told.unwrap().into_iter().map(key).collect()
    }
}
