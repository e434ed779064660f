//! The report as one page that needs nothing beside it.

use super::chart::escaped;
use super::{Report, Section, sections};

const STYLE: &str = "\
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}
div{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}
th,td{padding:.25rem .6rem;border-bottom:1px solid #8884;text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left}
thead th{vertical-align:bottom}
td{white-space:nowrap}
td:first-child,td.said{white-space:normal}
td.said{text-align:left;min-width:16rem}
th:first-child,td:first-child{min-width:11rem}
svg{display:block;width:100%;max-width:640px;height:auto;margin:1.5rem 0}
svg text{font:12px system-ui,sans-serif;fill:currentColor}
svg text.title{font-weight:600;font-size:14px}";

/// A longer cell holds no number, however widely it is spread.
const NUMBER_CHARS_MAX: usize = 36;

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let title = escaped(&report.title());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<style>{STYLE}</style></head>\n\
         <body><h1>{title}</h1>\n<p>{}</p>\n",
        escaped(&report.preface())
    );
    for Section { title, note, table, charts } in sections::of(report) {
        page += &format!("<h2>{}</h2>\n", escaped(title));
        if !note.is_empty() {
            page += &format!("<p>{}</p>\n", escaped(&note));
        }
        let drawn = charts.iter().map(super::Chart::svg).filter(|svg| !svg.is_empty());
        // Whatever is wider than the page moves by itself.
        page.extend(drawn.map(|svg| format!("<div>{svg}</div>\n")));
        page += &format!("<div>{}</div>\n", html_table(table.rows()));
    }
    page + "</body></html>\n"
}

fn html_table(rows: &[Vec<String>]) -> String {
    let row = |kind: &str, cells: &[String]| {
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            // Words, not a number.
            let is_said = kind == "td" && column > 0 && cell.chars().count() > NUMBER_CHARS_MAX;
            let class = if is_said { " class=\"said\"" } else { "" };
            format!("<{kind}{class}>{}</{kind}>", escaped(cell))
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let Some((head, body)) = rows.split_first() else { return String::new() };
    let body = body.iter().map(|cells| row("td", cells)).collect::<String>();
    format!("<table><thead>{}</thead><tbody>{body}</tbody></table>", row("th", head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_head_and_says_what_its_cells_hold() {
        let rows = [vec!["a".to_owned()], vec!["<b>".to_owned()]];
        let expect =
            "<table><thead><tr><th>a</th></tr>\n</thead><tbody><tr><td>&lt;b&gt;</td></tr>\n</tbody></table>";
        assert_eq!(html_table(&rows), expect);
        assert_eq!(html_table(&[]), "");
    }
}
