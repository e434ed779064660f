use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::content::ClaimKey;
use piao_domain::invoice::{Booking, Claim, Invoice, Reimbursement, Settled};
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, StoredBadly, bigint};
use crate::LedgerError;

const INVOICE: Stored = Stored("invoice");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Binary)]
    issued_by: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    issued_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    buyer: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    claim_key: Option<Vec<u8>>,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = Nullable<Text>)]
    holder: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    presented_to: Vec<String>,
    #[diesel(sql_type = BigInt)]
    last_token: i64,
    #[diesel(sql_type = Nullable<Text>)]
    settled_by: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    settled_amount: Option<i64>,
    #[diesel(sql_type = Text)]
    booking: String,
    #[diesel(sql_type = Nullable<Text>)]
    booked_by: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    booked_month: Option<String>,
}

impl TryFrom<Row> for Invoice {
    type Error = StoredBadly;

    fn try_from(row: Row) -> Result<Self, StoredBadly> {
        let claim = match row.holder {
            None if row.presented_to.is_empty() => Claim::Unclaimed,
            None => return Err(INVOICE.bad("presented by nobody")),
            Some(holder) => Claim::Claimed {
                holder: INVOICE.party(&holder)?,
                presented_to: enterprises(&row.presented_to)?,
            },
        };
        let settled = match (row.settled_by, row.settled_amount) {
            (None, None) => None,
            (Some(enterprise), Some(amount)) => {
                Some(Settled { enterprise: INVOICE.enterprise(&enterprise)?, amount: INVOICE.money(amount)? })
            }
            (Some(_), None) | (None, Some(_)) => return Err(INVOICE.bad("half a settlement")),
        };
        let claim_key = row.claim_key.map(|key| INVOICE.bytes(key).map(ClaimKey::new)).transpose()?;
        Ok(Self {
            number: INVOICE.number(&row.number)?,
            issuer: INVOICE.enterprise(&row.issuer)?,
            issued_by: INVOICE.transition(row.issued_by)?,
            issued_at: Time::from_unix(row.issued_at),
            buyer: row.buyer.map(|buyer| INVOICE.enterprise(&buyer)).transpose()?,
            claim_key,
            amount: INVOICE.money(row.amount)?,
            total: INVOICE.money(row.total)?,
            claim,
            reimbursement: Reimbursement {
                last_token: INVOICE.unsigned(row.last_token)?,
                settled,
                ..Reimbursement::default()
            },
            booking: booking(&row.booking, row.booked_by, row.booked_month)?,
        })
    }
}

fn enterprises(names: &[String]) -> Result<BTreeSet<Uscc>, StoredBadly> {
    names.iter().map(|name| INVOICE.enterprise(name)).collect()
}

fn booking(code: &str, by: Option<String>, month: Option<String>) -> Result<Booking, StoredBadly> {
    match (code, by, month) {
        ("01", None, None) => Ok(Booking::Unbooked),
        ("02" | "03", Some(by), Some(month)) => Ok(Booking::Booked {
            enterprise: INVOICE.enterprise(&by)?,
            deductible: code == "02",
            month: INVOICE.month(&month)?,
        }),
        ("06", Some(by), None) => Ok(Booking::UnbookedAgain { enterprise: INVOICE.enterprise(&by)? }),
        (other, ..) => Err(INVOICE.bad(format!("booking {other} with the facts of another"))),
    }
}

/// Puts invoices into the state, without their locks.
pub(crate) async fn load_invoices(
    connection: &mut Connection,
    state: &mut State,
    numbers: &BTreeSet<InvoiceNumber>,
) -> Result<(), LedgerError> {
    if numbers.is_empty() {
        return Ok(());
    }
    let numbers = numbers.iter().map(InvoiceNumber::as_str).collect::<Vec<_>>();
    let rows: Vec<Row> = sql_query(
        "SELECT number, issuer, issued_by, issued_at, buyer, claim_key, amount, total, holder, presented_to, \
         last_token, settled_by, settled_amount, booking, booked_by, booked_month \
         FROM invoice WHERE number = ANY($1)",
    )
    .bind::<Array<Text>, _>(&numbers)
    .load(connection)
    .await
    .map_err(StoreError::on("loading invoices"))?;
    for row in rows {
        let invoice = Invoice::try_from(row)?;
        state.invoices.insert(invoice.number, invoice);
    }
    Ok(())
}

