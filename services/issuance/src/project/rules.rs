use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::rules::{RuleChange, RuleVersion, Status};
use piao_edge::follow::{Block, Projection};
use piao_store::{Connection, StoreError};

use crate::db;

/// Rule sets, since prepared and checked invoices are held against them.
pub(crate) struct RuleProjection;

impl Projection for RuleProjection {
    fn name(&self) -> &'static str {
        "rules"
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
            let mut deployed = Vec::new();
            let mut statuses: BTreeMap<RuleVersion, Status> = BTreeMap::new();
            for (entry, _) in block.accepted() {
                if let Command::Rules(change) = entry.command() {
                    match change {
                        RuleChange::Deploy(set) => {
                            deployed.push((&set.version, entry.transition().body_text()));
                        }
                        RuleChange::Activate { version, from } => {
                            statuses.insert(version.clone(), Status::Active { from: *from });
                        }
                        RuleChange::Retire { version } => {
                            statuses.insert(version.clone(), Status::Retired);
                        }
                    }
                }
            }
            db::rule_set::insert_many(connection, &deployed).await?;
            db::rule_set::set_statuses(connection, &statuses).await
        }
        .boxed()
    }
}
