use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryableByName;
use diesel::sql_types::{Array, Binary, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::key::PublicKey;
use piao_domain::party::{Industry, KeyState, Party, Profile, Region, RegisteredKey, Standing};
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, StoredBadly};
use crate::LedgerError;

const PARTY: Stored = Stored("party");
const KEY: Stored = Stored("party_key");

#[derive(QueryableByName)]
struct PartyRow {
    #[diesel(sql_type = Text)]
    party: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    region: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    industry: Option<String>,
    #[diesel(sql_type = Bool)]
    active: bool,
}

#[derive(QueryableByName)]
struct KeyRow {
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
    #[diesel(sql_type = Bool)]
    live: bool,
}

impl TryFrom<PartyRow> for (PartyId, Party) {
    type Error = StoredBadly;

    fn try_from(row: PartyRow) -> Result<Self, StoredBadly> {
        let id = PARTY.party(&row.party)?;
        let profile = match (&id, row.name, row.region, row.industry) {
            (PartyId::Bureau(_), None, None, None) => Profile::Bureau,
            (PartyId::Node(_), None, None, None) => Profile::Node,
            (PartyId::Person(_), None, None, None) => Profile::Person,
            (PartyId::Enterprise(_), Some(name), Some(region), Some(industry)) => Profile::Enterprise {
                name,
                region: PARTY.read(Region::parse(&region))?,
                industry: PARTY.read(Industry::parse(&industry))?,
            },
            (id, ..) => return Err(PARTY.bad(format!("{id} with the facts of another kind"))),
        };
        let standing = if row.active { Standing::Active } else { Standing::Suspended };
        Ok((id, Party { profile, standing, keys: BTreeMap::new() }))
    }
}

impl TryFrom<KeyRow> for (KeyId, PartyId, RegisteredKey) {
    type Error = StoredBadly;

    fn try_from(row: KeyRow) -> Result<Self, StoredBadly> {
        let x = KEY.bytes(row.x)?;
        let public = match (row.algorithm.as_str(), row.y) {
            ("ES256K", Some(y)) => PublicKey::Es256k { x, y: KEY.bytes(y)? },
            ("ES256", Some(y)) => PublicKey::Es256 { x, y: KEY.bytes(y)? },
            ("EdDSA", None) => PublicKey::EdDsa { x },
            (other, _) => return Err(KEY.bad(format!("{other} with the coordinates of another"))),
        };
        let state = if row.live { KeyState::Live } else { KeyState::Revoked };
        Ok((KEY.key(row.kid)?, KEY.party(&row.party)?, RegisteredKey { public, state }))
    }
}

/// Puts parties into the state with every live key of theirs, and with what they have or had of `keys`.
pub(crate) async fn load_parties(
    connection: &mut Connection,
    state: &mut State,
    parties: &BTreeSet<PartyId>,
    keys: &BTreeSet<(PartyId, KeyId)>,
) -> Result<(), LedgerError> {
    let names = parties.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rows: Vec<PartyRow> =
        sql_query("SELECT party, name, region, industry, active FROM party WHERE party = ANY($1)")
            .bind::<Array<Text>, _>(&names)
            .load(connection)
            .await
            .map_err(StoreError::on("loading parties"))?;
    for row in rows {
        let (id, party) = row.try_into()?;
        state.parties.insert(id, party);
    }
    // Live keys are few; how many a party had before is not bounded, so only those that are asked about are read.
    let named = Named::of(keys);
    let rows: Vec<KeyRow> = sql_query(
        "SELECT kid, party, algorithm, x, y, live FROM party_key WHERE live AND party = ANY($1) \
         UNION SELECT kid, party, algorithm, x, y, live FROM party_key \
         JOIN UNNEST($2, $3) AS named (party, kid) USING (party, kid)",
    )
    .bind::<Array<Text>, _>(&names)
    .bind::<Array<Text>, _>(&named.parties)
    .bind::<Array<Binary>, _>(&named.kids)
    .load(connection)
    .await
    .map_err(StoreError::on("loading keys"))?;
    for row in rows {
        let (kid, owner, key) = row.try_into()?;
        if let Some(party) = state.parties.get_mut(&owner) {
            party.keys.insert(kid, key);
        }
    }
    Ok(())
}

/// These keys of these parties, where they have or had them.
pub(crate) async fn find_keys(
    connection: &mut Connection,
    keys: &BTreeSet<(PartyId, KeyId)>,
) -> Result<Vec<(KeyId, PartyId, RegisteredKey)>, LedgerError> {
    let named = Named::of(keys);
    let rows: Vec<KeyRow> = sql_query(
        "SELECT kid, party, algorithm, x, y, live FROM party_key \
         JOIN UNNEST($1, $2) AS named (party, kid) USING (party, kid)",
    )
    .bind::<Array<Text>, _>(&named.parties)
    .bind::<Array<Binary>, _>(&named.kids)
    .load(connection)
    .await
    .map_err(StoreError::on("finding keys"))?;
    rows.into_iter().map(|row| row.try_into().map_err(LedgerError::from)).collect()
}