/// Inserts invoices that were issued in this block, as they stand after it.
pub(crate) async fn insert_invoices(
    connection: &mut Connection,
    state: &State,
    issued: &BTreeSet<InvoiceNumber>,
) -> Result<(), LedgerError> {
    let columns = Columns::of(issued.iter().filter_map(|number| state.invoices.get(number)));
    if columns.number.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO invoice (number, issuer, issued_by, issued_at, buyer, claim_key, amount, total, holder, \
         presented_to, last_token, settled_by, settled_amount, booking, booked_by, booked_month) \
         SELECT number, issuer, issued_by, issued_at, buyer, claim_key, amount, total, holder, \
         string_to_array(presented_to, ','), last_token, settled_by, settled_amount, booking, booked_by, \
         booked_month FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         AS u (number, holder, presented_to, last_token, settled_by, settled_amount, booking, booked_by, \
         booked_month, issuer, issued_by, issued_at, buyer, claim_key, amount, total)",
    )
    .bind::<Array<Text>, _>(columns.number)
    .bind::<Array<Nullable<Text>>, _>(columns.holder)
    .bind::<Array<Text>, _>(columns.presented_to)
    .bind::<Array<BigInt>, _>(columns.last_token)
    .bind::<Array<Nullable<Text>>, _>(columns.settled_by)
    .bind::<Array<Nullable<BigInt>>, _>(columns.settled_amount)
    .bind::<Array<Text>, _>(columns.booking)
    .bind::<Array<Nullable<Text>>, _>(columns.booked_by)
    .bind::<Array<Nullable<Text>>, _>(columns.booked_month)
    .bind::<Array<Text>, _>(columns.issuer)
    .bind::<Array<Binary>, _>(columns.issued_by)
    .bind::<Array<BigInt>, _>(columns.issued_at)
    .bind::<Array<Nullable<Text>>, _>(columns.buyer)
    .bind::<Array<Nullable<Binary>>, _>(columns.claim_key)
    .bind::<Array<BigInt>, _>(columns.amount)
    .bind::<Array<BigInt>, _>(columns.total)
    .execute(connection)
    .await
    .map_err(StoreError::on("inserting invoices"))?;
    Ok(())
}

/// Updates the axes of invoices that were there before this block. What was printed never changes.
pub(crate) async fn update_invoices(
    connection: &mut Connection,
    state: &State,
    changed: impl Iterator<Item = &InvoiceNumber>,
) -> Result<(), LedgerError> {
    let columns = Columns::of(changed.filter_map(|number| state.invoices.get(number)));
    if columns.number.is_empty() {
        return Ok(());
    }
    sql_query(
        "UPDATE invoice SET holder = u.holder, presented_to = string_to_array(u.presented_to, ','), \
         last_token = u.last_token, settled_by = u.settled_by, settled_amount = u.settled_amount, \
         booking = u.booking, booked_by = u.booked_by, booked_month = u.booked_month \
         FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         AS u (number, holder, presented_to, last_token, settled_by, settled_amount, booking, booked_by, \
         booked_month) WHERE invoice.number = u.number",
    )
    .bind::<Array<Text>, _>(columns.number)
    .bind::<Array<Nullable<Text>>, _>(columns.holder)
    .bind::<Array<Text>, _>(columns.presented_to)
    .bind::<Array<BigInt>, _>(columns.last_token)
    .bind::<Array<Nullable<Text>>, _>(columns.settled_by)
    .bind::<Array<Nullable<BigInt>>, _>(columns.settled_amount)
    .bind::<Array<Text>, _>(columns.booking)
    .bind::<Array<Nullable<Text>>, _>(columns.booked_by)
    .bind::<Array<Nullable<Text>>, _>(columns.booked_month)
    .execute(connection)
    .await
    .map_err(StoreError::on("updating invoices"))?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    number: Vec<String>,
    issuer: Vec<String>,
    issued_by: Vec<Vec<u8>>,
    issued_at: Vec<i64>,
    buyer: Vec<Option<String>>,
    claim_key: Vec<Option<Vec<u8>>>,
    amount: Vec<i64>,
    total: Vec<i64>,
    holder: Vec<Option<String>>,
    presented_to: Vec<String>,
    last_token: Vec<i64>,
    settled_by: Vec<Option<String>>,
    settled_amount: Vec<Option<i64>>,
    booking: Vec<&'static str>,
    booked_by: Vec<Option<String>>,
    booked_month: Vec<Option<String>>,
}

impl Columns {
    fn of<'a>(invoices: impl Iterator<Item = &'a Invoice>) -> Self {
        let mut columns = Self::default();
        invoices.for_each(|invoice| columns.push(invoice));
        columns
    }

    fn push(&mut self, invoice: &Invoice) {
        let (holder, presented_to) = match &invoice.claim {
            Claim::Unclaimed => (None, String::new()),
            Claim::Claimed { holder, presented_to } => {
                let names = presented_to.iter().map(Uscc::as_str).collect::<Vec<_>>();
                (Some(holder.to_string()), names.join(","))
            }
        };
        let (booked_by, booked_month) = match &invoice.booking {
            Booking::Unbooked => (None, None),
            Booking::Booked { enterprise, deductible: _, month } => {
                (Some(enterprise.to_string()), Some(month.to_string()))
            }
            Booking::UnbookedAgain { enterprise } => (Some(enterprise.to_string()), None),
        };
        let settled = invoice.reimbursement.settled.as_ref();
        self.number.push(invoice.number.to_string());
        self.issuer.push(invoice.issuer.to_string());
        self.issued_by.push(invoice.issued_by.as_bytes().to_vec());
        self.issued_at.push(invoice.issued_at.unix());
        self.buyer.push(invoice.buyer.map(|buyer| buyer.to_string()));
        self.claim_key.push(invoice.claim_key.map(|key| key.as_bytes().to_vec()));
        self.amount.push(invoice.amount.get());
        self.total.push(invoice.total.get());
        self.holder.push(holder);
        self.presented_to.push(presented_to);
        self.last_token.push(bigint(invoice.reimbursement.last_token));
        self.settled_by.push(settled.map(|settled| settled.enterprise.to_string()));
        self.settled_amount.push(settled.map(|settled| settled.amount.get()));
        self.booking.push(invoice.booking.code());
        self.booked_by.push(booked_by);
        self.booked_month.push(booked_month);
    }
}
