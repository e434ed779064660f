//! Table `follow_cursor`: the last block applied to this schema, at most one row.

use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;
use piao_protocol::block::Header;
use piao_protocol::json;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, signed};

const TABLE: &str = "follow_cursor";

/// The last block applied, locked against another copy of the service until the transaction ends.
pub(crate) async fn lock(connection: &mut Connection) -> Result<Option<Header>, StoreError> {
    let locked = "SELECT height, block_hash, header FROM follow_cursor FOR UPDATE";
    if let Some(header) = load(connection, locked).await? {
        return Ok(Some(header));
    }
    // There is no row to lock yet. Two copies that start together must not both write block 0.
    sql_query("LOCK TABLE follow_cursor IN SHARE ROW EXCLUSIVE MODE")
        .execute(connection)
        .await
        .map_err(StoreError::on("locking the cursor"))?;
    load(connection, locked).await
}

/// The last block applied.
pub(crate) async fn get(connection: &mut Connection) -> Result<Option<Header>, StoreError> {
    load(connection, "SELECT height, block_hash, header FROM follow_cursor").await
}

/// Moves from the block before to a block, and holds the cursor against another copy of the service until the
/// transaction ends. `false` where it is not at the block before, and nothing is changed.
pub(crate) async fn advance(connection: &mut Connection, header: &Header) -> Result<bool, StoreError> {
    let is_first = header.height() == 0;
    // The first has no row to hold.
    if is_first && lock(connection).await?.is_some() {
        return Ok(false);
    }
    let text = json::canonical(header).map_err(|error| BrokenRow::new(TABLE, error))?;
    let insert = "INSERT INTO follow_cursor (height, block_hash, header) VALUES ($1, $2, $3)";
    let update = "UPDATE follow_cursor SET height = $1, block_hash = $2, header = $3 WHERE height = $1 - 1";
    let moved = sql_query(if is_first { insert } else { update })
        .bind::<BigInt, _>(signed(header.height()))
        .bind::<Binary, _>(header.hash().as_bytes().as_slice())
        .bind::<Text, _>(text)
        .execute(connection)
        .await
        .map_err(StoreError::on("moving the cursor"))?;
    Ok(moved == 1)
}

/// Back to before the first block.
pub(crate) async fn clear(connection: &mut Connection) -> Result<(), StoreError> {
    sql_query("DELETE FROM follow_cursor")
        .execute(connection)
        .await
        .map_err(StoreError::on("clearing the cursor"))?;
    Ok(())
}

/// Empties tables of the read model, whose names come from programs only.
pub(crate) async fn truncate(connection: &mut Connection, tables: &[&'static str]) -> Result<(), StoreError> {
    if tables.is_empty() {
        return Ok(());
    }
    sql_query(format!("TRUNCATE {}", tables.join(", ")))
        .execute(connection)
        .await
        .map_err(StoreError::on("emptying a read model"))?;
    Ok(())
}

async fn load(connection: &mut Connection, sql: &str) -> Result<Option<Header>, StoreError> {
    let rows: Vec<Row> =
        sql_query(sql).load(connection).await.map_err(StoreError::on("reading the cursor"))?;
    Ok(rows.into_iter().next().map(Header::try_from).transpose()?)
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    height: i64,
    #[diesel(sql_type = Binary)]
    block_hash: Vec<u8>,
    #[diesel(sql_type = Text)]
    header: String,
}

impl TryFrom<Row> for Header {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let header: Self =
            json::from_canonical_str(&row.header).map_err(|error| BrokenRow::new(TABLE, error))?;
        if signed(header.height()) != row.height || header.hash().as_bytes().as_slice() != row.block_hash {
            return Err(BrokenRow::new(TABLE, "height or hash is not the header's"));
        }
        Ok(header)
    }
}
