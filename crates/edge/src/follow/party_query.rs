//! What services ask of parties and keys, on a connection of theirs.

use piao_domain::ids::PartyId;
use piao_domain::party::Party;
use piao_store::{Connection, StoreError};

use super::{KeyRecord, PartyRecord};
use crate::db;

/// One party.
///
/// # Errors
/// [`StoreError`].
pub async fn get_party(
    connection: &mut Connection,
    party: &PartyId,
) -> Result<Option<PartyRecord>, StoreError> {
    db::party::get(connection, party).await
}

/// Up to `rows_max` parties after one, by name.
///
/// # Errors
/// [`StoreError`].
pub async fn list_parties(
    connection: &mut Connection,
    after: Option<&PartyId>,
    rows_max: u32,
) -> Result<Vec<PartyRecord>, StoreError> {
    db::party::list(connection, after, rows_max).await
}

/// Every live key of a party and up to `revoked_max` of those that it had, by key id. How many it had is not bounded.
///
/// # Errors
/// [`StoreError`].
pub async fn keys_of(
    connection: &mut Connection,
    party: &PartyId,
    revoked_max: u32,
) -> Result<Vec<KeyRecord>, StoreError> {
    db::party_key::of_party(connection, party, revoked_max).await
}

/// A party with its live keys: what the ledger's guards look at when it signs.
///
/// # Errors
/// [`StoreError`].
pub async fn get_signer(connection: &mut Connection, party: &PartyId) -> Result<Option<Party>, StoreError> {
    let Some(record) = get_party(connection, party).await? else { return Ok(None) };
    let keys = keys_of(connection, party, 0).await?;
    let keys = keys.into_iter().map(|record| (record.kid, record.key)).collect();
    Ok(Some(Party { profile: record.profile, standing: record.standing, keys }))
}
