//! Table `party`: everybody who may sign.

use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::PartyId;
use piao_domain::party::{Industry, Profile, Region, Standing};
use piao_store::{Connection, StoreError, sql_query};

use super::BrokenRow;
use crate::follow::{PartyRecord, Standings};

const TABLE: &str = "party";

/// Writes parties that are new, or were written by an earlier run of the same block.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    parties: &[PartyRecord],
) -> Result<(), StoreError> {
    if parties.is_empty() {
        return Ok(());
    }
    let columns = || parties.iter().map(|record| Columns::of(&record.profile));
    sql_query(
        "INSERT INTO party (party, kind, name, region, industry, standing) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<Text>, _>(parties.iter().map(|record| record.party.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(columns().map(|columns| columns.kind).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(columns().map(|columns| columns.name).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(columns().map(|columns| columns.region).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(columns().map(|columns| columns.industry).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(parties.iter().map(|record| standing_text(record.standing)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing parties"))?;
    Ok(())
}

/// Sets the standing of parties that are there.
pub(crate) async fn set_standings(
    connection: &mut Connection,
    standings: &Standings,
) -> Result<(), StoreError> {
    if standings.is_empty() {
        return Ok(());
    }
    sql_query(
        "UPDATE party SET standing = new.standing FROM UNNEST($1, $2) AS new (party, standing) \
         WHERE party.party = new.party",
    )
    .bind::<Array<Text>, _>(standings.keys().map(ToString::to_string).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(standings.values().map(|standing| standing_text(*standing)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("setting standings"))?;
    Ok(())
}

/// One party.
pub(crate) async fn get(
    connection: &mut Connection,
    party: &PartyId,
) -> Result<Option<PartyRecord>, StoreError> {
    let rows: Vec<Row> =
        sql_query("SELECT party, kind, name, region, industry, standing FROM party WHERE party = $1")
            .bind::<Text, _>(party.to_string())
            .load(connection)
            .await
            .map_err(StoreError::on("reading a party"))?;
    Ok(rows.into_iter().next().map(PartyRecord::try_from).transpose()?)
}

/// Parties after one, by name of party.
pub(crate) async fn list(
    connection: &mut Connection,
    after: Option<&PartyId>,
    rows_max: u32,
) -> Result<Vec<PartyRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT party, kind, name, region, industry, standing FROM party WHERE party > $1 ORDER BY party LIMIT $2",
    )
    .bind::<Text, _>(after.map(ToString::to_string).unwrap_or_default())
    .bind::<BigInt, _>(i64::from(rows_max))
    .load(connection)
    .await
    .map_err(StoreError::on("listing parties"))?;
    Ok(rows.into_iter().map(PartyRecord::try_from).collect::<Result<_, _>>()?)
}

/// Whether a party is there.
pub(crate) async fn exists(connection: &mut Connection, party: &PartyId) -> Result<bool, StoreError> {
    let row: ExistsRow = sql_query("SELECT EXISTS (SELECT FROM party WHERE party = $1) AS there")
        .bind::<Text, _>(party.to_string())
        .get_result(connection)
        .await
        .map_err(StoreError::on("looking for a party"))?;
    Ok(row.there)
}

struct Columns<'a> {
    kind: &'static str,
    name: Option<&'a str>,
    region: Option<&'a str>,
    industry: Option<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(profile: &'a Profile) -> Self {
        let bare = |kind| Self { kind, name: None, region: None, industry: None };
        match profile {
            Profile::Bureau => bare("bureau"),
            Profile::Node => bare("node"),
            Profile::Person => bare("person"),
            Profile::Enterprise { name, region, industry } => Self {
                kind: "enterprise",
                name: Some(name),
                region: Some(region.as_str()),
                industry: Some(industry.as_str()),
            },
        }
    }
}

const fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
    }
}

#[derive(diesel::QueryableByName)]
struct ExistsRow {
    #[diesel(sql_type = Bool)]
    there: bool,
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    party: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    region: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    industry: Option<String>,
    #[diesel(sql_type = Text)]
    standing: String,
}

impl TryFrom<Row> for PartyRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let broken = |what: &dyn std::fmt::Display| BrokenRow::new(TABLE, what);
        let party = PartyId::parse(&row.party).map_err(|error| broken(&error))?;
        let profile = match (&party, row.kind.as_str(), row.name, row.region, row.industry) {
            (PartyId::Bureau(_), "bureau", None, None, None) => Profile::Bureau,
            (PartyId::Node(_), "node", None, None, None) => Profile::Node,
            (PartyId::Person(_), "person", None, None, None) => Profile::Person,
            (PartyId::Enterprise(_), "enterprise", Some(name), Some(region), Some(industry)) => {
                Profile::Enterprise {
                    name,
                    region: Region::parse(&region).map_err(|error| broken(&error))?,
                    industry: Industry::parse(&industry).map_err(|error| broken(&error))?,
                }
            }
            (_, kind, _, _, _) => return Err(broken(&format!("{party} as {kind}"))),
        };
        let standing = match row.standing.as_str() {
            "active" => Standing::Active,
            "suspended" => Standing::Suspended,
            other => return Err(broken(&format!("standing {other}"))),
        };
        Ok(Self { party, profile, standing })
    }
}
