//! Each output format, read by a reader of its own.

use serde_json::Value;

use super::given::{Desk, Ran};
use super::main_job::BUREAU;

/// A reader of RFC 4180, written apart from the writer.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (quoted, char) {
            (true, '"') if chars.peek() == Some(&'"') => field.extend(chars.next()),
            (_, '"') => quoted = !quoted,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') => assert_eq!(chars.peek(), Some(&'\n')),
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (_, other) => field.push(other),
        }
    }
    assert!(!quoted && row.is_empty() && field.is_empty());
    rows
}

fn data(ran: &Ran) -> Vec<Value> {
    ran.json()["data"].as_array().unwrap().clone()
}

/// One invoice and the list that it is in, and a list of parties of whom one has a dangerous name.
pub(crate) fn every_format_is_what_it_says(desk: &Desk, number: &str, at: &str) {
    let invoice =
        |output: &str| desk.piao(&format!("invoice get {number} --key me.json {at} --output {output}")).ok();
    let whole = invoice("json").json();
    assert_eq!(invoice("ndjson").json(), whole);
    assert_eq!(invoice("ndjson").stdout.lines().count(), 1);
    let rows = read_csv(&invoice("csv").stdout);
    let total = rows[0].iter().position(|head| head == "total").unwrap();
    assert_eq!((rows.len(), rows[1][total].as_str()), (2, "7200"));
    let table = invoice("table").stdout;
    assert!(table.contains("\ntotal          72.00\n") && table.contains("柒拾贰圆整"), "{table}");

    let parties = |output: &str| desk.piao(&format!("party list {BUREAU} {at} {output}")).ok();
    let all = data(&parties("--output json"));
    assert_eq!(all.len(), 6);
    let lines = parties("--output ndjson").stdout;
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    assert_eq!(lines, all);
    let rows = read_csv(&parties("--output csv").stdout);
    let name = rows[0].iter().position(|head| head == "name").unwrap();
    assert_eq!(rows.len(), 7);
    assert!(rows.iter().any(|row| row[name] == "'=HYPERLINK(1)"), "{rows:?}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{rows:?}");
    let table = parties("--output table").stdout;
    assert!(table.starts_with("party") && table.lines().count() == 7, "{table}");

    // Page by page it is the same.
    let first = parties("--output json --limit 4");
    let cursor = first.text("/next");
    let second = parties(&format!("--output json --limit 4 --cursor {cursor}"));
    assert_eq!([data(&first), data(&second)].concat(), all);
    assert!(first.stderr.contains(&format!("--cursor {cursor}")), "{first:?}");
    for output in ["json", "ndjson", "csv"] {
        let paged = parties(&format!("--output {output} --limit 1 --all"));
        assert_eq!(paged.stdout, parties(&format!("--output {output}")).stdout);
    }
}
