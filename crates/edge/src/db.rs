//! The tables of every service, one file each. Functions take a connection and open no transaction.

pub(crate) mod follow_cursor;
pub(crate) mod invoice;
pub(crate) mod invoice_lock;
pub(crate) mod invoice_presentation;
pub(crate) mod journal;
pub(crate) mod party;
pub(crate) mod party_key;
pub(crate) mod receipt;
pub(crate) mod sealed;

use diesel::result::Error as QueryError;
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

/// Reads 32 bytes.
pub(crate) fn bytes_32(table: &'static str, bytes: &[u8]) -> Result<[u8; 32], BrokenRow> {
    bytes.try_into().map_err(|_| BrokenRow::new(table, format!("{} bytes where 32 belong", bytes.len())))
}

/// Reads a number that is never negative.
pub(crate) fn unsigned(table: &'static str, number: i64) -> Result<u64, BrokenRow> {
    u64::try_from(number).map_err(|_| BrokenRow::new(table, format!("{number} where none below 0 belongs")))
}

/// Writes a number that came out of JSON or a column, so that it fits.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
