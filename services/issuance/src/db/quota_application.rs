//! Table `quota_application`: what issuers applied for and what became of it.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::TransitionId;
use piao_domain::quota::{Application, ApplicationStatus};
use piao_domain::rules::Allowance;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column, signed};

const COLUMN: Column = Column("quota_application");
const COLUMNS: &str = "id, place, issuer, month, asked_amount, asked_count, status, given_amount, given_count, \
     applied_at, changed_at";

/// An application with where and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApplicationRecord {
    /// The transition that applied.
    pub(crate) id: TransitionId,
    /// That transition's entry in the log.
    pub(crate) place: u64,
    /// Block time of it.
    pub(crate) applied_at: Time,
    /// Block time of the last transition on it, its own first.
    pub(crate) changed_at: Time,
    /// The application.
    pub(crate) application: Application,
}

/// Which applications a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApplicationFilter {
    /// Of this issuer alone.
    pub(crate) issuer: Option<Uscc>,
    /// For this month alone.
    pub(crate) month: Option<Month>,
    /// With this status alone, as the column spells it.
    pub(crate) status: Option<&'static str>,
}

/// Writes applications, new ones and changed ones.
pub(crate) async fn upsert_many(
    connection: &mut Connection,
    records: &[&ApplicationRecord],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let applications = || records.iter().map(|record| &record.application);
    let given = || applications().map(|application| given_of(application.status));
    sql_query(format!(
        "INSERT INTO quota_application ({COLUMNS}) \
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, given_amount = excluded.given_amount, \
         given_count = excluded.given_count, changed_at = excluded.changed_at"
    ))
    .bind::<Array<Binary>, _>(
        records.iter().map(|record| record.id.as_bytes().as_slice()).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(records.iter().map(|record| signed(record.place)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(applications().map(|one| one.issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(applications().map(|one| one.month.to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(applications().map(|one| one.asked.amount.get()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(applications().map(|one| i64::from(one.asked.count)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(applications().map(|one| status_text(one.status)).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(
        given().map(|given| given.map(|given| given.amount.get())).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<BigInt>>, _>(
        given().map(|given| given.map(|given| i64::from(given.count))).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(records.iter().map(|record| record.applied_at.unix()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(records.iter().map(|record| record.changed_at.unix()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing applications for quota"))?;
    Ok(())
}

/// Some applications, by id.
pub(crate) async fn get_many(
    connection: &mut Connection,
    ids: &[TransitionId],
) -> Result<BTreeMap<TransitionId, ApplicationRecord>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Row> = sql_query(format!("SELECT {COLUMNS} FROM quota_application WHERE id = ANY($1)"))
        .bind::<Array<Binary>, _>(ids.iter().map(|id| id.as_bytes().as_slice()).collect::<Vec<_>>())
        .load(connection)
        .await
        .map_err(StoreError::on("reading applications for quota"))?;
    let records = rows.into_iter().map(ApplicationRecord::try_from);
    Ok(records.map(|record| record.map(|record| (record.id, record))).collect::<Result<_, _>>()?)
}

/// Applications that a filter lets pass, in the order in which they were made, after one.
pub(crate) async fn list(
    connection: &mut Connection,
    filter: &ApplicationFilter,
    after: Option<u64>,
    rows_max: u32,
) -> Result<Vec<ApplicationRecord>, StoreError> {
    // What is not asked for stands in no text, so that each of them can go by an index of its own.
    let issuer = if filter.issuer.is_some() { "issuer = $2" } else { "$2::text IS NULL" };
    let month = if filter.month.is_some() { "month = $3" } else { "$3::text IS NULL" };
    let status = if filter.status.is_some() { "status = $4" } else { "$4::text IS NULL" };
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM quota_application \
         WHERE place > $1 AND {issuer} AND {month} AND {status} ORDER BY place LIMIT $5"
    ))
    .bind::<BigInt, _>(after.map_or(0, signed))
    .bind::<Nullable<Text>, _>(filter.issuer.as_ref().map(Uscc::as_str))
    .bind::<Nullable<Text>, _>(filter.month.map(|month| month.to_string()))
    .bind::<Nullable<Text>, _>(filter.status)
    .bind::<BigInt, _>(i64::from(rows_max))
    .load(connection)
    .await
    .map_err(StoreError::on("listing applications for quota"))?;
    Ok(rows.into_iter().map(ApplicationRecord::try_from).collect::<Result<_, _>>()?)
}

/// A status as column and documents spell it.
pub(crate) const fn status_text(status: ApplicationStatus) -> &'static str {
    match status {
        ApplicationStatus::Pending => "pending",
        ApplicationStatus::Granted(_) => "granted",
        ApplicationStatus::Refused => "refused",
    }
}

/// What was given, where anything was.
pub(crate) const fn given_of(status: ApplicationStatus) -> Option<Allowance> {
    match status {
        ApplicationStatus::Granted(given) => Some(given),
        ApplicationStatus::Pending | ApplicationStatus::Refused => None,
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Text)]
    month: String,
    #[diesel(sql_type = BigInt)]
    asked_amount: i64,
    #[diesel(sql_type = BigInt)]
    asked_count: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    given_amount: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    given_count: Option<i64>,
    #[diesel(sql_type = BigInt)]
    applied_at: i64,
    #[diesel(sql_type = BigInt)]
    changed_at: i64,
}

impl TryFrom<Row> for ApplicationRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let status = match (row.status.as_str(), row.given_amount, row.given_count) {
            ("pending", None, None) => ApplicationStatus::Pending,
            ("refused", None, None) => ApplicationStatus::Refused,
            ("granted", Some(amount), Some(count)) => {
                ApplicationStatus::Granted(COLUMN.allowance(amount, count)?)
            }
            (status, _, _) => return Err(COLUMN.broken(format!("status {status} with other columns"))),
        };
        let application = Application {
            issuer: COLUMN.uscc(&row.issuer)?,
            month: COLUMN.month(&row.month)?,
            asked: COLUMN.allowance(row.asked_amount, row.asked_count)?,
            status,
        };
        Ok(Self {
            id: COLUMN.id(&row.id)?,
            place: COLUMN.unsigned(row.place)?,
            applied_at: Time::from_unix(row.applied_at),
            changed_at: Time::from_unix(row.changed_at),
            application,
        })
    }
}
