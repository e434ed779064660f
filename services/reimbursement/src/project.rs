//! What rule sets demand of whoever locks and settles, as blocks make it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::rules::{RuleChange, RuleSet, RuleVersion, Status};
use piao_edge::follow::{Block, Projection};
use piao_store::{Connection, StoreError};

use crate::db;

/// Two statements at most, however many rule sets a block changes.
pub(crate) struct TermsProjection;

impl Projection for TermsProjection {
    fn name(&self) -> &'static str {
        "terms"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["rule_terms"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let mut deployed: Vec<&RuleSet> = Vec::new();
            let mut statuses: Vec<(&RuleVersion, Status)> = Vec::new();
            for (entry, _) in block.accepted() {
                let Command::Rules(change) = entry.command() else { continue };
                match change {
                    RuleChange::Deploy(set) => deployed.push(set),
                    RuleChange::Activate { version, from } => {
                        statuses.push((version, Status::Active { from: *from }));
                    }
                    RuleChange::Retire { version } => statuses.push((version, Status::Retired)),
                }
            }
            db::rule_terms::insert_many(connection, &deployed).await?;
            db::rule_terms::set_statuses(connection, statuses).await
        }
        .boxed()
    }
}
