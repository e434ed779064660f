//! Table `quota_account`: issuers' months.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::RunQueryDsl;
use piao_domain::quota::Account;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column};

const COLUMN: Column = Column("quota_account");
const COLUMNS: &str = "issuer, month, granted_amount, granted_count, used_amount, used_count, pending";

/// Whose month.
pub(crate) type AccountKey = (Uscc, Month);

/// Writes accounts, new ones and changed ones.
pub(crate) async fn upsert_many(
    connection: &mut Connection,
    accounts: &BTreeMap<AccountKey, Account>,
) -> Result<(), StoreError> {
    if accounts.is_empty() {
        return Ok(());
    }
    let numbers = |of: fn(&Account) -> i64| accounts.values().map(of).collect::<Vec<_>>();
    sql_query(format!(
        "INSERT INTO quota_account ({COLUMNS}) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (issuer, month) DO UPDATE SET granted_amount = excluded.granted_amount, \
         granted_count = excluded.granted_count, used_amount = excluded.used_amount, \
         used_count = excluded.used_count, pending = excluded.pending"
    ))
    .bind::<Array<Text>, _>(accounts.keys().map(|(issuer, _)| issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(accounts.keys().map(|(_, month)| month.to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|account| account.granted.amount.get()))
    .bind::<Array<BigInt>, _>(numbers(|account| i64::from(account.granted.count)))
    .bind::<Array<BigInt>, _>(numbers(|account| account.used.amount.get()))
    .bind::<Array<BigInt>, _>(numbers(|account| i64::from(account.used.count)))
    .bind::<Array<BigInt>, _>(numbers(|account| i64::from(account.pending)))
    .execute(connection)
    .await
    .map_err(StoreError::on("writing quota accounts"))?;
    Ok(())
}

/// Some accounts. One that is not there is [`Account::EMPTY`].
pub(crate) async fn get_many(
    connection: &mut Connection,
    keys: &BTreeSet<AccountKey>,
) -> Result<BTreeMap<AccountKey, Account>, StoreError> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM quota_account WHERE (issuer, month) IN (SELECT * FROM UNNEST($1, $2))"
    ))
    .bind::<Array<Text>, _>(keys.iter().map(|(issuer, _)| issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(keys.iter().map(|(_, month)| month.to_string()).collect::<Vec<_>>())
    .load(connection)
    .await
    .map_err(StoreError::on("reading quota accounts"))?;
    Ok(rows.into_iter().map(Row::into_entry).collect::<Result<_, _>>()?)
}

/// One account.
pub(crate) async fn get(
    connection: &mut Connection,
    issuer: Uscc,
    month: Month,
) -> Result<Account, StoreError> {
    let found = get_many(connection, &BTreeSet::from([(issuer, month)])).await?;
    Ok(found.into_values().next().unwrap_or(Account::EMPTY))
}

#[derive(diesel::QueryableByName)]
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

impl Row {
    fn into_entry(self) -> Result<(AccountKey, Account), BrokenRow> {
        let account = Account {
            granted: COLUMN.allowance(self.granted_amount, self.granted_count)?,
            used: COLUMN.allowance(self.used_amount, self.used_count)?,
            pending: COLUMN.unsigned(self.pending)?,
        };
        Ok(((COLUMN.uscc(&self.issuer)?, COLUMN.month(&self.month)?), account))
    }
}
