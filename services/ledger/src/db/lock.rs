use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::ids::{ClaimRef, TransitionId};
use piao_domain::invoice::{Invoice, Lock, LockEnd};
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, StoredBadly, bigint};
use crate::LedgerError;

const LOCK: Stored = Stored("invoice_lock");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    invoice: String,
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
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

impl TryFrom<Row> for (InvoiceNumber, TransitionId, Lock) {
    type Error = StoredBadly;

    fn try_from(row: Row) -> Result<Self, StoredBadly> {
        let end = match row.ended.as_deref() {
            None => None,
            Some("released") => Some(LockEnd::Released),
            Some("lapsed") => Some(LockEnd::Lapsed),
            Some("settled") => Some(LockEnd::Settled),
            Some("forced") => Some(LockEnd::Forced),
            Some(other) => return Err(LOCK.bad(format!("ended in an unknown way: {other}"))),
        };
        let lock = Lock {
            enterprise: LOCK.enterprise(&row.enterprise)?,
            claim_ref: LOCK.read(ClaimRef::parse(&row.claim_ref))?,
            amount: LOCK.money(row.amount)?,
            token: LOCK.unsigned(row.token)?,
            accepted_at: Time::from_unix(row.accepted_at),
            lease_until: Time::from_unix(row.lease_until),
            exclusive: row.exclusive,
            end,
        };
        Ok((LOCK.number(&row.invoice)?, LOCK.transition(row.id)?, lock))
    }
}

const fn ended(end: Option<LockEnd>) -> Option<&'static str> {
    match end {
        None => None,
        Some(LockEnd::Released) => Some("released"),
        Some(LockEnd::Lapsed) => Some("lapsed"),
        Some(LockEnd::Settled) => Some("settled"),
        Some(LockEnd::Forced) => Some("forced"),
    }
}

/// Puts locks into invoices that are in the state already: those that have not ended, those that are named, and
/// those for which a reference was used.
pub(crate) async fn load_locks(
    connection: &mut Connection,
    state: &mut State,
    named: &BTreeSet<(InvoiceNumber, TransitionId)>,
    references: &BTreeSet<(InvoiceNumber, Uscc, ClaimRef)>,
) -> Result<(), LedgerError> {
    // Every lock takes a token of its invoice: where none was taken there is nothing to look for.
    let is_locked = |invoice: &Invoice| invoice.reimbursement.last_token > 0;
    let was_locked = |number: &InvoiceNumber| state.invoices.get(number).is_some_and(is_locked);
    let invoices = state.invoices.keys().filter(|number| was_locked(number));
    let invoices = invoices.map(InvoiceNumber::to_string).collect::<Vec<_>>();
    if invoices.is_empty() {
        return Ok(());
    }
    let named = || named.iter().filter(|(invoice, _)| was_locked(invoice));
    let named_ids = named().map(|(_, id)| id.as_bytes().to_vec()).collect::<Vec<_>>();
    let named_invoices = named().map(|(invoice, _)| invoice.as_str()).collect::<Vec<_>>();
    let mut used = (Vec::new(), Vec::new(), Vec::new());
    for (invoice, enterprise, reference) in references.iter().filter(|(invoice, ..)| was_locked(invoice)) {
        used.0.push(invoice.as_str());
        used.1.push(enterprise.as_str());
        used.2.push(reference.as_str());
    }
    let rows: Vec<Row> = sql_query(
        "SELECT invoice, id, enterprise, claim_ref, amount, token, accepted_at, lease_until, exclusive, ended \
         FROM invoice_lock WHERE invoice = ANY($1) AND ended IS NULL \
         UNION SELECT l.invoice, l.id, l.enterprise, l.claim_ref, l.amount, l.token, l.accepted_at, \
         l.lease_until, l.exclusive, l.ended FROM UNNEST($2, $3) AS n (invoice, id) \
         JOIN invoice_lock l ON l.invoice = n.invoice AND l.id = n.id \
         UNION SELECT l.invoice, l.id, l.enterprise, l.claim_ref, l.amount, l.token, l.accepted_at, \
         l.lease_until, l.exclusive, l.ended FROM UNNEST($4, $5, $6) AS r (invoice, enterprise, claim_ref) \
         JOIN invoice_lock l ON l.invoice = r.invoice AND l.enterprise = r.enterprise \
         AND l.claim_ref = r.claim_ref",
    )
    .bind::<Array<Text>, _>(&invoices)
    .bind::<Array<Text>, _>(&named_invoices)
    .bind::<Array<Binary>, _>(&named_ids)
    .bind::<Array<Text>, _>(&used.0)
    .bind::<Array<Text>, _>(&used.1)
    .bind::<Array<Text>, _>(&used.2)
    .load(connection)
    .await
    .map_err(StoreError::on("loading locks"))?;
    for row in rows {
        let (invoice, id, lock) = row.try_into()?;
        state.claim_refs.insert((invoice, lock.enterprise, lock.claim_ref.clone()), id);
        if let Some(invoice) = state.invoices.get_mut(&invoice) {
            invoice.reimbursement.locks.insert(id, lock);
        }
    }
    Ok(())
}

