//! What things are and may become: the rules of the ledger.
//!
//! Pure. It must never do I/O, read a clock, draw a random number, use a float or a hash map: the same input
//! gives the same decision on every machine, for ever. It knows no JSON, no signature and no database.

pub mod admission;
pub mod category;
pub mod command;
pub mod content;
pub mod decimal;
pub mod ids;
pub mod invoice;
pub mod key;
pub mod money;
pub mod number;
pub mod party;
pub mod quota;
pub mod rate;
pub mod rejection;
pub mod rules;
pub mod time;
pub mod uppercase;
pub mod uscc;
