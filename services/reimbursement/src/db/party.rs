use piao_domain::ids::PartyId;
use piao_domain::party::Party;
use piao_edge::follow::{get_party, keys_of};
use piao_store::{Connection, StoreError};

/// A party with its keys, as the ledger's guards look at it.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn get(connection: &mut Connection, party: &PartyId) -> Result<Option<Party>, StoreError> {
    let Some(record) = get_party(connection, party).await? else { return Ok(None) };
    let keys = keys_of(connection, std::iter::once(party)).await?;
    let keys = keys.into_iter().map(|record| (record.kid, record.key)).collect();
    Ok(Some(Party { profile: record.profile, standing: record.standing, keys }))
}
