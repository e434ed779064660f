//! Looking at a database without changing it: for whoever diagnoses.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource as _;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use diesel_migrations::EmbeddedMigrations;

use crate::transaction::Mode;
use crate::{Database, Schema, StoreError};

/// How far the migrations of a schema are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many are.
    pub applied: usize,
    /// Versions that this program has and the schema lacks, in order.
    pub pending: Vec<String>,
    /// Versions that the schema has and this program does not know: a newer one migrated it.
    pub unknown: Vec<String>,
}

#[derive(QueryableByName)]
struct Seconds {
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    there: bool,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

impl Database {
    /// The clock of the database server, UTC seconds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn server_time(&self, schema: &Schema) -> Result<i64, StoreError> {
        let read = self.transaction_with(schema, Mode::SNAPSHOT, async |connection| {
            sql_query("SELECT extract(epoch FROM clock_timestamp())::bigint AS seconds")
                .get_result::<Seconds>(connection)
                .await
                .map_err(StoreError::on("reading the server's clock"))
        });
        read.await.map(|row| row.seconds)
    }

    /// A setting of the database server, as `SHOW` gives it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Data`] for a name that is none.
    pub async fn setting(&self, schema: &Schema, name: &'static str) -> Result<String, StoreError> {
        let read = self.transaction_with(schema, Mode::SNAPSHOT, async |connection| {
            sql_query("SELECT current_setting($1) AS value")
                .bind::<Text, _>(name)
                .get_result::<Setting>(connection)
                .await
                .map_err(StoreError::on("reading a setting"))
        });
        read.await.map(|row| row.value)
    }

    /// How far a schema is migrated. One that is not there has applied none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Migration`] for migrations that cannot be read.
    pub async fn standing(
        &self,
        schema: &Schema,
        migrations: &[EmbeddedMigrations],
    ) -> Result<Standing, StoreError> {
        let mut known = BTreeSet::new();
        for source in migrations {
            let all = source.migrations().map_err(|source| StoreError::Migration {
                schema: schema.clone(),
                doing: "listing".to_owned(),
                source,
            })?;
            let all: Vec<Box<dyn diesel::migration::Migration<Pg>>> = all;
            known.extend(all.iter().map(|migration| migration.name().version().to_string()));
        }
        let read = self.transaction_with(schema, Mode::SNAPSHOT, async |connection| {
            let doing = || StoreError::on("reading the migrations of a schema");
            let there: There =
                sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS there")
                    .get_result(connection)
                    .await
                    .map_err(doing())?;
            if !there.there {
                return Ok(Vec::new());
            }
            let versions: Result<Vec<Version>, _> =
                sql_query("SELECT version FROM __diesel_schema_migrations").load(connection).await;
            versions.map_err(doing())
        });
        let rows: Vec<Version> = read.await?;
        let applied = rows.into_iter().map(|row| row.version).collect::<BTreeSet<_>>();
        Ok(Standing {
            applied: applied.len(),
            pending: known.difference(&applied).cloned().collect(),
            unknown: applied.difference(&known).cloned().collect(),
        })
    }
}
