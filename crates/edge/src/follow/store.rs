//! Where a follower keeps how far it came, and what it applies blocks to.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Kind;
use piao_protocol::block::Header;
use piao_store::{Database, Mode, Schema, StoreError};

use super::{Block, Projection};
use crate::db;
use crate::db::submission::DecidedSubmission;
use crate::fault;

/// What came of applying a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was applied, and the cursor is at it.
    Here,
    /// The cursor was not where the block follows: another copy of the service moved it, or a rebuild. Here it is.
    Elsewhere(Option<Header>),
}

/// A read model and its cursor. PostgreSQL is one implementation, the simulator's memory the other.
pub trait FollowStore: Send + Sync + 'static {
    /// The header of the last block applied.
    fn position(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>>;

    /// Applies a block and moves the cursor, in one transaction, if the cursor is at the block before.
    fn apply<'a>(&'a self, block: &'a Block) -> BoxFuture<'a, Result<Applied, StoreError>>;

    /// Empties the read model and puts the cursor before the first block. The journal stays, receipts never change and
    /// whoever asks for one meanwhile gets it; so does sealed data.
    fn clear(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// A read model in a service's own schema.
pub struct PgFollow {
    db: Database,
    schema: Schema,
    /// Whose receipts this service keeps.
    kinds: Vec<Kind>,
    projections: Vec<Arc<dyn Projection>>,
}

impl PgFollow {
    /// The read model of one schema: receipts of `kinds`, and projections, applied in their order.
    #[must_use]
    pub const fn new(
        db: Database,
        schema: Schema,
        kinds: Vec<Kind>,
        projections: Vec<Arc<dyn Projection>>,
    ) -> Self {
        Self { db, schema, kinds, projections }
    }

    fn receipts<'a>(&self, block: &'a Block) -> Vec<DecidedSubmission<'a>> {
        let ours = block.entries().iter().filter(|entry| self.kinds.contains(&entry.command().kind()));
        let rows = ours.map(|entry| DecidedSubmission {
            key: entry.key(),
            kind: entry.command().kind().as_str(),
            party: entry.signer().to_string(),
            receipt: entry.receipt(),
        });
        rows.collect()
    }
}

impl FollowStore for PgFollow {
    fn position(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.db.transaction(&self.schema, async |connection| db::follow_cursor::get(connection).await).boxed()
    }

    fn apply<'a>(&'a self, block: &'a Block) -> BoxFuture<'a, Result<Applied, StoreError>> {
        // A crash before the commit: nothing of the block is there. After: all of it is, and the cursor says so. An
        // unknown outcome is one of the two, and reading the cursor tells which. The commit does not wait for the
        // disk: all of it follows from blocks, which the ledger has on its own. A crash of the server may take the
        // last blocks away again, journal rows that they closed open once more, and following begins where the cursor
        // is then.
        self.db
            .transaction_with(&self.schema, Mode::DERIVE, async move |connection| {
                let position = db::follow_cursor::lock(connection).await?;
                let expected = position.as_ref().map_or(0, |header| header.height() + 1);
                if block.height() != expected {
                    return Ok(Applied::Elsewhere(position));
                }
                for projection in &self.projections {
                    projection.apply(connection, block).await?;
                }
                db::submission::decide_many(connection, &self.receipts(block)).await?;
                db::follow_cursor::set(connection, block.header()).await?;
                fault::point("edge.follow.before");
                Ok(Applied::Here)
            })
            .boxed()
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        let tables: Vec<&'static str> =
            self.projections.iter().flat_map(|projection| projection.tables()).copied().collect();
        self.db
            .transaction(&self.schema, async move |connection| {
                db::follow_cursor::lock(connection).await?;
                db::follow_cursor::truncate(connection, &tables).await?;
                db::follow_cursor::clear(connection).await?;
                fault::point("edge.rebuild.before");
                Ok(())
            })
            .boxed()
    }
}
