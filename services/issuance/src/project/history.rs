use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::number::InvoiceNumber;
use piao_edge::follow::{Block, Projection};
use piao_protocol::outcome::Outcome;
use piao_store::{Connection, StoreError};

use crate::db::invoice_history::{self, HistoryRecord};

/// What happened to invoices.
pub(crate) struct HistoryProjection;

impl Projection for HistoryProjection {
    fn name(&self) -> &'static str {
        "history"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["invoice_history"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let records = block.entries().iter().filter_map(|entry| {
                let receipt = entry.receipt();
                Some(HistoryRecord {
                    number: named(entry.command())?,
                    place: receipt.index,
                    transition: entry.id(),
                    kind: entry.command().kind(),
                    party: entry.signer().clone(),
                    code: match &receipt.outcome {
                        Outcome::Accepted(_) => None,
                        Outcome::Rejected(rejection) => Some(rejection.code),
                    },
                    height: receipt.height,
                    time: receipt.time,
                })
            });
            invoice_history::insert_many(connection, &records.collect::<Vec<_>>()).await
        }
        .boxed()
    }
}

/// The invoice that a command names, the one that it issues included.
fn named(command: &Command) -> Option<InvoiceNumber> {
    if let Command::InvoiceIssue(content) = command { Some(content.number) } else { command.invoice() }
}
