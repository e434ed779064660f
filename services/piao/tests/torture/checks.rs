//! What must hold of a run, each a function from what clients saw and what the chain says to what is wrong. None asks the
//! product anything. What is asked while a run goes on, of the journals, is a function of its own.

mod example;
pub(crate) mod journals;
mod linear;
mod locks;
mod once;
mod order;
mod receipts;

use super::history::Operation;
use super::record::Record;

/// One thing that is wrong.
pub(crate) type Flaw = String;

/// From what clients saw and what the chain says to what is wrong.
pub(crate) type Check = fn(&[Operation], &Record) -> Vec<Flaw>;

/// Every check with its name, in the order in which they are worth reading.
pub(crate) const CHECKS: [(&str, Check); 6] = [
    ("each submitted transition is decided once, and nothing else is", once::check),
    ("what was answered 202 is decided", once::recorded),
    ("every receipt that was handed out is true", receipts::check),
    ("what was answered before another was sent stands before it", order::check),
    ("no invoice has two live locks, by replay", locks::check),
    ("the locks of each invoice are linearizable", |operations, _| linear::check(operations)),
];
