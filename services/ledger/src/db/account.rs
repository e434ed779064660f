use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::quota::Account;
use piao_domain::rules::Allowance;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, StoredBadly};
use crate::LedgerError;

const ACCOUNT: Stored = Stored("quota_account");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Text)]
    month: String,
    #[diesel(sql_type = BigInt)]
    granted_amount: i64,
    #[diesel(sql_type = BigInt)]
    granted_count: i64,
    #[diesel(sql_type = BigInt)]
    used_amount: i64,
    #[diesel(sql_type = BigInt)]
    used_count: i64,
    #[diesel(sql_type = BigInt)]
    pending: i64,
}

impl TryFrom<Row> for ((Uscc, Month), Account) {
    type Error = StoredBadly;

    fn try_from(row: Row) -> Result<Self, StoredBadly> {
        let key = (ACCOUNT.enterprise(&row.issuer)?, ACCOUNT.month(&row.month)?);
        let account = Account {
            granted: allowance(ACCOUNT, row.granted_amount, row.granted_count)?,
            used: allowance(ACCOUNT, row.used_amount, row.used_count)?,
            pending: ACCOUNT.unsigned(row.pending)?,
        };
        Ok((key, account))
    }
}

pub(super) fn allowance(table: Stored, amount: i64, count: i64) -> Result<Allowance, StoredBadly> {
    Ok(Allowance { amount: table.money(amount)?, count: table.unsigned(count)? })
}

pub(super) fn count(value: u32) -> i64 {
    i64::from(value)
}

/// Puts issuers' months into the state.
pub(crate) async fn load_accounts(
    connection: &mut Connection,
    state: &mut State,
    accounts: &BTreeSet<(Uscc, Month)>,
) -> Result<(), LedgerError> {
    if accounts.is_empty() {
        return Ok(());
    }
    let (issuers, months): (Vec<_>, Vec<_>) =
        accounts.iter().map(|(issuer, month)| (issuer.as_str(), month.to_string())).unzip();
    let rows: Vec<Row> = sql_query(
        "SELECT a.issuer, a.month, granted_amount, granted_count, used_amount, used_count, pending \
         FROM UNNEST($1, $2) AS u (issuer, month) \
         JOIN quota_account a ON a.issuer = u.issuer AND a.month = u.month",
    )
    .bind::<Array<Text>, _>(&issuers)
    .bind::<Array<Text>, _>(&months)
    .load(connection)
    .await
    .map_err(StoreError::on("loading quota accounts"))?;
    for row in rows {
        let (key, account) = row.try_into()?;
        state.accounts.insert(key, account);
    }
    Ok(())
}

/// Writes issuers' months as the state has them.
pub(crate) async fn write_accounts(
    connection: &mut Connection,
    state: &State,
    touched: &BTreeSet<(Uscc, Month)>,
) -> Result<(), LedgerError> {
    if touched.is_empty() {
        return Ok(());
    }
    let found = touched.iter().filter_map(|key| state.accounts.get(key).map(|account| (key, account)));
    let found = found.collect::<Vec<_>>();
    let amounts = |get: fn(&Account) -> Allowance| {
        found.iter().map(|(_, account)| get(account).amount.get()).collect::<Vec<_>>()
    };
    let counts = |get: fn(&Account) -> Allowance| {
        found.iter().map(|(_, account)| count(get(account).count)).collect::<Vec<_>>()
    };
    sql_query(
        "INSERT INTO quota_account (issuer, month, granted_amount, granted_count, used_amount, used_count, \
         pending) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (issuer, month) DO UPDATE SET granted_amount = excluded.granted_amount, \
         granted_count = excluded.granted_count, used_amount = excluded.used_amount, \
         used_count = excluded.used_count, pending = excluded.pending",
    )
    .bind::<Array<Text>, _>(found.iter().map(|((issuer, _), _)| issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(found.iter().map(|((_, month), _)| month.to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(amounts(|account| account.granted))
    .bind::<Array<BigInt>, _>(counts(|account| account.granted))
    .bind::<Array<BigInt>, _>(amounts(|account| account.used))
    .bind::<Array<BigInt>, _>(counts(|account| account.used))
    .bind::<Array<BigInt>, _>(found.iter().map(|(_, account)| count(account.pending)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing quota accounts"))?;
    Ok(())
}
