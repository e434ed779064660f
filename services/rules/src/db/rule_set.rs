//! Table `rule_set`: every version of every rule set ever deployed.

mod row;

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::command::Command;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::rules::{Deployed, RuleChange, RuleVersion, Status};
use piao_domain::time::{Date, Time};
use piao_protocol::body::Body;
use piao_store::{Connection, StoreError, sql_query};

use row::{BrokenRow, Row};

/// A version of a rule set, where it stands, and how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleSetRecord {
    pub(crate) deployed: Deployed,
    pub(crate) deployed_by: PartyId,
    /// The transition that deployed it.
    pub(crate) transition: TransitionId,
    /// Block time.
    pub(crate) deployed_at: Time,
    /// Block time of the last change of its status.
    pub(crate) changed_at: Time,
}

/// The name of a status, without its facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusName {
    Deployed,
    Active,
    Retired,
}

impl StatusName {
    pub(crate) const fn of(status: &Status) -> Self {
        match status {
            Status::Deployed => Self::Deployed,
            Status::Active { from: _ } => Self::Active,
            Status::Retired => Self::Retired,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

impl RuleSetRecord {
    /// The body that deployed it, as JSON.
    pub(crate) fn body(&self) -> String {
        Body::new(Command::Rules(RuleChange::Deploy(Box::new(self.deployed.set.clone())))).render()
    }
}

/// Writes versions that are new.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    records: impl Iterator<Item = &RuleSetRecord> + Clone + Send,
) -> Result<(), StoreError> {
    if records.clone().next().is_none() {
        return Ok(());
    }
    let version = |record: &RuleSetRecord| i64::from(record.deployed.set.version.version);
    let status = |record: &RuleSetRecord| StatusName::of(&record.deployed.status).text();
    sql_query(
        "INSERT INTO rule_set \
         (id, version, body, status, active_from, deployed_by, transition, deployed_at, changed_at) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind::<Array<Text>, _>(
        records.clone().map(|record| record.deployed.set.version.id.to_string()).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(records.clone().map(version).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(records.clone().map(RuleSetRecord::body).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(records.clone().map(status).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        records.clone().map(|record| first_day(&record.deployed.status)).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(records.clone().map(|record| record.deployed_by.to_string()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(
        records.clone().map(|record| record.transition.as_bytes().to_vec()).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(records.clone().map(|record| record.deployed_at.unix()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(records.map(|record| record.changed_at.unix()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing rule sets"))?;
    Ok(())
}

/// Sets where versions stand that are there.
pub(crate) async fn set_statuses(
    connection: &mut Connection,
    statuses: &BTreeMap<RuleVersion, Status>,
    at: Time,
) -> Result<(), StoreError> {
    if statuses.is_empty() {
        return Ok(());
    }
    sql_query(
        "UPDATE rule_set SET status = new.status, active_from = new.active_from, changed_at = $5 \
         FROM UNNEST($1, $2, $3, $4) AS new (id, version, status, active_from) \
         WHERE rule_set.id = new.id AND rule_set.version = new.version",
    )
    .bind::<Array<Text>, _>(statuses.keys().map(|version| version.id.to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(statuses.keys().map(|version| i64::from(version.version)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(statuses.values().map(|status| StatusName::of(status).text()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(statuses.values().map(first_day).collect::<Vec<_>>())
    .bind::<BigInt, _>(at.unix())
    .execute(connection)
    .await
    .map_err(StoreError::on("setting where rule sets stand"))?;
    Ok(())
}

/// One version.
pub(crate) async fn get(
    connection: &mut Connection,
    version: &RuleVersion,
) -> Result<Option<RuleSetRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT body, status, active_from, deployed_by, transition, deployed_at, changed_at \
         FROM rule_set WHERE id = $1 AND version = $2",
    )
    .bind::<Text, _>(version.id.as_str())
    .bind::<BigInt, _>(i64::from(version.version))
    .load(connection)
    .await
    .map_err(StoreError::on("reading a rule set"))?;
    Ok(records(rows)?.pop())
}

/// Up to `rows_max` versions after one, by id and version.
pub(crate) async fn list(
    connection: &mut Connection,
    status: Option<StatusName>,
    after: Option<&RuleVersion>,
    rows_max: u32,
) -> Result<Vec<RuleSetRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT body, status, active_from, deployed_by, transition, deployed_at, changed_at \
         FROM rule_set WHERE (id, version) > ($1, $2) AND ($3 IS NULL OR status = $3) \
         ORDER BY id, version LIMIT $4",
    )
    .bind::<Text, _>(after.map_or("", |version| version.id.as_str()))
    .bind::<BigInt, _>(after.map_or(0, |version| i64::from(version.version)))
    .bind::<Nullable<Text>, _>(status.map(StatusName::text))
    .bind::<BigInt, _>(i64::from(rows_max))
    .load(connection)
    .await
    .map_err(StoreError::on("listing rule sets"))?;
    records(rows)
}

/// Every version that is active on a day. Rule sets are few.
pub(crate) async fn list_active(
    connection: &mut Connection,
    on: Date,
) -> Result<Vec<RuleSetRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT body, status, active_from, deployed_by, transition, deployed_at, changed_at \
         FROM rule_set WHERE status = 'active' AND active_from <= $1 ORDER BY id, version",
    )
    .bind::<Text, _>(on.to_string())
    .load(connection)
    .await
    .map_err(StoreError::on("listing active rule sets"))?;
    records(rows)
}

fn first_day(status: &Status) -> Option<String> {
    match status {
        Status::Active { from } => Some(from.to_string()),
        Status::Deployed | Status::Retired => None,
    }
}

fn records(rows: Vec<Row>) -> Result<Vec<RuleSetRecord>, StoreError> {
    let read = |row| RuleSetRecord::try_from(row).map_err(BrokenRow::into_fault);
    rows.into_iter().map(read).collect()
}
