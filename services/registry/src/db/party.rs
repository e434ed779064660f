//! Table `party`, which every service follows, searched as only the registry does.

use diesel::result::Error as QueryError;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::PartyId;
use piao_domain::party::{Industry, Profile, Region, Standing};
use piao_edge::caller::Role;
use piao_edge::follow::PartyRecord;
use piao_store::{Connection, StoreError, sql_query};
use thiserror::Error;

/// Which parties; what is absent asks nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartyFilter {
    pub(crate) kind: Option<Role>,
    pub(crate) standing: Option<Standing>,
    pub(crate) region: Option<Region>,
}

/// Up to `rows_max` parties that pass a filter, after one, by name of party.
pub(crate) async fn find(
    connection: &mut Connection,
    filter: &PartyFilter,
    after: Option<&PartyId>,
    rows_max: u32,
) -> Result<Vec<PartyRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT party, kind, name, region, industry, standing FROM party \
         WHERE party > $1 AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR standing = $3) \
         AND ($4 IS NULL OR region = $4) ORDER BY party LIMIT $5",
    )
    .bind::<Text, _>(after.map(ToString::to_string).unwrap_or_default())
    .bind::<Nullable<Text>, _>(filter.kind.map(kind_text))
    .bind::<Nullable<Text>, _>(filter.standing.map(standing_text))
    .bind::<Nullable<Text>, _>(filter.region.as_ref().map(Region::as_str))
    .bind::<BigInt, _>(i64::from(rows_max))
    .load(connection)
    .await
    .map_err(StoreError::on("searching parties"))?;
    rows.into_iter().map(|row| PartyRecord::try_from(row).map_err(BrokenRow::into_fault)).collect()
}

const fn kind_text(kind: Role) -> &'static str {
    match kind {
        Role::Bureau => "bureau",
        Role::Node => "node",
        Role::Enterprise => "enterprise",
        Role::Person => "person",
    }
}

const fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
    }
}

/// A row that breaks its own rules: something wrote past the follower, or a CHECK is missing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a row of table party breaks its own rules: {0}")]
struct BrokenRow(String);

impl BrokenRow {
    fn into_fault(self) -> StoreError {
        StoreError::on("reading a row of table party")(QueryError::DeserializationError(Box::new(self)))
    }
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
        let broken = |what: &dyn std::fmt::Display| BrokenRow(what.to_string());
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
