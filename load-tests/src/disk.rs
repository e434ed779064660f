//! What the platform's database has grown to, once it was vacuumed.

use serde::Serialize;
use tokio_postgres::Client;

use crate::failure::Failure;
use crate::measured::whole;

/// All tables and indexes of a database.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Disk {
    /// Transitions that they hold.
    pub(crate) transitions: u64,
    pub(crate) bytes: u64,
    /// By schema, largest first.
    pub(crate) schemas: Vec<(String, u64)>,
}

/// How large all tables and indexes are, and for how many invoices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand {
    pub(crate) bytes: u64,
    pub(crate) invoices: u64,
}

impl Stand {
    /// Vacuums and looks.
    pub(crate) async fn look(postgres: &Client) -> Result<Self, Failure> {
        let doing = || "measuring the database";
        postgres.batch_execute("VACUUM").await.map_err(Failure::doing(doing()))?;
        let sizes = "SELECT sum(pg_total_relation_size(relid))::int8, (SELECT count(*) FROM ledger.invoice) \
                     FROM pg_stat_user_tables";
        let row = postgres.query_one(sizes, &[]).await.map_err(Failure::doing(doing()))?;
        let number = |column: usize| u64::try_from(row.get::<_, i64>(column)).unwrap_or(0);
        Ok(Self { bytes: number(0), invoices: number(1) })
    }
}

impl Disk {
    /// Vacuums and looks.
    pub(crate) async fn look(postgres: &Client) -> Result<Self, Failure> {
        let doing = || "measuring the database";
        postgres.batch_execute("VACUUM").await.map_err(Failure::doing(doing()))?;
        let sizes = "SELECT schemaname, sum(pg_total_relation_size(relid))::int8 FROM pg_stat_user_tables \
                     GROUP BY schemaname ORDER BY 2 DESC";
        let rows = postgres.query(sizes, &[]).await.map_err(Failure::doing(doing()))?;
        let bytes_of = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        let schemas =
            rows.iter().map(|row| (row.get(0), bytes_of(row.get(1)))).collect::<Vec<(String, u64)>>();
        let decided = postgres
            .query_one("SELECT count(*) FROM ledger.decided", &[])
            .await
            .map_err(Failure::doing(doing()))?;
        let bytes = schemas.iter().map(|(_, bytes)| bytes).sum();
        Ok(Self { transitions: bytes_of(decided.get(0)), bytes, schemas })
    }

    /// Bytes for each transition.
    pub(crate) fn bytes_each(&self) -> Option<f64> {
        (self.transitions > 0).then(|| whole(self.bytes) / whole(self.transitions))
    }
}
