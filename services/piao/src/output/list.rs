//! A list, printed page by page: what is read is never more than a page.

use serde_json::Value;

use super::table::Table;
use super::{Output, View, csv, print};
use crate::exit::Failure;

/// Prints a list as its pages come.
pub(crate) struct ListWriter {
    output: Output,
    view: View,
    table: Table,
    pages: usize,
    items: usize,
}

impl ListWriter {
    /// A list of records of one kind.
    pub(crate) fn new(output: Output, view: View) -> Self {
        Self { output, view, table: Table::new(view), pages: 0, items: 0 }
    }

    /// Prints the next page.
    ///
    /// # Errors
    /// As [`print`].
    pub(crate) fn page(&mut self, records: &[Value]) -> Result<(), Failure> {
        let text = self.text(records);
        self.pages += 1;
        self.items += records.len();
        print(&text)
    }

    /// Prints what stands after the last page that is asked for; `next` is the cursor of the one after it.
    ///
    /// # Errors
    /// As [`print`].
    pub(crate) fn end(&self, next: Option<&str>) -> Result<(), Failure> {
        match self.output {
            Output::Json => {
                let next = next.map_or(Value::Null, Value::from);
                print(&format!("\n  ],\n  \"next\": {next}\n}}\n"))
            }
            Output::Table | Output::Ndjson | Output::Csv => Ok(()),
        }
    }

    fn text(&mut self, records: &[Value]) -> String {
        let first = self.pages == 0;
        match self.output {
            Output::Table if first => self.table.begin(records),
            Output::Table => self.table.more(records),
            Output::Ndjson => records.iter().map(|record| format!("{record}\n")).collect(),
            Output::Csv => {
                let head = if first { csv::head(self.view) } else { String::new() };
                head + &records.iter().map(|record| csv::row(self.view, record)).collect::<String>()
            }
            Output::Json => {
                let mut text = if first { "{\n  \"data\": [".to_owned() } else { String::new() };
                for (place, record) in records.iter().enumerate() {
                    let comma = if self.items + place == 0 { "" } else { "," };
                    text.push_str(&format!("{comma}\n    {record}"));
                }
                text
            }
        }
    }
}
