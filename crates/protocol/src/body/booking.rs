//! `booking.book`, `booking.unbook`

use std::borrow::Cow;

use piao_domain::command::Command;
use piao_domain::number::InvoiceNumber;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::leaf::{Leaf, Of};
use super::{Body, BodyError, Wire};

/// An enterprise books an invoice.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
    /// `02` booked and deductible, `03` booked and not deductible.
    pub(super) state: Of<Deductible>,
}

/// An enterprise takes its booking back.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unbook {
    /// Which invoice.
    pub(super) invoice: Of<InvoiceNumber>,
}

/// State 02 rather than 03.
pub(super) struct Deductible(pub(super) bool);

impl Leaf for Deductible {
    const PATTERN: &'static str = "^0[23]$";
    const WORDS: &'static [&'static str] = &["02", "03"];

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "02" => Ok(Self(true)),
            "03" => Ok(Self(false)),
            _ => Err("must be one of 02 03".to_owned()),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        if self.0 { "02".into() } else { "03".into() }
    }
}

impl Wire for Book {
    fn into_body(self) -> Result<Body, BodyError> {
        let Of(Deductible(deductible)) = self.state;
        Ok(Body::new(Command::Book { invoice: self.invoice.0, deductible }))
    }
}

impl Wire for Unbook {
    fn into_body(self) -> Result<Body, BodyError> {
        Ok(Body::new(Command::Unbook { invoice: self.invoice.0 }))
    }
}
