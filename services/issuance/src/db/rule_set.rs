//! Table `rule_set`: every rule set ever deployed.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::command::{Command, Kind};
use piao_domain::rules::{Deployed, RuleBook, RuleChange, RuleSet, RuleVersion, Status};
use piao_domain::time::Date;
use piao_protocol::body;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column};

const COLUMN: Column = Column("rule_set");

/// Writes rule sets that are new, each with the body that deployed it.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    sets: &[(&RuleVersion, &str)],
) -> Result<(), StoreError> {
    if sets.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO rule_set (id, version, body, status) \
         SELECT id, version, body, 'deployed' FROM UNNEST($1, $2, $3) AS new (id, version, body)",
    )
    .bind::<Array<Text>, _>(sets.iter().map(|(version, _)| version.id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(sets.iter().map(|(version, _)| i64::from(version.version)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(sets.iter().map(|(_, body)| *body).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing rule sets"))?;
    Ok(())
}

/// Sets where rule sets stand.
pub(crate) async fn set_statuses(
    connection: &mut Connection,
    statuses: &BTreeMap<RuleVersion, Status>,
) -> Result<(), StoreError> {
    if statuses.is_empty() {
        return Ok(());
    }
    let columns = || statuses.values().map(|status| columns_of(*status));
    sql_query(
        "UPDATE rule_set SET status = new.status, active_from = new.active_from \
         FROM UNNEST($1, $2, $3, $4) AS new (id, version, status, active_from) \
         WHERE rule_set.id = new.id AND rule_set.version = new.version",
    )
    .bind::<Array<Text>, _>(statuses.keys().map(|version| version.id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(statuses.keys().map(|version| i64::from(version.version)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(columns().map(|(status, _)| status).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(columns().map(|(_, from)| from).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("setting the status of rule sets"))?;
    Ok(())
}

/// A version that is active, and from when.
#[derive(Clone, Debug, PartialEq, Eq, diesel::QueryableByName)]
pub(crate) struct Standing {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    active_from: Option<String>,
}

/// The versions that are active, without what is in them.
pub(crate) async fn active(connection: &mut Connection) -> Result<Vec<Standing>, StoreError> {
    sql_query("SELECT id, version, active_from FROM rule_set WHERE status = 'active' ORDER BY id, version")
        .load(connection)
        .await
        .map_err(StoreError::on("reading which rule sets are active"))
}

/// The rule book, as far as it can bind anybody: active versions only.
pub(crate) async fn load_active(connection: &mut Connection) -> Result<RuleBook, StoreError> {
    let rows: Vec<Row> =
        sql_query("SELECT id, version, body, status, active_from FROM rule_set WHERE status = 'active'")
            .load(connection)
            .await
            .map_err(StoreError::on("reading rule sets"))?;
    let entries = rows.into_iter().map(Deployed::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(RuleBook::from_entries(entries))
}

fn columns_of(status: Status) -> (&'static str, Option<String>) {
    match status {
        Status::Deployed => ("deployed", None),
        Status::Active { from } => ("active", Some(from.to_string())),
        Status::Retired => ("retired", None),
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    active_from: Option<String>,
}

impl TryFrom<Row> for Deployed {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let from = row.active_from.as_deref().map(Date::parse).transpose();
        let status = match (row.status.as_str(), from.map_err(|error| COLUMN.broken(error))?) {
            ("deployed", None) => Status::Deployed,
            ("active", Some(from)) => Status::Active { from },
            ("retired", None) => Status::Retired,
            (status, _) => return Err(COLUMN.broken(format!("status {status} with other columns"))),
        };
        let set = deployed(&row.body)?;
        if set.version.id.as_str() != row.id || i64::from(set.version.version) != row.version {
            return Err(COLUMN.broken(format!("{} version {} holds another set", row.id, row.version)));
        }
        Ok(Self { set, status })
    }
}

fn deployed(text: &str) -> Result<RuleSet, BrokenRow> {
    let body = body::parse(Kind::RulesDeploy.as_str(), text).map_err(|error| COLUMN.broken(error))?;
    match body.into_command() {
        Command::Rules(RuleChange::Deploy(set)) => Ok(*set),
        other => Err(COLUMN.broken(format!("the body of a {}", other.kind().as_str()))),
    }
}
