//! What goes to stdout: records and lists, in the format asked for. Prose goes to stderr.
//!
//! `json`, `ndjson` and `csv` carry what the services say: amounts in fen, times in UTC seconds. Only the table is for
//! people: amounts in yuan, times in Beijing.

mod cell;
mod csv;
mod list;
mod table;

use std::io::{self, Write as _};

use clap::ValueEnum;
use serde_json::Value;

use crate::exit::Failure;
pub(crate) use cell::{Column, Kind, col, plain, whole};
pub(crate) use list::ListWriter;

/// What to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people: amounts in yuan, times in Beijing
    #[default]
    Table,
    /// One JSON document
    Json,
    /// One JSON document a line
    Ndjson,
    /// Comma-separated values (RFC 4180) with a head line; no cell is a formula, and numbers of invoices are to be
    /// imported as text: a spreadsheet keeps 15 digits of what it takes for a number
    Csv,
}

/// The columns of one kind of record, in their order.
pub(crate) type View = &'static [Column];

/// Prints one record.
///
/// # Errors
/// As [`print`].
pub(crate) fn record(output: Output, view: View, record: &Value) -> Result<(), Failure> {
    passed(write_record(output, view, record))
}

/// Writes one record, for whom it matters whether it was read.
///
/// # Errors
/// Every error of stdout, a reader that went away included.
pub(crate) fn write_record(output: Output, view: View, record: &Value) -> io::Result<()> {
    write(&record_text(output, view, record))
}

fn record_text(output: Output, view: View, record: &Value) -> String {
    match output {
        Output::Table => table::listing(view, record),
        // serde_json writes a value without fail.
        Output::Json => format!("{record:#}\n"),
        Output::Ndjson => format!("{record}\n"),
        Output::Csv => csv::head(view) + &csv::row(view, record),
    }
}

/// Writes data to stdout. A reader that went away is no fault of ours.
///
/// # Errors
/// [`Failure::Fault`] where it could not be written, as to a full disk.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    passed(write(text))
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// What comes of writing: whoever reads only the head of it breaks the pipe on purpose.
///
/// # Errors
/// [`Failure::Fault`] for every other error.
pub(crate) fn passed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::fault("writing to stdout", error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VIEW: View = &[
        col("number", "number", Kind::Text),
        col("total", "total", Kind::Money),
        whole("issued", "issued_at", Kind::Time),
        whole(
            "locks",
            "axes.locks",
            Kind::Rows(&[col("lock", "id", Kind::Id), col("", "amount", Kind::Money)]),
        ),
    ];

    #[test]
    fn one_record_is_the_same_in_every_format() {
        let id = "ab".repeat(32);
        let value = json!({"number": "26950000000000000001", "total": 10600, "issued_at": 1_790_000_000,
            "axes": {"locks": [{"id": id, "amount": 5}]}});
        let check = |output, expect: &str| assert_eq!(record_text(output, VIEW, &value), expect);
        check(
            Output::Table,
            &format!(
                "number  26950000000000000001\ntotal   106.00\nissued  2026-09-21 22:13:20\nlocks   {id} 0.05\n"
            ),
        );
        check(
            Output::Csv,
            &format!(
                "number,total,issued_at,axes.locks\r\n26950000000000000001,10600,1790000000,\
                 \"[{{\"\"amount\"\":5,\"\"id\"\":\"\"{id}\"\"}}]\"\r\n"
            ),
        );
        for output in [Output::Json, Output::Ndjson] {
            let text = record_text(output, VIEW, &value);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            assert_eq!(text.lines().count() == 1, output == Output::Ndjson);
        }
    }
}
