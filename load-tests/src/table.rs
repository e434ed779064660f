//! Tables as Markdown writes them, aligned so that a terminal shows them well.

use crate::measured::Spread;

/// Rows of cells under headings.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with headings; all columns but the first hold numbers.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Whether it has nothing but headings.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// Headings and rows.
    pub(crate) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table as text, each line ended.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let chars = |cell: &String| cell.chars().count();
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(chars).max().unwrap_or(0).max(3)
        };
        let widths = (0..columns).map(width).collect::<Vec<_>>();
        let mut text = String::new();
        for (place, row) in self.rows.iter().enumerate() {
            text += "|";
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let fill = " ".repeat(width - cell.chars().count());
                text += &if column == 0 { format!(" {cell}{fill} |") } else { format!(" {fill}{cell} |") };
            }
            text += "\n";
            if place == 0 {
                text += "|";
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(width + 1);
                    text += &if column == 0 { format!("{dashes}-|") } else { format!("{dashes}:|") };
                }
                text += "\n";
            }
        }
        text
    }
}

/// A number with as many digits behind the point as it deserves; a dash where there is none.
pub(crate) fn number(number: Option<f64>) -> String {
    match number {
        None => "–".to_owned(),
        Some(number) if number.abs() >= 100.0 => format!("{number:.0}"),
        Some(number) if number.abs() >= 10.0 => format!("{number:.1}"),
        Some(number) => format!("{number:.2}"),
    }
}

/// A median, with the least and the most where they differ from it.
pub(crate) fn spread(spread: Option<Spread>) -> String {
    match spread {
        Some(Spread { median, least, most }) if least < most => {
            format!("{} ({}–{})", number(Some(median)), number(Some(least)), number(Some(most)))
        }
        other => number(other.map(|spread| spread.median)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let mut table = Table::new(&["row", "a second"]);
        table.row(vec!["ledger".into(), "7".into()]);
        table.row(vec!["票".into()]);
        let expect =
            "| row    | a second |\n|--------|---------:|\n| ledger |        7 |\n| 票      |          |\n";
        assert_eq!(table.text(), expect);
    }

    #[test]
    fn numbers_are_as_exact_as_they_deserve() {
        let check = |of: Option<f64>, expect: &str| assert_eq!(number(of), expect);
        check(None, "–");
        check(Some(1234.56), "1235");
        check(Some(12.34), "12.3");
        check(Some(0.456), "0.46");
        let three = Spread { median: 12.0, least: 9.5, most: 14.0 };
        assert_eq!(spread(Some(three)), "12.0 (9.50–14.0)");
        assert_eq!(spread(Spread::of(vec![3.0])), "3.00");
        assert_eq!(spread(None), "–");
    }
}
