//! Table `rule_terms`: what rule sets demand of whoever locks and settles.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::command::Command;
use piao_domain::rules::{Deployed, Limits, RuleBook, RuleChange, RuleSet, RuleVersion, Status};
use piao_domain::time::Date;
use piao_protocol::body;
use piao_store::{Connection, StoreError, sql_query};

use super::broken;

const TABLE: &str = "rule_terms";

/// Every rule set, as far as locking and settling go.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn book(connection: &mut Connection) -> Result<RuleBook, StoreError> {
    let rows: Vec<Row> = sql_query("SELECT body, status, active_from FROM rule_terms ORDER BY id, version")
        .load(connection)
        .await
        .map_err(StoreError::on("reading what rule sets demand"))?;
    let entries = rows.into_iter().map(Deployed::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(RuleBook::from_entries(entries))
}

/// Adds rule sets that bind nobody yet.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn insert_many(connection: &mut Connection, sets: &[&RuleSet]) -> Result<(), StoreError> {
    if sets.is_empty() {
        return Ok(());
    }
    let body = |set: &RuleSet| body::render(&Command::Rules(RuleChange::Deploy(Box::new(terms_only(set))))).1;
    sql_query(
        "INSERT INTO rule_terms (id, version, body, status) \
         SELECT id, version, body, 'deployed' FROM UNNEST($1, $2, $3) AS new (id, version, body)",
    )
    .bind::<Array<Text>, _>(sets.iter().map(|set| set.version.id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(sets.iter().map(|set| i64::from(set.version.version)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(sets.iter().map(|set| body(set)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing what rule sets demand"))?;
    Ok(())
}

/// Sets where rule sets stand; of several for one the last counts.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn set_statuses(
    connection: &mut Connection,
    statuses: Vec<(&RuleVersion, Status)>,
) -> Result<(), StoreError> {
    let last: BTreeMap<&RuleVersion, Status> = statuses.into_iter().collect();
    if last.is_empty() {
        return Ok(());
    }
    let columns: Vec<(&'static str, Option<String>)> = last.values().map(status_columns).collect();
    sql_query(
        "UPDATE rule_terms t SET status = new.status, active_from = new.active_from \
         FROM UNNEST($1, $2, $3, $4) AS new (id, version, status, active_from) \
         WHERE t.id = new.id AND t.version = new.version",
    )
    .bind::<Array<Text>, _>(last.keys().map(|version| version.id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(last.keys().map(|version| i64::from(version.version)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(columns.iter().map(|(status, _)| *status).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(columns.iter().map(|(_, from)| from.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing where rule sets stand"))?;
    Ok(())
}

fn status_columns(status: &Status) -> (&'static str, Option<String>) {
    match status {
        Status::Deployed => ("deployed", None),
        Status::Active { from } => ("active", Some(from.to_string())),
        Status::Retired => ("retired", None),
    }
}

/// The set without what only issuing looks at, which can be thousands of categories.
fn terms_only(set: &RuleSet) -> RuleSet {
    let Limits { buyer_only, partial_locks, lease_seconds_max, booking_required, quota_return, .. } =
        &set.limits;
    let limits = Limits {
        invoice_amount_max: None,
        lines_max: None,
        allowance: None,
        numbering: None,
        classification: BTreeMap::new(),
        rates: Vec::new(),
        forbidden: Vec::new(),
        buyer_required_above: None,
        buyer_only: *buyer_only,
        partial_locks: *partial_locks,
        lease_seconds_max: *lease_seconds_max,
        booking_required: *booking_required,
        quota_return: *quota_return,
    };
    RuleSet { version: set.version.clone(), scope: set.scope.clone(), limits }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    active_from: Option<String>,
}

impl TryFrom<Row> for Deployed {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let parsed = body::parse("rules.deploy", &row.body).map_err(broken(TABLE))?;
        let Command::Rules(RuleChange::Deploy(set)) = parsed.into_command() else {
            return Err(broken(TABLE)("a body that deploys nothing"));
        };
        let status = match (row.status.as_str(), row.active_from) {
            ("deployed", None) => Status::Deployed,
            ("retired", None) => Status::Retired,
            ("active", Some(from)) => Status::Active { from: Date::parse(&from).map_err(broken(TABLE))? },
            (other, _) => return Err(broken(TABLE)(format!("{other} with the facts of another"))),
        };
        Ok(Self { set: *set, status })
    }
}
