use std::fmt;

use piao_domain::ids::{KeyId, Malformed, PartyId, TransitionId};
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use thiserror::Error;

/// A stored row that breaks its own rules. It is never mended by guessing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("table {table} holds a row that breaks its rules: {why}")]
pub struct StoredBadly {
    table: &'static str,
    why: String,
}

/// Reads columns of one table back into the domain.
#[derive(Clone, Copy)]
pub(crate) struct Stored(pub(crate) &'static str);

impl Stored {
    pub(crate) fn bad(self, why: impl fmt::Display) -> StoredBadly {
        StoredBadly { table: self.0, why: why.to_string() }
    }

    pub(crate) fn read<T>(self, value: Result<T, Malformed>) -> Result<T, StoredBadly> {
        value.map_err(|malformed| self.bad(malformed))
    }

    pub(crate) fn party(self, text: &str) -> Result<PartyId, StoredBadly> {
        self.read(PartyId::parse(text))
    }

    pub(crate) fn enterprise(self, text: &str) -> Result<Uscc, StoredBadly> {
        self.read(Uscc::parse(text))
    }

    pub(crate) fn month(self, text: &str) -> Result<Month, StoredBadly> {
        self.read(Month::parse(text))
    }

    pub(crate) fn number(self, text: &str) -> Result<InvoiceNumber, StoredBadly> {
        self.read(InvoiceNumber::parse(text))
    }

    pub(crate) fn money(self, fen: i64) -> Result<Fen, StoredBadly> {
        self.read(Fen::new(fen))
    }

    pub(crate) fn bytes<const N: usize>(self, bytes: Vec<u8>) -> Result<[u8; N], StoredBadly> {
        bytes.try_into().map_err(|bytes: Vec<u8>| self.bad(format!("{} bytes instead of {N}", bytes.len())))
    }

    pub(crate) fn transition(self, bytes: Vec<u8>) -> Result<TransitionId, StoredBadly> {
        self.bytes(bytes).map(TransitionId::new)
    }

    pub(crate) fn key(self, bytes: Vec<u8>) -> Result<KeyId, StoredBadly> {
        self.bytes(bytes).map(KeyId::new)
    }

    /// A number that was unsigned when it was written.
    pub(crate) fn unsigned<T: TryFrom<i64>>(self, value: i64) -> Result<T, StoredBadly> {
        T::try_from(value).map_err(|_| self.bad(format!("{value} is out of range")))
    }
}