/// Writes locks: first those that were there before this block, so that one which ended makes room, then new ones.
pub(crate) async fn write_locks(
    connection: &mut Connection,
    state: &State,
    touched: &BTreeSet<(InvoiceNumber, TransitionId)>,
    made: &BTreeSet<TransitionId>,
) -> Result<(), LedgerError> {
    let mut old = Columns::default();
    let mut new = Columns::default();
    for (number, id) in touched {
        let lock = state.invoices.get(number).and_then(|invoice| invoice.reimbursement.locks.get(id));
        if let Some(lock) = lock {
            if made.contains(id) { new.push(number, id, lock) } else { old.push(number, id, lock) }
        }
    }
    if !old.id.is_empty() {
        sql_query(
            "UPDATE invoice_lock SET lease_until = u.lease_until, ended = u.ended \
             FROM UNNEST($1, $2, $3, $4) AS u (invoice, id, lease_until, ended) \
             WHERE invoice_lock.invoice = u.invoice AND invoice_lock.id = u.id",
        )
        .bind::<Array<Text>, _>(old.invoice)
        .bind::<Array<Binary>, _>(old.id)
        .bind::<Array<BigInt>, _>(old.lease_until)
        .bind::<Array<Nullable<Text>>, _>(old.ended)
        .execute(connection)
        .await
        .map_err(StoreError::on("updating locks"))?;
    }
    if !new.id.is_empty() {
        sql_query(
            "INSERT INTO invoice_lock (invoice, id, lease_until, ended, enterprise, claim_ref, amount, token, \
             accepted_at, exclusive) SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind::<Array<Text>, _>(new.invoice)
        .bind::<Array<Binary>, _>(new.id)
        .bind::<Array<BigInt>, _>(new.lease_until)
        .bind::<Array<Nullable<Text>>, _>(new.ended)
        .bind::<Array<Text>, _>(new.enterprise)
        .bind::<Array<Text>, _>(new.claim_ref)
        .bind::<Array<BigInt>, _>(new.amount)
        .bind::<Array<BigInt>, _>(new.token)
        .bind::<Array<BigInt>, _>(new.accepted_at)
        .bind::<Array<Bool>, _>(new.exclusive)
        .execute(connection)
        .await
        .map_err(StoreError::on("inserting locks"))?;
    }
    Ok(())
}

#[derive(Default)]
struct Columns {
    invoice: Vec<String>,
    id: Vec<Vec<u8>>,
    enterprise: Vec<String>,
    claim_ref: Vec<String>,
    amount: Vec<i64>,
    token: Vec<i64>,
    accepted_at: Vec<i64>,
    lease_until: Vec<i64>,
    exclusive: Vec<bool>,
    ended: Vec<Option<&'static str>>,
}

impl Columns {
    fn push(&mut self, invoice: &InvoiceNumber, id: &TransitionId, lock: &Lock) {
        self.invoice.push(invoice.to_string());
        self.id.push(id.as_bytes().to_vec());
        self.enterprise.push(lock.enterprise.to_string());
        self.claim_ref.push(lock.claim_ref.to_string());
        self.amount.push(lock.amount.get());
        self.token.push(bigint(lock.token));
        self.accepted_at.push(lock.accepted_at.unix());
        self.lease_until.push(lock.lease_until.unix());
        self.exclusive.push(lock.exclusive);
        self.ended.push(ended(lock.end));
    }
}