/// Writes parties and keys as the state has them.
pub(crate) async fn write_parties(
    connection: &mut Connection,
    state: &State,
    touched: &BTreeSet<PartyId>,
    touched_keys: &BTreeSet<(PartyId, KeyId)>,
) -> Result<(), LedgerError> {
    let mut parties = PartyColumns::default();
    for id in touched {
        if let Some(party) = state.parties.get(id) {
            parties.push(id, party);
        }
    }
    let mut keys = KeyColumns::default();
    for (owner, kid) in touched_keys {
        if let Some(key) = state.parties.get(owner).and_then(|party| party.keys.get(kid)) {
            keys.push(owner, kid, key);
        }
    }
    write_party_rows(connection, parties).await?;
    write_key_rows(connection, keys).await
}

async fn write_party_rows(connection: &mut Connection, parties: PartyColumns) -> Result<(), LedgerError> {
    if parties.party.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO party (party, name, region, industry, active) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5) \
         ON CONFLICT (party) DO UPDATE SET active = excluded.active",
    )
    .bind::<Array<Text>, _>(parties.party)
    .bind::<Array<Nullable<Text>>, _>(parties.name)
    .bind::<Array<Nullable<Text>>, _>(parties.region)
    .bind::<Array<Nullable<Text>>, _>(parties.industry)
    .bind::<Array<Bool>, _>(parties.active)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing parties"))?;
    Ok(())
}

async fn write_key_rows(connection: &mut Connection, keys: KeyColumns) -> Result<(), LedgerError> {
    if keys.kid.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO party_key (kid, party, algorithm, x, y, live) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (party, kid) DO UPDATE SET live = excluded.live",
    )
    .bind::<Array<Binary>, _>(keys.kid)
    .bind::<Array<Text>, _>(keys.party)
    .bind::<Array<Text>, _>(keys.algorithm)
    .bind::<Array<Binary>, _>(keys.x)
    .bind::<Array<Nullable<Binary>>, _>(keys.y)
    .bind::<Array<Bool>, _>(keys.live)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing keys"))?;
    Ok(())
}

/// Parties and keys side by side, as `UNNEST` takes them.
struct Named {
    parties: Vec<String>,
    kids: Vec<Vec<u8>>,
}

impl Named {
    fn of(keys: &BTreeSet<(PartyId, KeyId)>) -> Self {
        let parties = keys.iter().map(|(party, _)| party.to_string()).collect();
        Self { parties, kids: keys.iter().map(|(_, kid)| kid.as_bytes().to_vec()).collect() }
    }
}

#[derive(Default)]
struct PartyColumns {
    party: Vec<String>,
    name: Vec<Option<String>>,
    region: Vec<Option<String>>,
    industry: Vec<Option<String>>,
    active: Vec<bool>,
}

impl PartyColumns {
    fn push(&mut self, id: &PartyId, party: &Party) {
        let (name, region, industry) = match &party.profile {
            Profile::Enterprise { name, region, industry } => {
                (Some(name.clone()), Some(region.to_string()), Some(industry.to_string()))
            }
            Profile::Bureau | Profile::Node | Profile::Person => (None, None, None),
        };
        self.party.push(id.to_string());
        self.name.push(name);
        self.region.push(region);
        self.industry.push(industry);
        self.active.push(party.standing == Standing::Active);
    }
}

#[derive(Default)]
struct KeyColumns {
    kid: Vec<Vec<u8>>,
    party: Vec<String>,
    algorithm: Vec<&'static str>,
    x: Vec<Vec<u8>>,
    y: Vec<Option<Vec<u8>>>,
    live: Vec<bool>,
}

impl KeyColumns {
    fn push(&mut self, party: &PartyId, kid: &KeyId, key: &RegisteredKey) {
        let (algorithm, x, y) = match &key.public {
            PublicKey::Es256k { x, y } => ("ES256K", x, Some(y)),
            PublicKey::Es256 { x, y } => ("ES256", x, Some(y)),
            PublicKey::EdDsa { x } => ("EdDSA", x, None),
        };
        self.kid.push(kid.as_bytes().to_vec());
        self.party.push(party.to_string());
        self.algorithm.push(algorithm);
        self.x.push(x.to_vec());
        self.y.push(y.map(|y| y.to_vec()));
        self.live.push(key.state == KeyState::Live);
    }
}
