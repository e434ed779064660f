use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::ids::TransitionId;
use piao_domain::quota::{Application, ApplicationStatus};
use piao_domain::rules::Allowance;
use piao_store::{Connection, StoreError, sql_query};

use super::account::{allowance, count};
use super::{Stored, StoredBadly};
use crate::LedgerError;

const APPLICATION: Stored = Stored("quota_application");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
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
    granted_amount: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    granted_count: Option<i64>,
}

impl TryFrom<Row> for (TransitionId, Application) {
    type Error = StoredBadly;

    fn try_from(row: Row) -> Result<Self, StoredBadly> {
        let status = match (row.status.as_str(), row.granted_amount, row.granted_count) {
            ("pending", None, None) => ApplicationStatus::Pending,
            ("refused", None, None) => ApplicationStatus::Refused,
            ("granted", Some(amount), Some(count)) => {
                ApplicationStatus::Granted(allowance(APPLICATION, amount, count)?)
            }
            (other, ..) => return Err(APPLICATION.bad(format!("{other} with the facts of another"))),
        };
        let application = Application {
            issuer: APPLICATION.enterprise(&row.issuer)?,
            month: APPLICATION.month(&row.month)?,
            asked: allowance(APPLICATION, row.asked_amount, row.asked_count)?,
            status,
        };
        Ok((APPLICATION.transition(row.id)?, application))
    }
}

/// Puts applications into the state.
pub(crate) async fn load_applications(
    connection: &mut Connection,
    state: &mut State,
    ids: &BTreeSet<TransitionId>,
) -> Result<(), LedgerError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = ids.iter().map(|id| id.as_bytes().to_vec()).collect::<Vec<_>>();
    let rows: Vec<Row> = sql_query(
        "SELECT id, issuer, month, asked_amount, asked_count, status, granted_amount, granted_count \
         FROM quota_application WHERE id = ANY($1)",
    )
    .bind::<Array<Binary>, _>(&ids)
    .load(connection)
    .await
    .map_err(StoreError::on("loading quota applications"))?;
    for row in rows {
        let (id, application) = row.try_into()?;
        state.applications.insert(id, application);
    }
    Ok(())
}

/// Writes applications as the state has them.
pub(crate) async fn write_applications(
    connection: &mut Connection,
    state: &State,
    touched: &BTreeSet<TransitionId>,
) -> Result<(), LedgerError> {
    if touched.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    for id in touched {
        if let Some(application) = state.applications.get(id) {
            columns.push(id, application);
        }
    }
    sql_query(
        "INSERT INTO quota_application (id, issuer, month, asked_amount, asked_count, status, granted_amount, \
         granted_count) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, granted_amount = excluded.granted_amount, \
         granted_count = excluded.granted_count",
    )
    .bind::<Array<Binary>, _>(columns.id)
    .bind::<Array<Text>, _>(columns.issuer)
    .bind::<Array<Text>, _>(columns.month)
    .bind::<Array<BigInt>, _>(columns.asked_amount)
    .bind::<Array<BigInt>, _>(columns.asked_count)
    .bind::<Array<Text>, _>(columns.status)
    .bind::<Array<Nullable<BigInt>>, _>(columns.granted_amount)
    .bind::<Array<Nullable<BigInt>>, _>(columns.granted_count)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing quota applications"))?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    id: Vec<Vec<u8>>,
    issuer: Vec<String>,
    month: Vec<String>,
    asked_amount: Vec<i64>,
    asked_count: Vec<i64>,
    status: Vec<&'static str>,
    granted_amount: Vec<Option<i64>>,
    granted_count: Vec<Option<i64>>,
}

impl Columns {
    fn push(&mut self, id: &TransitionId, application: &Application) {
        let (status, granted): (_, Option<Allowance>) = match application.status {
            ApplicationStatus::Pending => ("pending", None),
            ApplicationStatus::Granted(given) => ("granted", Some(given)),
            ApplicationStatus::Refused => ("refused", None),
        };
        self.id.push(id.as_bytes().to_vec());
        self.issuer.push(application.issuer.to_string());
        self.month.push(application.month.to_string());
        self.asked_amount.push(application.asked.amount.get());
        self.asked_count.push(count(application.asked.count));
        self.status.push(status);
        self.granted_amount.push(granted.map(|granted| granted.amount.get()));
        self.granted_count.push(granted.map(|granted| count(granted.count)));
    }
}
