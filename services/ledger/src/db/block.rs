use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Integer, SmallInt, Text};
use diesel_async::RunQueryDsl;
use piao_protocol::block::Header;
use piao_store::{Connection, StoreError, sql_query};

use super::head::signed;
use super::{Stored, bigint};
use crate::LedgerError;
use crate::session::TileRow;

const BLOCK: Stored = Stored("block");

/// A block as it is written.
pub(crate) struct BlockRow<'a> {
    pub(crate) header: &'a Header,
    /// Compressed export line.
    pub(crate) body: Vec<u8>,
    /// Entries of 65 bytes, the closing entry last.
    pub(crate) entries: Vec<u8>,
}

#[derive(QueryableByName)]
struct BodyRow {
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
}

#[derive(QueryableByName)]
struct EntriesRow {
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = Binary)]
    entries: Vec<u8>,
}

#[derive(QueryableByName)]
struct TileRead {
    #[diesel(sql_type = SmallInt)]
    level: i16,
    #[diesel(sql_type = BigInt)]
    tile: i64,
    #[diesel(sql_type = Binary)]
    hashes: Vec<u8>,
}

/// Inserts a block. Its height, hash and previous hash are unique, so that no two can stand in one place.
pub(crate) async fn insert_block(connection: &mut Connection, row: BlockRow<'_>) -> Result<(), LedgerError> {
    let header = row.header;
    let header_text = piao_protocol::json::canonical(header).map_err(|error| BLOCK.bad(error))?;
    let count = i32::try_from(header.count()).map_err(|error| BLOCK.bad(error))?;
    sql_query(
        "INSERT INTO block (height, hash, prev, time, first, count, header, body, entries) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind::<BigInt, _>(bigint(header.height()))
    .bind::<Binary, _>(header.hash().as_bytes().to_vec())
    .bind::<Binary, _>(header.prev().as_bytes().to_vec())
    .bind::<BigInt, _>(header.time().unix())
    .bind::<BigInt, _>(bigint(header.first()))
    .bind::<Integer, _>(count)
    .bind::<Text, _>(header_text)
    .bind::<Binary, _>(row.body)
    .bind::<Binary, _>(row.entries)
    .execute(connection)
    .await
    .map_err(StoreError::on("inserting a block"))?;
    Ok(())
}

/// Writes tiles that grew.
pub(crate) async fn write_tiles(connection: &mut Connection, tiles: Vec<TileRow>) -> Result<(), LedgerError> {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for tile in tiles {
        columns.0.push(tile.level);
        columns.1.push(tile.tile);
        columns.2.push(tile.hashes);
    }
    sql_query(
        "INSERT INTO log_tile (level, tile, hashes) SELECT * FROM UNNEST($1, $2, $3) \
         ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes",
    )
    .bind::<Array<SmallInt>, _>(columns.0)
    .bind::<Array<BigInt>, _>(columns.1)
    .bind::<Array<Binary>, _>(columns.2)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing log tiles"))?;
    Ok(())
}

/// So many compressed bytes are read at once, and the block that goes beyond.
const BODIES_BYTES_MAX: i64 = 4 << 20;

/// The compressed bodies of blocks from a height on, in order: at most `limit`, and no more once they have
/// [`BODIES_BYTES_MAX`] bytes together.
pub(crate) async fn list_bodies(
    connection: &mut Connection,
    from: u64,
    limit: u32,
) -> Result<Vec<Vec<u8>>, LedgerError> {
    // How long a body is stands beside it, so that those which are left out are not read.
    let query = "SELECT body FROM block WHERE height IN (SELECT height FROM (\
                 SELECT height, sum(octet_length(body)) OVER (ORDER BY height) - octet_length(body) AS before \
                 FROM (SELECT height, body FROM block WHERE height >= $1 ORDER BY height LIMIT $2) AS next) AS sized \
                 WHERE before < $3) ORDER BY height";
    let rows: Vec<BodyRow> = sql_query(query)
        .bind::<BigInt, _>(signed(from))
        .bind::<BigInt, _>(i64::from(limit))
        .bind::<BigInt, _>(BODIES_BYTES_MAX)
        .load(connection)
        .await
        .map_err(StoreError::on("reading blocks"))?;
    Ok(rows.into_iter().map(|row| row.body).collect())
}

/// The entries with indices from `first` up to `end`, 65 bytes each.
pub(crate) async fn read_entries(
    connection: &mut Connection,
    first: u64,
    end: u64,
) -> Result<Vec<u8>, LedgerError> {
    let rows: Vec<EntriesRow> = sql_query(
        "SELECT first, entries FROM block WHERE first < $2 AND first >= \
         (SELECT max(first) FROM block WHERE first <= $1) ORDER BY first",
    )
    .bind::<BigInt, _>(signed(first))
    .bind::<BigInt, _>(signed(end))
    .load(connection)
    .await
    .map_err(StoreError::on("reading log entries"))?;
    let mut entries = Vec::new();
    for row in rows {
        let at: u64 = BLOCK.unsigned(row.first)?;
        let skip = usize::try_from(first.saturating_sub(at)).unwrap_or(usize::MAX);
        entries.extend(row.entries.chunks(65).skip(skip).flatten());
    }
    entries.truncate(usize::try_from(end.saturating_sub(first)).unwrap_or(0) * 65);
    Ok(entries)
}

/// The bytes of one log entry, cut out of its block's by the server.
pub(crate) async fn read_entry(connection: &mut Connection, index: u64) -> Result<Vec<u8>, LedgerError> {
    let rows: Vec<EntriesRow> = sql_query(
        "SELECT first, substring(entries FROM (65 * ($1 - first) + 1)::int FOR 65) AS entries FROM block \
         WHERE first <= $1 ORDER BY first DESC LIMIT 1",
    )
    .bind::<BigInt, _>(signed(index))
    .load(connection)
    .await
    .map_err(StoreError::on("reading a log entry"))?;
    Ok(rows.into_iter().next().map(|row| row.entries).unwrap_or_default())
}

/// The tiles of these levels and places, those that are there.
pub(crate) async fn read_tiles(
    connection: &mut Connection,
    places: &[(i16, i64)],
) -> Result<Vec<TileRow>, LedgerError> {
    let (levels, tiles): (Vec<i16>, Vec<i64>) = places.iter().copied().unzip();
    let rows: Vec<TileRead> = sql_query(
        "SELECT t.level, t.tile, t.hashes FROM UNNEST($1, $2) AS u (level, tile) \
         JOIN log_tile t ON t.level = u.level AND t.tile = u.tile",
    )
    .bind::<Array<SmallInt>, _>(levels)
    .bind::<Array<BigInt>, _>(tiles)
    .load(connection)
    .await
    .map_err(StoreError::on("reading log tiles"))?;
    Ok(rows.into_iter().map(|row| TileRow { level: row.level, tile: row.tile, hashes: row.hashes }).collect())
}
