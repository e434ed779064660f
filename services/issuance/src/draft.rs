//! An invoice as a person writes it down: what follows from what is written is filled in.

mod fill;
mod line;
mod price;

pub(crate) use fill::fill;
