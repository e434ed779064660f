//! The service's tables and questions, one file each. Functions take a connection and open no transaction.

pub(crate) mod booking;
pub(crate) mod inbox;
pub(crate) mod lock;
pub(crate) mod rule_terms;

use std::fmt::Display;

use diesel::result::Error as QueryError;
use diesel::sql_types::Text;
use piao_domain::number::InvoiceNumber;
use piao_store::StoreError;
use thiserror::Error;

/// A row that breaks its own rules: something wrote past us, or a CHECK is missing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a row of table {table} breaks its own rules: {what}")]
struct BrokenRow {
    table: &'static str,
    what: String,
}

/// Makes a fault of whatever a row of a table was found to be.
fn broken<E: Display>(table: &'static str) -> impl Fn(E) -> StoreError {
    move |error| {
        let row = BrokenRow { table, what: error.to_string() };
        StoreError::on(format!("reading a row of table {table}"))(QueryError::DeserializationError(Box::new(
            row,
        )))
    }
}

#[derive(diesel::QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Text)]
    number: String,
}

impl TryFrom<NumberRow> for InvoiceNumber {
    type Error = StoreError;

    fn try_from(row: NumberRow) -> Result<Self, StoreError> {
        Self::parse(&row.number).map_err(broken("invoice"))
    }
}
