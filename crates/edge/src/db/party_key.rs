//! Table `party_key`: every key that a party has or had.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::key::PublicKey;
use piao_domain::party::{KeyState, RegisteredKey};
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, bytes_32};
use crate::follow::KeyRecord;

const TABLE: &str = "party_key";

/// Writes new keys, after what became of older ones.
pub(crate) async fn insert_many(connection: &mut Connection, keys: &[KeyRecord]) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let points = || keys.iter().map(|record| Columns::of(&record.key.public));
    sql_query(
        "INSERT INTO party_key (kid, party, algorithm, x, y, state) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<Binary>, _>(keys.iter().map(|record| record.kid.as_bytes().as_slice()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(keys.iter().map(|record| record.party.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(points().map(|point| point.algorithm).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(points().map(|point| point.x.as_slice()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Binary>>, _>(
        points().map(|point| point.y.map(<[u8; 32]>::as_slice)).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(keys.iter().map(|record| state_text(record.key.state)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing keys"))?;
    Ok(())
}

/// Revokes every key of some parties.
pub(crate) async fn revoke_of(
    connection: &mut Connection,
    parties: &BTreeSet<PartyId>,
) -> Result<(), StoreError> {
    if parties.is_empty() {
        return Ok(());
    }
    sql_query("UPDATE party_key SET state = 'revoked' WHERE party = ANY($1) AND state = 'live'")
        .bind::<Array<Text>, _>(parties.iter().map(ToString::to_string).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(StoreError::on("resetting keys"))?;
    Ok(())
}

/// Revokes keys.
pub(crate) async fn revoke_many(
    connection: &mut Connection,
    keys: &BTreeSet<(PartyId, KeyId)>,
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let kids = keys.iter().map(|(_, kid)| kid.as_bytes().as_slice());
    sql_query(
        "UPDATE party_key SET state = 'revoked' \
         WHERE (party, kid) IN (SELECT * FROM UNNEST($1, $2) AS revoked (party, kid))",
    )
    .bind::<Array<Text>, _>(keys.iter().map(|(party, _)| party.to_string()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(kids.collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("revoking keys"))?;
    Ok(())
}

/// One key of a party.
pub(crate) async fn get(
    connection: &mut Connection,
    party: &PartyId,
    kid: &KeyId,
) -> Result<Option<KeyRecord>, StoreError> {
    let rows: Vec<Row> =
        sql_query("SELECT kid, party, algorithm, x, y, state FROM party_key WHERE party = $1 AND kid = $2")
            .bind::<Text, _>(party.to_string())
            .bind::<Binary, _>(kid.as_bytes().as_slice())
            .load(connection)
            .await
            .map_err(StoreError::on("reading a key"))?;
    Ok(rows.into_iter().next().map(KeyRecord::try_from).transpose()?)
}

/// Every live key of a party and up to `revoked_max` revoked ones, by key id.
pub(crate) async fn of_party(
    connection: &mut Connection,
    party: &PartyId,
    revoked_max: u32,
) -> Result<Vec<KeyRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "(SELECT kid, party, algorithm, x, y, state FROM party_key WHERE party = $1 AND state = 'live') \
         UNION ALL (SELECT kid, party, algorithm, x, y, state FROM party_key \
         WHERE party = $1 AND state = 'revoked' ORDER BY kid LIMIT $2) ORDER BY kid",
    )
    .bind::<Text, _>(party.to_string())
    .bind::<BigInt, _>(i64::from(revoked_max))
    .load(connection)
    .await
    .map_err(StoreError::on("reading keys of a party"))?;
    Ok(rows.into_iter().map(KeyRecord::try_from).collect::<Result<_, _>>()?)
}

struct Columns<'a> {
    algorithm: &'static str,
    x: &'a [u8; 32],
    y: Option<&'a [u8; 32]>,
}

impl<'a> Columns<'a> {
    const fn of(key: &'a PublicKey) -> Self {
        match key {
            PublicKey::Es256k { x, y } => Self { algorithm: "ES256K", x, y: Some(y) },
            PublicKey::Es256 { x, y } => Self { algorithm: "ES256", x, y: Some(y) },
            PublicKey::EdDsa { x } => Self { algorithm: "EdDSA", x, y: None },
        }
    }
}

const fn state_text(state: KeyState) -> &'static str {
    match state {
        KeyState::Live => "live",
        KeyState::Revoked => "revoked",
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    kid: Vec<u8>,
    #[diesel(sql_type = Text)]
    party: String,
    #[diesel(sql_type = Text)]
    algorithm: String,
    #[diesel(sql_type = Binary)]
    x: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    y: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    state: String,
}

impl TryFrom<Row> for KeyRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let x = bytes_32(TABLE, &row.x)?;
        let y = row.y.as_deref().map(|y| bytes_32(TABLE, y)).transpose()?;
        let public = match (row.algorithm.as_str(), y) {
            ("ES256K", Some(y)) => PublicKey::Es256k { x, y },
            ("ES256", Some(y)) => PublicKey::Es256 { x, y },
            ("EdDSA", None) => PublicKey::EdDsa { x },
            (other, _) => return Err(BrokenRow::new(TABLE, format!("algorithm {other}"))),
        };
        let state = match row.state.as_str() {
            "live" => KeyState::Live,
            "revoked" => KeyState::Revoked,
            other => return Err(BrokenRow::new(TABLE, format!("state {other}"))),
        };
        Ok(Self {
            kid: KeyId::new(bytes_32(TABLE, &row.kid)?),
            party: PartyId::parse(&row.party).map_err(|error| BrokenRow::new(TABLE, error))?,
            key: RegisteredKey { public, state },
        })
    }
}
