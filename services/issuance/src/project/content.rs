use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_edge::follow::{Block, Projection};
use piao_store::{Connection, StoreError};

use crate::db::invoice_content::{self, NewContent};

/// What is written on invoices.
pub(crate) struct ContentProjection;

impl Projection for ContentProjection {
    fn name(&self) -> &'static str {
        "contents"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["invoice_content"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let issued = block.accepted().filter_map(|(entry, _)| {
                let Command::InvoiceIssue(content) = entry.command() else { return None };
                Some(NewContent {
                    issuer: *entry.signer().enterprise()?,
                    month: block.time().month(),
                    signed_at: entry.issued_at(),
                    content,
                    body: entry.transition().body_text(),
                })
            });
            invoice_content::insert_many(connection, &issued.collect::<Vec<_>>()).await
        }
        .boxed()
    }
}
