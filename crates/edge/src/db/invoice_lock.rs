//! Table `invoice_lock`: every lock that an invoice has or had.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::{ClaimRef, PartyId, TransitionId};
use piao_domain::invoice::{Lock, LockEnd};
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, bytes_32, signed, unsigned};
use crate::follow::InvoiceRecord;

const TABLE: &str = "invoice_lock";

/// How many ended locks an invoice is read with; an enterprise finds all of its own in the list of locks.
const RECENT_LOCKS_MAX: u32 = 16;

const COLUMNS: &str =
    "invoice, lock, enterprise, claim_ref, amount, token, accepted_at, lease_until, exclusive, ended";

/// A lock and what names it.
pub(crate) type Named<'a> = (InvoiceNumber, TransitionId, &'a Lock);

/// Inserts locks that are new.
pub(crate) async fn insert_many(connection: &mut Connection, locks: &[Named<'_>]) -> Result<(), StoreError> {
    if locks.is_empty() {
        return Ok(());
    }
    let rows = || locks.iter().map(|(_, _, lock)| *lock);
    let sql = format!(
        "INSERT INTO invoice_lock ({COLUMNS}) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    sql_query(sql)
        .bind::<Array<Text>, _>(locks.iter().map(|(number, _, _)| number.as_str()).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(locks.iter().map(|(_, id, _)| id.as_bytes().as_slice()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows().map(|lock| lock.enterprise.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows().map(|lock| lock.claim_ref.as_str()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(rows().map(|lock| lock.amount.get()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(rows().map(|lock| signed(lock.token)).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(rows().map(|lock| lock.accepted_at.unix()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(rows().map(|lock| lock.lease_until.unix()).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(rows().map(|lock| lock.exclusive).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(rows().map(|lock| lock.end.map(end_text)).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(StoreError::on("writing new locks"))?;
    Ok(())
}

/// Updates what changes of a lock: how long it runs, and whether it has ended.
pub(crate) async fn update_many(connection: &mut Connection, locks: &[Named<'_>]) -> Result<(), StoreError> {
    if locks.is_empty() {
        return Ok(());
    }
    let rows = || locks.iter().map(|(_, _, lock)| *lock);
    sql_query(
        "UPDATE invoice_lock AS l SET lease_until = new.lease_until, ended = new.ended \
         FROM UNNEST($1, $2, $3, $4) AS new (invoice, token, lease_until, ended) \
         WHERE l.invoice = new.invoice AND l.token = new.token",
    )
    .bind::<Array<Text>, _>(locks.iter().map(|(number, _, _)| number.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows().map(|lock| signed(lock.token)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows().map(|lock| lock.lease_until.unix()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(rows().map(|lock| lock.end.map(end_text)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing changed locks"))?;
    Ok(())
}

/// The locks of some invoices that have not ended, put into the invoices.
pub(crate) async fn attach_unended(
    connection: &mut Connection,
    records: &mut BTreeMap<InvoiceNumber, InvoiceRecord>,
) -> Result<(), StoreError> {
    let locked = ever_locked(records);
    if locked.is_empty() {
        return Ok(());
    }
    let sql = format!("SELECT {COLUMNS} FROM invoice_lock WHERE invoice = ANY($1) AND ended IS NULL");
    let rows = sql_query(sql)
        .bind::<Array<Text>, _>(locked)
        .load(connection)
        .await
        .map_err(StoreError::on("reading live locks"))?;
    attach(records, rows)
}

/// The locks of some invoices that have not ended, and the last ended ones that a reader may know: an enterprise its
/// own, a bureau anybody's. An enterprise may lock and release as often as it likes; only bureaus read all of that.
pub(crate) async fn attach_recent(
    connection: &mut Connection,
    records: &mut BTreeMap<InvoiceNumber, InvoiceRecord>,
    reader: &PartyId,
) -> Result<(), StoreError> {
    // What is asked for stands in the text: PostgreSQL may plan a text once for all parameters.
    let whose = match reader {
        PartyId::Enterprise(_) => "l.enterprise = $2",
        PartyId::Bureau(_) => "$2 <> ''",
        PartyId::Person(_) | PartyId::Node(_) => return attach_unended(connection, records).await,
    };
    let locked = ever_locked(records);
    if locked.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM invoice_lock WHERE invoice = ANY($1) AND ended IS NULL UNION ALL \
         SELECT {COLUMNS} FROM UNNEST($1) AS asked (number) CROSS JOIN LATERAL (SELECT * FROM invoice_lock AS l \
         WHERE l.invoice = asked.number AND {whose} AND l.ended IS NOT NULL ORDER BY l.token DESC LIMIT $3) AS own"
    );
    let enterprise = reader.enterprise().map_or_else(|| reader.to_string(), ToString::to_string);
    let rows = sql_query(sql)
        .bind::<Array<Text>, _>(locked)
        .bind::<Text, _>(enterprise)
        .bind::<BigInt, _>(i64::from(RECENT_LOCKS_MAX))
        .load(connection)
        .await
        .map_err(StoreError::on("reading locks"))?;
    attach(records, rows)
}

/// Some locks, however old, put into their invoices.
pub(crate) async fn attach_named(
    connection: &mut Connection,
    records: &mut BTreeMap<InvoiceNumber, InvoiceRecord>,
    locks: &[TransitionId],
) -> Result<(), StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM invoice_lock WHERE lock = ANY($1)");
    let rows = sql_query(sql)
        .bind::<Array<Binary>, _>(locks.iter().map(|id| id.as_bytes().as_slice()).collect::<Vec<_>>())
        .load(connection)
        .await
        .map_err(StoreError::on("reading locks by name"))?;
    attach(records, rows)
}

/// The lock for which an enterprise used a reference on an invoice, however old.
pub(crate) async fn find_reference(
    connection: &mut Connection,
    invoice: &InvoiceNumber,
    enterprise: &Uscc,
    reference: &ClaimRef,
) -> Result<Option<(TransitionId, Lock)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM invoice_lock WHERE invoice = $1 AND enterprise = $2 AND claim_ref = $3"
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<Text, _>(invoice.as_str())
        .bind::<Text, _>(enterprise.as_str())
        .bind::<Text, _>(reference.as_str())
        .load(connection)
        .await
        .map_err(StoreError::on("looking for a lock by its reference"))?;
    let found = rows.into_iter().next().map(Row::into_lock).transpose()?;
    Ok(found.map(|(_, id, lock)| (id, lock)))
}

/// The invoice that a lock is on.
pub(crate) async fn invoice_of(
    connection: &mut Connection,
    lock: &TransitionId,
) -> Result<Option<InvoiceNumber>, StoreError> {
    let rows: Vec<Row> = sql_query(format!("SELECT {COLUMNS} FROM invoice_lock WHERE lock = $1"))
        .bind::<Binary, _>(lock.as_bytes().as_slice())
        .load(connection)
        .await
        .map_err(StoreError::on("looking for the invoice of a lock"))?;
    let found = rows.into_iter().next().map(Row::into_lock).transpose()?;
    Ok(found.map(|(number, _, _)| number))
}

/// The invoices that have or had a lock: each took a token, so the others are not looked for.
fn ever_locked(records: &BTreeMap<InvoiceNumber, InvoiceRecord>) -> Vec<String> {
    let locked = records.values().filter(|record| record.invoice.reimbursement.last_token > 0);
    locked.map(|record| record.invoice.number.to_string()).collect()
}

fn attach(records: &mut BTreeMap<InvoiceNumber, InvoiceRecord>, rows: Vec<Row>) -> Result<(), StoreError> {
    for row in rows {
        let (number, id, lock) = row.into_lock()?;
        if let Some(record) = records.get_mut(&number) {
            record.invoice.reimbursement.locks.insert(id, lock);
        }
    }
    Ok(())
}

const fn end_text(end: LockEnd) -> &'static str {
    match end {
        LockEnd::Released => "released",
        LockEnd::Lapsed => "lapsed",
        LockEnd::Settled => "settled",
        LockEnd::Forced => "forced",
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    invoice: String,
    #[diesel(sql_type = Binary)]
    lock: Vec<u8>,
    #[diesel(sql_type = Text)]
    enterprise: String,
    #[diesel(sql_type = Text)]
    claim_ref: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    token: i64,
    #[diesel(sql_type = BigInt)]
    accepted_at: i64,
    #[diesel(sql_type = BigInt)]
    lease_until: i64,
    #[diesel(sql_type = Bool)]
    exclusive: bool,
    #[diesel(sql_type = Nullable<Text>)]
    ended: Option<String>,
}

impl Row {
    fn into_lock(self) -> Result<(InvoiceNumber, TransitionId, Lock), BrokenRow> {
        let broken = |error: piao_domain::ids::Malformed| BrokenRow::new(TABLE, error);
        let end = match self.ended.as_deref() {
            None => None,
            Some("released") => Some(LockEnd::Released),
            Some("lapsed") => Some(LockEnd::Lapsed),
            Some("settled") => Some(LockEnd::Settled),
            Some("forced") => Some(LockEnd::Forced),
            Some(other) => return Err(BrokenRow::new(TABLE, format!("ended {other}"))),
        };
        let lock = Lock {
            enterprise: Uscc::parse(&self.enterprise).map_err(broken)?,
            claim_ref: ClaimRef::parse(&self.claim_ref).map_err(broken)?,
            amount: Fen::new(self.amount).map_err(broken)?,
            token: unsigned(TABLE, self.token)?,
            accepted_at: Time::from_unix(self.accepted_at),
            lease_until: Time::from_unix(self.lease_until),
            exclusive: self.exclusive,
            end,
        };
        let number = InvoiceNumber::parse(&self.invoice).map_err(broken)?;
        Ok((number, TransitionId::new(bytes_32(TABLE, &self.lock)?), lock))
    }
}
