use diesel::result::Error as QueryError;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use piao_domain::command::Command;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::rules::{Deployed, RuleChange, Status};
use piao_domain::time::{Date, Time};
use piao_protocol::body;
use piao_store::StoreError;
use thiserror::Error;

use super::RuleSetRecord;

/// A row that breaks its own rules: something wrote past the projection, or a CHECK is missing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a row of table rule_set breaks its own rules: {0}")]
pub(super) struct BrokenRow(String);

impl BrokenRow {
    fn new(what: impl ToString) -> Self {
        Self(what.to_string())
    }

    pub(super) fn into_fault(self) -> StoreError {
        StoreError::on("reading a row of table rule_set")(QueryError::DeserializationError(Box::new(self)))
    }
}

#[derive(diesel::QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    active_from: Option<String>,
    #[diesel(sql_type = Text)]
    deployed_by: String,
    #[diesel(sql_type = Binary)]
    transition: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    deployed_at: i64,
    #[diesel(sql_type = BigInt)]
    changed_at: i64,
}

impl TryFrom<Row> for RuleSetRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let parsed = body::parse("rules.deploy", &row.body).map_err(BrokenRow::new)?;
        let Command::Rules(RuleChange::Deploy(set)) = parsed.into_command() else {
            return Err(BrokenRow::new("a body that deploys nothing"));
        };
        let status = match (row.status.as_str(), row.active_from) {
            ("deployed", None) => Status::Deployed,
            ("active", Some(from)) => Status::Active { from: Date::parse(&from).map_err(BrokenRow::new)? },
            ("retired", None) => Status::Retired,
            (other, _) => return Err(BrokenRow::new(format!("{other} with the facts of another"))),
        };
        let transition: [u8; 32] =
            row.transition.as_slice().try_into().map_err(|_| BrokenRow::new("a transition id"))?;
        Ok(Self {
            deployed: Deployed { set: *set, status },
            deployed_by: PartyId::parse(&row.deployed_by).map_err(BrokenRow::new)?,
            transition: TransitionId::new(transition),
            deployed_at: Time::from_unix(row.deployed_at),
            changed_at: Time::from_unix(row.changed_at),
        })
    }
}
