//! Table `invoice`: the axes of an invoice, but for its locks.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::content::ClaimKey;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::invoice::{Booking, Claim, Invoice, Reimbursement, Settled};
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::{Month, Time};
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, bytes_32, signed, unsigned};
use crate::follow::InvoiceRecord;

const TABLE: &str = "invoice";

const COLUMNS: &str = "number, version, issuer, issued_by, issued_at, buyer, claim_key, amount, total, holder, \
     presented_to, last_token, settled_by, settled_amount, booking, booking_enterprise, booking_month";

/// Inserts invoices that are new, as they stand after the block that issued them.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    records: &[&InvoiceRecord],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let invoices = || records.iter().map(|record| &record.invoice);
    let axes = Axes::of(records);
    // An array of arrays cannot be unnested: presentations travel as one text an invoice.
    let sql = format!(
        "INSERT INTO invoice ({COLUMNS}) SELECT n, v, i, ib, ia, b, ck, a, t, h, string_to_array(p, ','), lt, sb, sa, \
         bo, be, bm FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
         AS new (n, v, h, p, lt, sb, sa, bo, be, bm, i, ib, ia, b, ck, a, t)"
    );
    sql_query(sql)
        .bind::<Array<Text>, _>(axes.number)
        .bind::<Array<BigInt>, _>(axes.version)
        .bind::<Array<Nullable<Text>>, _>(axes.holder)
        .bind::<Array<Text>, _>(axes.presented_to)
        .bind::<Array<BigInt>, _>(axes.last_token)
        .bind::<Array<Nullable<Text>>, _>(axes.settled_by)
        .bind::<Array<Nullable<BigInt>>, _>(axes.settled_amount)
        .bind::<Array<Text>, _>(axes.booking)
        .bind::<Array<Nullable<Text>>, _>(axes.booking_enterprise)
        .bind::<Array<Nullable<Text>>, _>(axes.booking_month)
        .bind::<Array<Text>, _>(invoices().map(|invoice| invoice.issuer.as_str()).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(
            invoices().map(|invoice| invoice.issued_by.as_bytes().as_slice()).collect::<Vec<_>>(),
        )
        .bind::<Array<BigInt>, _>(invoices().map(|invoice| invoice.issued_at.unix()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(
            invoices().map(|invoice| invoice.buyer.as_ref().map(Uscc::as_str)).collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Binary>>, _>(
            invoices()
                .map(|invoice| invoice.claim_key.as_ref().map(|key| key.as_bytes().as_slice()))
                .collect::<Vec<_>>(),
        )
        .bind::<Array<BigInt>, _>(invoices().map(|invoice| invoice.amount.get()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(invoices().map(|invoice| invoice.total.get()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(StoreError::on("writing new invoices"))?;
    Ok(())
}

/// Updates the axes of invoices that are there. What is printed on one never changes.
pub(crate) async fn update_many(
    connection: &mut Connection,
    records: &[&InvoiceRecord],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let axes = Axes::of(records);
    sql_query(
        "UPDATE invoice SET version = v, holder = h, presented_to = string_to_array(p, ','), last_token = lt, \
         settled_by = sb, settled_amount = sa, booking = bo, booking_enterprise = be, booking_month = bm \
         FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS new (n, v, h, p, lt, sb, sa, bo, be, bm) \
         WHERE invoice.number = n",
    )
    .bind::<Array<Text>, _>(axes.number)
    .bind::<Array<BigInt>, _>(axes.version)
    .bind::<Array<Nullable<Text>>, _>(axes.holder)
    .bind::<Array<Text>, _>(axes.presented_to)
    .bind::<Array<BigInt>, _>(axes.last_token)
    .bind::<Array<Nullable<Text>>, _>(axes.settled_by)
    .bind::<Array<Nullable<BigInt>>, _>(axes.settled_amount)
    .bind::<Array<Text>, _>(axes.booking)
    .bind::<Array<Nullable<Text>>, _>(axes.booking_enterprise)
    .bind::<Array<Nullable<Text>>, _>(axes.booking_month)
    .execute(connection)
    .await
    .map_err(StoreError::on("writing changed invoices"))?;
    Ok(())
}

/// Some invoices, by number, each without its locks.
pub(crate) async fn get_many(
    connection: &mut Connection,
    numbers: &[InvoiceNumber],
) -> Result<BTreeMap<InvoiceNumber, InvoiceRecord>, StoreError> {
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Row> = sql_query(format!("SELECT {COLUMNS} FROM invoice WHERE number = ANY($1)"))
        .bind::<Array<Text>, _>(numbers.iter().map(InvoiceNumber::as_str).collect::<Vec<_>>())
        .load(connection)
        .await
        .map_err(StoreError::on("reading invoices"))?;
    let keyed = rows
        .into_iter()
        .map(|row| InvoiceRecord::try_from(row).map(|record| (record.invoice.number, record)));
    Ok(keyed.collect::<Result<_, _>>()?)
}

/// What transitions change of invoices, as columns.
#[derive(Default)]
struct Axes<'a> {
    number: Vec<&'a str>,
    version: Vec<i64>,
    holder: Vec<Option<String>>,
    presented_to: Vec<String>,
    last_token: Vec<i64>,
    settled_by: Vec<Option<&'a str>>,
    settled_amount: Vec<Option<i64>>,
    booking: Vec<&'static str>,
    booking_enterprise: Vec<Option<&'a str>>,
    booking_month: Vec<Option<String>>,
}

impl<'a> Axes<'a> {
    fn of(records: &[&'a InvoiceRecord]) -> Self {
        let mut axes = Self::default();
        records.iter().for_each(|record| axes.push(record));
        axes
    }

    fn push(&mut self, InvoiceRecord { invoice, version }: &'a InvoiceRecord) {
        let (holder, presented_to) = match &invoice.claim {
            Claim::Unclaimed => (None, String::new()),
            Claim::Claimed { holder, presented_to } => {
                let names = presented_to.iter().map(Uscc::as_str).collect::<Vec<_>>();
                (Some(holder.to_string()), names.join(","))
            }
        };
        let (enterprise, month) = match &invoice.booking {
            Booking::Unbooked => (None, None),
            Booking::Booked { enterprise, deductible: _, month } => (Some(enterprise), Some(month)),
            Booking::UnbookedAgain { enterprise } => (Some(enterprise), None),
        };
        let Reimbursement { last_token, locks: _, settled } = &invoice.reimbursement;
        self.number.push(invoice.number.as_str());
        self.version.push(signed(*version));
        self.holder.push(holder);
        self.presented_to.push(presented_to);
        self.last_token.push(signed(*last_token));
        self.settled_by.push(settled.as_ref().map(|settled| settled.enterprise.as_str()));
        self.settled_amount.push(settled.as_ref().map(|settled| settled.amount.get()));
        self.booking.push(invoice.booking.code());
        self.booking_enterprise.push(enterprise.map(Uscc::as_str));
        self.booking_month.push(month.map(Month::to_string));
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
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
    booking_enterprise: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    booking_month: Option<String>,
}

impl TryFrom<Row> for InvoiceRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let claim = row.claim()?;
        let booking = row.booking()?;
        let settled = match (&row.settled_by, row.settled_amount) {
            (None, None) => None,
            (Some(enterprise), Some(amount)) => {
                Some(Settled { enterprise: uscc(enterprise)?, amount: fen(amount)? })
            }
            (Some(_), None) | (None, Some(_)) => return Err(BrokenRow::new(TABLE, "half a settlement")),
        };
        let last_token = unsigned(TABLE, row.last_token)?;
        let claim_key = row.claim_key.as_deref().map(|key| bytes_32(TABLE, key)).transpose()?;
        let invoice = Invoice {
            number: InvoiceNumber::parse(&row.number).map_err(|error| BrokenRow::new(TABLE, error))?,
            issuer: uscc(&row.issuer)?,
            issued_by: TransitionId::new(bytes_32(TABLE, &row.issued_by)?),
            issued_at: Time::from_unix(row.issued_at),
            buyer: row.buyer.as_deref().map(uscc).transpose()?,
            claim_key: claim_key.map(ClaimKey::new),
            amount: fen(row.amount)?,
            total: fen(row.total)?,
            claim,
            reimbursement: Reimbursement { last_token, locks: BTreeMap::new(), settled },
            booking,
        };
        Ok(Self { invoice, version: unsigned(TABLE, row.version)? })
    }
}

impl Row {
    fn claim(&self) -> Result<Claim, BrokenRow> {
        let presented_to: BTreeSet<Uscc> =
            self.presented_to.iter().map(|text| uscc(text)).collect::<Result<_, _>>()?;
        match &self.holder {
            Some(holder) => {
                let holder = PartyId::parse(holder).map_err(|error| BrokenRow::new(TABLE, error))?;
                Ok(Claim::Claimed { holder, presented_to })
            }
            None if presented_to.is_empty() => Ok(Claim::Unclaimed),
            None => Err(BrokenRow::new(TABLE, "presented, and held by nobody")),
        }
    }

    fn booking(&self) -> Result<Booking, BrokenRow> {
        let enterprise = self.booking_enterprise.as_deref().map(uscc).transpose()?;
        let month = self.booking_month.as_deref().map(Month::parse).transpose();
        let month = month.map_err(|error| BrokenRow::new(TABLE, error))?;
        match (self.booking.as_str(), enterprise, month) {
            ("01", None, None) => Ok(Booking::Unbooked),
            ("02", Some(enterprise), Some(month)) => {
                Ok(Booking::Booked { enterprise, deductible: true, month })
            }
            ("03", Some(enterprise), Some(month)) => {
                Ok(Booking::Booked { enterprise, deductible: false, month })
            }
            ("06", Some(enterprise), None) => Ok(Booking::UnbookedAgain { enterprise }),
            (state, _, _) => Err(BrokenRow::new(TABLE, format!("booking {state} with other columns"))),
        }
    }
}

fn uscc(text: &str) -> Result<Uscc, BrokenRow> {
    Uscc::parse(text).map_err(|error| BrokenRow::new(TABLE, error))
}

fn fen(amount: i64) -> Result<Fen, BrokenRow> {
    Fen::new(amount).map_err(|error| BrokenRow::new(TABLE, error))
}
