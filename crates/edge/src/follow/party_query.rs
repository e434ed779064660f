//! What services ask of parties and keys, on a connection of theirs.

use piao_domain::ids::PartyId;
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

/// Every key that some parties have or had, by party and key id.
///
/// # Errors
/// [`StoreError`].
pub async fn keys_of(
    connection: &mut Connection,
    parties: impl Iterator<Item = &PartyId> + Send,
) -> Result<Vec<KeyRecord>, StoreError> {
    db::party_key::of_parties(connection, parties).await
}
