//! The read model: rule sets, as blocks make them.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::rules::{Deployed, RuleChange, RuleVersion, Status};
use piao_domain::time::Time;
use piao_edge::follow::{Block, Decided, Projection};
use piao_store::{Connection, StoreError};

use crate::db;
use crate::db::rule_set::RuleSetRecord;

/// Rule sets and where each stands.
pub(crate) struct RuleSetProjection;

/// What a block does to rule sets.
#[derive(Debug, Default)]
struct Changes {
    deployed: BTreeMap<RuleVersion, RuleSetRecord>,
    /// Of versions from before the block.
    statuses: BTreeMap<RuleVersion, Status>,
}

impl Projection for RuleSetProjection {
    fn name(&self) -> &'static str {
        "rule sets"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["rule_set"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let Changes { deployed, statuses } = Changes::of(block);
            // Two statements at most, however large the block.
            db::rule_set::insert_many(connection, deployed.values()).await?;
            db::rule_set::set_statuses(connection, &statuses, block.time()).await
        }
        .boxed()
    }
}

impl Changes {
    fn of(block: &Block) -> Self {
        let mut changes = Self::default();
        for (entry, _) in block.accepted() {
            if let Command::Rules(change) = entry.command() {
                changes.add(entry, change, block.time());
            }
        }
        changes
    }

    fn add(&mut self, entry: &Decided, change: &RuleChange, at: Time) {
        match change {
            RuleChange::Deploy(set) => {
                let record = RuleSetRecord {
                    deployed: Deployed { set: set.as_ref().clone(), status: Status::Deployed },
                    deployed_by: entry.signer().clone(),
                    transition: entry.id(),
                    deployed_at: at,
                    changed_at: at,
                };
                self.deployed.insert(set.version.clone(), record);
            }
            RuleChange::Activate { version, from } => self.set(version, Status::Active { from: *from }),
            RuleChange::Retire { version } => self.set(version, Status::Retired),
        }
    }

    fn set(&mut self, version: &RuleVersion, status: Status) {
        match self.deployed.get_mut(version) {
            Some(record) => record.deployed.status = status,
            None => {
                self.statuses.insert(version.clone(), status);
            }
        }
    }
}
