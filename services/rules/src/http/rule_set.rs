//! A version of a rule set as JSON.

use piao_domain::rules::Status;
use piao_edge::problem::Problem;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::db::rule_set::{RuleSetRecord, StatusName};

/// A version of a rule set, without what it demands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleSetHead {
    /// The set.
    id: String,
    /// Its version, counting up from 1.
    version: u32,
    /// Where it stands.
    status: StatusBody,
    /// The first day on which it binds, counted in UTC+8; only while active.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    from: Option<String>,
    /// The bureau that deployed it.
    deployed_by: String,
    /// The transition that deployed it: 64 hexadecimal digits.
    transition: String,
    /// When it was deployed: block time, UTC seconds.
    deployed_at: i64,
    /// When its status changed last: block time, UTC seconds.
    changed_at: i64,
}

/// A version of a rule set, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleSet {
    #[serde(flatten)]
    head: RuleSetHead,
    /// The body of the `rules.deploy` that deployed it: id, version, scope and limits.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RuleSetStatus)]
enum StatusBody {
    Deployed,
    Active,
    Retired,
}

impl From<RuleSetRecord> for RuleSetHead {
    fn from(record: RuleSetRecord) -> Self {
        let version = &record.deployed.set.version;
        let status = match StatusName::of(&record.deployed.status) {
            StatusName::Deployed => StatusBody::Deployed,
            StatusName::Active => StatusBody::Active,
            StatusName::Retired => StatusBody::Retired,
        };
        let from = match record.deployed.status {
            Status::Active { from } => Some(from.to_string()),
            Status::Deployed | Status::Retired => None,
        };
        Self {
            id: version.id.to_string(),
            version: version.version,
            status,
            from,
            deployed_by: record.deployed_by.to_string(),
            transition: record.transition.to_string(),
            deployed_at: record.deployed_at.unix(),
            changed_at: record.changed_at.unix(),
        }
    }
}

impl TryFrom<RuleSetRecord> for RuleSet {
    type Error = Problem;

    fn try_from(record: RuleSetRecord) -> Result<Self, Problem> {
        let body = RawValue::from_string(record.body())
            .map_err(|error| Problem::internal("writing the body of a rule set", error))?;
        Ok(Self { head: record.into(), body })
    }
}
