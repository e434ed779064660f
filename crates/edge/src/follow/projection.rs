use futures_util::future::BoxFuture;
use piao_store::{Connection, StoreError};

use super::Block;

/// A part of a read model: tables that are a function of the blocks.
///
/// It must not depend on anything but the blocks (no clock, no configuration), so that dropping its tables and
/// replaying gives the same again, and its number of statements must not depend on the size of a block.
pub trait Projection: Send + Sync + 'static {
    /// Its name, for logs.
    fn name(&self) -> &'static str;

    /// The tables that it alone writes, which a rebuild empties.
    fn tables(&self) -> &'static [&'static str];

    /// Applies a block, inside the transaction that moves the cursor; awaits nothing but the connection.
    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
}
