//! Columns of text, aligned by what they take on a terminal.

use serde_json::Value;

use super::{Column, View};

/// A table of many records. The widths stay once the first lines are printed.
pub(super) struct Table {
    columns: Vec<&'static Column>,
    widths: Vec<usize>,
}

impl Table {
    /// A table of the columns that lists show.
    pub(super) fn new(view: View) -> Self {
        let columns = view.iter().filter(|column| !column.whole_only).collect::<Vec<_>>();
        Self { widths: vec![0; columns.len()], columns }
    }

    /// The head line and the first records.
    pub(super) fn begin(&mut self, records: &[Value]) -> String {
        let heads = self.columns.iter().map(|column| column.head.to_owned()).collect::<Vec<_>>();
        let rows = self.rows(records);
        for row in std::iter::once(&heads).chain(&rows) {
            for (known, cell) in self.widths.iter_mut().zip(row) {
                *known = (*known).max(width(cell));
            }
        }
        self.line(&heads) + &rows.iter().map(|row| self.line(row)).collect::<String>()
    }

    /// More records.
    pub(super) fn more(&self, records: &[Value]) -> String {
        self.rows(records).iter().map(|row| self.line(row)).collect()
    }

    fn rows(&self, records: &[Value]) -> Vec<Vec<String>> {
        let row = |record| self.columns.iter().map(|column| column.brief(record)).collect();
        records.iter().map(row).collect()
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for ((cell, column), whole) in cells.iter().zip(&self.columns).zip(&self.widths) {
            let gap = " ".repeat(whole.saturating_sub(width(cell)));
            let (before, after) =
                if column.is_number() { (gap, String::new()) } else { (String::new(), gap) };
            line.push_str(&format!("{before}{cell}{after}  "));
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }
}

/// One record: a line a member that it has.
pub(super) fn listing(view: View, record: &Value) -> String {
    let rows = view.iter().map(|column| (column.head, column.whole(record)));
    let rows = rows.filter(|(_, lines)| !lines.is_empty()).collect::<Vec<_>>();
    let heads = rows.iter().map(|(head, _)| width(head)).max().unwrap_or(0);
    let mut text = String::new();
    for (head, lines) in rows {
        for (place, line) in lines.iter().enumerate() {
            let head = if place == 0 { head } else { "" };
            text.push_str(&format!("{head}{}  {line}\n", " ".repeat(heads - width(head))));
        }
    }
    text
}

/// Columns of a terminal that a text takes: two for what East Asian fonts draw wide (Unicode Annex 11).
pub(super) fn width(text: &str) -> usize {
    let wide = |char: char| {
        matches!(u32::from(char),
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F
            | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
    };
    text.chars().map(|char| if wide(char) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Kind, col, whole};
    use super::*;

    const VIEW: View = &[
        col("name", "name", Kind::Text),
        col("total", "total", Kind::Money),
        col("id", "id", Kind::Id),
        col("to", "to", Kind::List),
        whole("note", "note", Kind::Text),
    ];

    #[test]
    fn columns_are_aligned_by_what_they_take() {
        let id = "0123456789abcdef".repeat(4);
        let mut table = Table::new(VIEW);
        let first = table.begin(&[
            json!({"name": "深圳", "total": 100, "id": id, "to": ["a", "b"], "note": "n"}),
            json!({"name": "a\u{1b}[31mb", "total": -123_456}),
        ]);
        assert_eq!(
            first,
            "name        total  id             to\n深圳         1.00  0123456789ab…  2\na\u{fffd}[31mb  -1234.56  -              -\n"
        );
        assert_eq!(table.more(&[json!({"name": "c"})]), "c               -  -              -\n");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        for (text, expect) in [("", 0), ("abc", 3), ("票", 2), ("发票a", 5), ("（）", 4), ("…", 1)] {
            assert_eq!(width(text), expect, "{text}");
        }
    }
}
