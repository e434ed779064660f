//! A value of a record at its place, as people and as programs read it.

use piao_domain::money::Fen;
use piao_domain::time::Time;
use serde_json::Value;

/// One member of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// What stands over it in a table.
    pub(crate) head: &'static str,
    /// Where it is in the record: member names with dots between.
    pub(crate) path: &'static str,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether it is left out where many records stand in a table.
    pub(crate) whole_only: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A text, a number or a truth value, as it is.
    Text,
    /// A number, as it is; under others it stands by its end.
    Count,
    /// An integer of fen.
    Money,
    /// UTC seconds.
    Time,
    /// 64 hexadecimal digits, of which lists show the first.
    Id,
    /// Texts, of which lists show how many.
    List,
    /// Records inside the record.
    Rows(&'static [Column]),
}

/// Hexadecimal digits of an id in a list: enough to name it by.
const ID_DIGITS: usize = 12;
const BEIJING_SECONDS: i64 = 8 * 3600;
/// What stands where nothing is.
const NOTHING: &str = "-";

/// A member that every table shows.
pub(crate) const fn col(head: &'static str, path: &'static str, kind: Kind) -> Column {
    Column { head, path, kind, whole_only: false }
}

/// A member that only a record by itself shows.
pub(crate) const fn whole(head: &'static str, path: &'static str, kind: Kind) -> Column {
    Column { head, path, kind, whole_only: true }
}

impl Column {
    /// The value, where there is one.
    pub(crate) fn find<'a>(&self, record: &'a Value) -> Option<&'a Value> {
        let found = self.path.split('.').try_fold(record, |at, member| at.get(member));
        found.filter(|value| !value.is_null())
    }

    /// Whether its values are numbers to be compared by their ends.
    pub(crate) const fn is_number(&self) -> bool {
        match self.kind {
            Kind::Money | Kind::Count => true,
            Kind::Text | Kind::Time | Kind::Id | Kind::List | Kind::Rows(_) => false,
        }
    }

    /// What a table of many records shows.
    pub(crate) fn brief(&self, record: &Value) -> String {
        let Some(value) = self.find(record) else { return NOTHING.to_owned() };
        match (self.kind, value) {
            (Kind::Id, Value::String(id)) if id.len() > ID_DIGITS && id.is_ascii() => {
                format!("{}…", plain(&id[..ID_DIGITS]))
            }
            (Kind::List, Value::Array(all)) => all.len().to_string(),
            (
                Kind::Text | Kind::Count | Kind::Money | Kind::Time | Kind::Id | Kind::List | Kind::Rows(_),
                _,
            ) => self.lines(value).join(", "),
        }
    }

    /// What a record by itself shows, a line each; nothing where it has no such member.
    pub(crate) fn whole(&self, record: &Value) -> Vec<String> {
        self.find(record).map(|value| self.lines(value)).unwrap_or_default()
    }

    fn lines(&self, value: &Value) -> Vec<String> {
        match (self.kind, value) {
            (Kind::Money, Value::Number(fen)) => vec![money(fen)],
            (Kind::Time, Value::Number(seconds)) => vec![time(seconds)],
            (Kind::Rows(columns), Value::Array(rows)) => rows.iter().map(|row| cells(columns, row)).collect(),
            (
                Kind::Text | Kind::Count | Kind::Money | Kind::Time | Kind::Id | Kind::List | Kind::Rows(_),
                _,
            ) => match value {
                Value::Array(all) => all.iter().map(text).collect(),
                other => vec![text(other)],
            },
        }
    }
}

fn cells(columns: &[Column], row: &Value) -> String {
    let cells = columns.iter().flat_map(|column| column.whole(row));
    cells.collect::<Vec<_>>().join(" ")
}

fn money(fen: &serde_json::Number) -> String {
    let exact = fen.as_i64().and_then(|fen| Fen::new(fen).ok());
    exact.map_or_else(|| fen.to_string(), |fen| fen.to_string())
}

fn time(seconds: &serde_json::Number) -> String {
    let Some(unix) = seconds.as_i64() else { return seconds.to_string() };
    let of_day = unix.saturating_add(BEIJING_SECONDS).rem_euclid(86_400);
    let date = Time::from_unix(unix).date();
    format!("{date} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// A value as one text without quotes.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Null => NOTHING.to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => plain(&value.to_string()),
    }
}

/// A text that cannot command the terminal, nor break its line.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|char| if commands(char) { '\u{fffd}' } else { char }).collect()
}

/// Control characters, and those that turn the direction of what follows, so that it reads as something else.
fn commands(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_commands_the_terminal() {
        let check = |text: &str, expect: &str| assert_eq!(plain(text), expect, "{text:?}");
        check("餐饮 plain", "餐饮 plain");
        check("a\u{1b}[2Jb", "a\u{fffd}[2Jb");
        check("a\nb\rc\u{9b}d", "a\u{fffd}b\u{fffd}c\u{fffd}d");
        for turn in ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            check(&format!("a{turn}b"), "a\u{fffd}b");
        }
    }
}
