//! Where a follower keeps how far it came, and what it applies blocks to.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Kind;
use piao_protocol::block::Header;
use piao_store::{Connection, Database, Mode, Schema, StoreError};

use super::{Block, Decided, Projection};
use crate::db;
use crate::db::receipt::DecidedTransition;
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

/// Of which transitions a service keeps receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Of all of these types, whichever service took them: whoever sends one again finds it here.
    Kinds(Vec<Kind>),
    /// Of what it took itself. The ledger beside it is asked for the others.
    Own,
}

/// A read model in a service's own schema.
pub struct PgFollow {
    db: Database,
    schema: Schema,
    keeps: Keeps,
    projections: Vec<Arc<dyn Projection>>,
}

impl PgFollow {
    /// The read model of one schema: receipts, and projections, applied in their order.
    #[must_use]
    pub const fn new(
        db: Database,
        schema: Schema,
        keeps: Keeps,
        projections: Vec<Arc<dyn Projection>>,
    ) -> Self {
        Self { db, schema, keeps, projections }
    }

    async fn keep_receipts(&self, connection: &mut Connection, block: &Block) -> Result<(), StoreError> {
        let entries = block.entries().iter();
        match &self.keeps {
            Keeps::Own => {
                let decided = entries.map(|entry| (entry.key(), entry.receipt()));
                db::receipt::keep_own(connection, &decided.collect::<Vec<_>>()).await
            }
            Keeps::Kinds(kinds) => {
                let decided = |entry: &'_ Decided| kinds.contains(&entry.command().kind());
                let decided = entries.filter(|entry| decided(entry)).map(|entry| DecidedTransition {
                    key: entry.key(),
                    party: entry.signer().to_string(),
                    receipt: entry.receipt(),
                });
                db::receipt::keep_many(connection, &decided.collect::<Vec<_>>()).await
            }
        }
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
                // First, so that it is held while the block is applied; it falls with whatever follows.
                if !db::follow_cursor::advance(connection, block.header()).await? {
                    return Ok(Applied::Elsewhere(db::follow_cursor::get(connection).await?));
                }
                for projection in &self.projections {
                    projection.apply(connection, block).await?;
                }
                self.keep_receipts(connection, block).await?;
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
