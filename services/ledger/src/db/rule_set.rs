use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::command::Command;
use piao_domain::rules::{Deployed, RuleBook, RuleChange, RuleVersion, Status};
use piao_domain::time::Date;
use piao_protocol::body;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, StoredBadly};
use crate::LedgerError;

const RULE_SET: Stored = Stored("rule_set");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    active_from: Option<String>,
}

impl TryFrom<Row> for Deployed {
    type Error = StoredBadly;

    fn try_from(row: Row) -> Result<Self, StoredBadly> {
        let parsed = body::parse("rules.deploy", &row.body).map_err(|error| RULE_SET.bad(error))?;
        let Command::Rules(RuleChange::Deploy(set)) = parsed.into_command() else {
            return Err(RULE_SET.bad("a body that deploys nothing"));
        };
        let status = match (row.status.as_str(), row.active_from) {
            ("deployed", None) => Status::Deployed,
            ("retired", None) => Status::Retired,
            ("active", Some(from)) => Status::Active { from: RULE_SET.read(Date::parse(&from))? },
            (other, _) => return Err(RULE_SET.bad(format!("{other} with the facts of another"))),
        };
        Ok(Self { set: *set, status })
    }
}

/// The whole rule book. It is small and changes seldom: read once, when a ledger opens its chain.
pub(crate) async fn load_rules(connection: &mut Connection) -> Result<RuleBook, LedgerError> {
    let rows: Vec<Row> = sql_query("SELECT body, status, active_from FROM rule_set ORDER BY id, version")
        .load(connection)
        .await
        .map_err(StoreError::on("loading rule sets"))?;
    let entries = rows.into_iter().map(Deployed::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(RuleBook::from_entries(entries))
}

/// Writes rule sets as the book has them.
pub(crate) async fn write_rules(
    connection: &mut Connection,
    rules: &RuleBook,
    touched: &BTreeSet<RuleVersion>,
) -> Result<(), LedgerError> {
    if touched.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    touched.iter().filter_map(|version| rules.get(version)).for_each(|deployed| columns.push(deployed));
    sql_query(
        "INSERT INTO rule_set (id, version, body, status, active_from) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5) ON CONFLICT (id, version) \
         DO UPDATE SET status = excluded.status, active_from = excluded.active_from",
    )
    .bind::<Array<Text>, _>(columns.id)
    .bind::<Array<BigInt>, _>(columns.version)
    .bind::<Array<Text>, _>(columns.body)
    .bind::<Array<Text>, _>(columns.status)
    .bind::<Array<Nullable<Text>>, _>(columns.active_from)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing rule sets"))?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    id: Vec<String>,
    version: Vec<i64>,
    body: Vec<String>,
    status: Vec<&'static str>,
    active_from: Vec<Option<String>>,
}

impl Columns {
    fn push(&mut self, deployed: &Deployed) {
        let (status, active_from) = match deployed.status {
            Status::Deployed => ("deployed", None),
            Status::Active { from } => ("active", Some(from.to_string())),
            Status::Retired => ("retired", None),
        };
        let version = &deployed.set.version;
        let deploy = Command::Rules(RuleChange::Deploy(Box::new(deployed.set.clone())));
        self.id.push(version.id.to_string());
        self.version.push(i64::from(version.version));
        self.body.push(body::render(&deploy).1);
        self.status.push(status);
        self.active_from.push(active_from);
    }
}
