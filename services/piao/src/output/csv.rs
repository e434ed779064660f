//! Comma-separated values (RFC 4180).

use serde_json::Value;

use super::View;

/// The first line: each member's path.
pub(super) fn head(view: View) -> String {
    line(view.iter().map(|column| column.path.to_owned()))
}

/// A record: every member of the view, whole. What is not there is empty.
pub(super) fn row(view: View, record: &Value) -> String {
    line(view.iter().map(|column| column.find(record).map(field).unwrap_or_default()))
}

fn line(fields: impl Iterator<Item = String>) -> String {
    fields.map(|field| quoted(&field)).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A value as one field. A number is a number; a text that a spreadsheet would take for a formula is marked as text.
fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => harmless(text.clone()),
        Value::Array(all) => match all.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
            Some(texts) => harmless(texts.join(" ")),
            None => harmless(value.to_string()),
        },
        Value::Object(_) => harmless(value.to_string()),
    }
}

/// What a formula begins with, in a spreadsheet of any language: = + - @, also full-width, or a tab, return or newline
/// before such.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// `'` before what a spreadsheet would run. Long numbers are left as they are: programs read them, too.
fn harmless(text: String) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text }
}

fn quoted(field: &str) -> String {
    let plain = !field.contains(['"', ',', '\r', '\n']);
    if plain { field.to_owned() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Kind, col};
    use super::*;

    const VIEW: View = &[col("a", "a", Kind::Text)];

    #[test]
    fn no_field_is_a_formula_or_breaks_its_line() {
        let check = |value: Value, expect: &str| {
            assert_eq!(row(VIEW, &json!({ "a": value })), format!("{expect}\r\n"), "{value}");
        };
        check(json!("plain"), "plain");
        check(json!(""), "");
        check(Value::Null, "");
        check(json!(-5), "-5");
        check(json!(true), "true");
        check(json!("=1+1"), "'=1+1");
        check(json!("+1"), "'+1");
        check(json!("-1"), "'-1");
        check(json!("@SUM(A1)"), "'@SUM(A1)");
        check(json!("\t=1"), "'\t=1");
        check(json!("\r=1"), "\"'\r=1\"");
        check(json!("\n=1"), "\"'\n=1\"");
        check(json!("＝1+1"), "'＝1+1");
        check(json!("＋1"), "'＋1");
        check(json!("－1"), "'－1");
        check(json!("＠SUM(A1)"), "'＠SUM(A1)");
        check(json!("26950000000000000001"), "26950000000000000001");
        check(json!("=\"a\",b"), "\"'=\"\"a\"\",b\"");
        check(json!("a,b"), "\"a,b\"");
        check(json!("a\nb"), "\"a\nb\"");
        check(json!("*餐饮服务*餐费"), "*餐饮服务*餐费");
        check(json!(["uscc:1", "uscc:2"]), "uscc:1 uscc:2");
        check(json!(["=1"]), "'=1");
        check(json!([]), "");
        check(json!([{"b": 1}]), "\"[{\"\"b\"\":1}]\"");
    }
}
