//! What the store's tests share: a small schema and the rows in it.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use piao_store::{Connection, Database, Schema, StoreError};

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/migrations");

pub fn schema(name: &str) -> Schema {
    Schema::parse(name).unwrap()
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// A query whose one column is `number`.
pub async fn number(connection: &mut Connection, query: &str) -> Result<i64, StoreError> {
    let row: Number =
        sql_query(query).get_result(connection).await.map_err(StoreError::on("asking a number"))?;
    Ok(row.number)
}

/// A query whose one column is `word`.
pub async fn word(connection: &mut Connection, query: &str) -> Result<String, StoreError> {
    let row: Word = sql_query(query).get_result(connection).await.map_err(StoreError::on("asking a word"))?;
    Ok(row.word)
}

pub async fn execute(connection: &mut Connection, statement: &str) -> Result<usize, StoreError> {
    sql_query(statement).execute(connection).await.map_err(StoreError::on(statement))
}

/// Writes a row per id in one statement, columns bound as arrays.
pub async fn insert_rows(connection: &mut Connection, ids: &[i64], body: &[u8]) -> Result<usize, StoreError> {
    let bodies = vec![body; ids.len()];
    let notes: Vec<Option<String>> =
        ids.iter().map(|id| (id % 2 == 0).then(|| format!("note {id}"))).collect();
    sql_query("INSERT INTO rows (id, body, note) SELECT * FROM UNNEST($1, $2, $3)")
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Binary>, _>(bodies)
        .bind::<Array<Nullable<Text>>, _>(notes)
        .execute(connection)
        .await
        .map_err(StoreError::on("inserting rows"))
}

pub async fn insert(database: &Database, schema: &Schema, ids: &[i64]) -> Result<usize, StoreError> {
    database.transaction(schema, async |connection| insert_rows(connection, ids, b"body").await).await
}

pub async fn count(database: &Database, schema: &Schema) -> Result<i64, StoreError> {
    database
        .transaction(schema, async |connection| {
            number(connection, "SELECT count(*) AS number FROM rows").await
        })
        .await
}
