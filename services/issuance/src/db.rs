//! The tables of issuance, one file each. Functions take a connection and open no transaction.

pub(crate) mod invoice_content;
pub(crate) mod invoice_history;
pub(crate) mod invoice_index;
pub(crate) mod number_segment;
pub(crate) mod quota_account;
pub(crate) mod quota_application;
pub(crate) mod quota_entry;
pub(crate) mod rule_set;

use diesel::result::Error as QueryError;
use piao_domain::ids::TransitionId;
use piao_domain::money::Fen;
use piao_domain::rules::Allowance;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use piao_store::StoreError;
use thiserror::Error;

/// A row that breaks its own rules: something wrote past us, or a CHECK is missing. The service stops.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a row of table {table} breaks its own rules: {what}")]
pub(crate) struct BrokenRow {
    table: &'static str,
    what: String,
}

impl BrokenRow {
    pub(crate) fn new(table: &'static str, what: impl ToString) -> Self {
        Self { table, what: what.to_string() }
    }
}

impl From<BrokenRow> for StoreError {
    fn from(broken: BrokenRow) -> Self {
        let doing = format!("reading a row of table {}", broken.table);
        Self::on(doing)(QueryError::DeserializationError(Box::new(broken)))
    }
}

/// Reads the values of one table's columns.
#[derive(Clone, Copy)]
struct Column(&'static str);

impl Column {
    fn broken(self, what: impl ToString) -> BrokenRow {
        BrokenRow::new(self.0, what)
    }

    fn id(self, bytes: &[u8]) -> Result<TransitionId, BrokenRow> {
        let id = bytes.try_into().map_err(|_| self.broken(format!("an id of {} bytes", bytes.len())))?;
        Ok(TransitionId::new(id))
    }

    fn uscc(self, text: &str) -> Result<Uscc, BrokenRow> {
        Uscc::parse(text).map_err(|error| self.broken(error))
    }

    fn month(self, text: &str) -> Result<Month, BrokenRow> {
        Month::parse(text).map_err(|error| self.broken(error))
    }

    fn fen(self, amount: i64) -> Result<Fen, BrokenRow> {
        Fen::new(amount).map_err(|error| self.broken(error))
    }

    fn unsigned<T: TryFrom<i64>>(self, number: i64) -> Result<T, BrokenRow> {
        T::try_from(number).map_err(|_| self.broken(format!("{number} is out of range")))
    }

    fn allowance(self, amount: i64, count: i64) -> Result<Allowance, BrokenRow> {
        Ok(Allowance { amount: self.fen(amount)?, count: self.unsigned(count)? })
    }
}

/// Writes a number that came out of JSON or a column, so that it fits.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
