use std::collections::BTreeMap;

use piao_domain::money::Fen;
use piao_protocol::json::{Integer, Json, Name};

use super::line::{self, Contradiction};

/// A draft with everything filled in that follows from it. Whether it is a body is for the protocol to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// The whole.
    pub(crate) json: Json,
    /// JSON pointers to what was filled in.
    pub(crate) members: Vec<String>,
}

/// Members by name, in canonical order.
pub(super) type Members = BTreeMap<Name, Json>;

/// The number that stands in a draft until the next free one is known.
const NO_NUMBER: &str = "00000000000000000000";

/// Fills in: kind `plain`; of each line nature `normal`, entered `net` (`gross` where its `total` is given), amount, tax
/// and unit price; the invoice's amount, tax and total. What is there stays as it is.
///
/// # Errors
/// [`Contradiction`] where a line's `total`, which a draft alone may carry, is not its amount and tax.
pub(crate) fn fill(draft: Json) -> Result<Filled, Contradiction> {
    let Json::Object(mut invoice) = draft else { return Ok(Filled { json: draft, members: Vec::new() }) };
    let mut members = Vec::new();
    put(&mut invoice, "number", "", Json::Text(NO_NUMBER.to_owned()), &mut members);
    put(&mut invoice, "kind", "", Json::Text("plain".to_owned()), &mut members);
    if let Some(Json::Array(lines)) = invoice.get_mut(&name("lines")) {
        for (index, line) in lines.iter_mut().enumerate() {
            if let Json::Object(line) = line {
                line::fill(line, index, &mut members)?;
            }
        }
    }
    for total in ["amount", "tax"] {
        if let Some(sum) = sum_of(&invoice, total) {
            put(&mut invoice, total, "", fen(sum), &mut members);
        }
    }
    if let (Some(amount), Some(tax)) = (money(&invoice, "amount"), money(&invoice, "tax"))
        && let Some(total) = amount.checked_add(tax)
    {
        put(&mut invoice, "total", "", fen(total), &mut members);
    }
    Ok(Filled { json: Json::Object(invoice), members })
}

/// Puts a member there, unless it is there.
pub(super) fn put(to: &mut Members, member: &str, at: &str, value: Json, filled: &mut Vec<String>) {
    if let std::collections::btree_map::Entry::Vacant(vacant) = to.entry(name(member)) {
        vacant.insert(value);
        filled.push(format!("{at}/{member}"));
    }
}

pub(super) fn name(member: &str) -> Name {
    Name::new(member.to_owned())
}

pub(super) fn text<'a>(of: &'a Members, member: &str) -> Option<&'a str> {
    match of.get(&name(member)) {
        Some(Json::Text(text)) => Some(text),
        Some(Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Array(_) | Json::Object(_)) | None => None,
    }
}

pub(super) fn money(of: &Members, member: &str) -> Option<Fen> {
    match of.get(&name(member)) {
        Some(Json::Integer(fen)) => Fen::new(fen.get()).ok(),
        Some(Json::Null | Json::Bool(_) | Json::Text(_) | Json::Array(_) | Json::Object(_)) | None => None,
    }
}

pub(super) fn fen(amount: Fen) -> Json {
    // Both are within ±(2^53−1).
    Integer::new(amount.get()).map_or(Json::Null, Json::Integer)
}

/// The sum of a member of all lines; nothing where one lacks it, or the sum is too large.
fn sum_of(invoice: &Members, member: &str) -> Option<Fen> {
    let Some(Json::Array(lines)) = invoice.get(&name("lines")) else { return None };
    let amounts = lines.iter().map(|line| match line {
        Json::Object(line) => money(line, member),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) | Json::Array(_) => None,
    });
    Fen::sum(amounts.collect::<Option<Vec<_>>>()?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use piao_domain::command::Kind;
    use piao_protocol::{body, json};
    use piao_testkit::fuzz::Corpus;

    use super::*;

    fn check(draft: &str, expect: &str) {
        let filled = fill(json::from_str(draft).unwrap()).unwrap();
        let expect: Json = json::from_str(expect).unwrap();
        assert_eq!(filled.json, expect, "{draft}: {}", filled.json.canonical());
    }

    fn check_line(draft: &str, expect: &str) {
        let wrap = |line: &str| {
            format!(r#"{{"lines":[{line}],"number":"1","kind":"plain","amount":1,"tax":1,"total":1}}"#)
        };
        check(&wrap(draft), &wrap(expect));
    }

    #[test]
    fn amount_and_tax_follow_from_what_is_written() {
        // Net: half-up(price × quantity), half-up(amount × rate).
        check_line(
            r#"{"quantity":"3","price":"1.005","treatment":"0.06"}"#,
            r#"{"quantity":"3","price":"1.005","treatment":"0.06","nature":"normal","entered":"net","amount":302,"tax":18}"#,
        );
        // Gross: real splits of domain §5.
        for (total, rate, amount, tax) in [
            (52_600, "0.03", 51_068, 1_532),
            (444_900, "0.06", 419_717, 25_183),
            (659_800, "0.13", 583_894, 75_906),
            (1_000, "0.01", 990, 10),
        ] {
            let line = format!(r#""treatment":"{rate}","nature":"normal","entered":"gross""#);
            check_line(
                &format!(r#"{{"total":{total},"treatment":"{rate}"}}"#),
                &format!(r#"{{{line},"amount":{amount},"tax":{tax}}}"#),
            );
        }
        check_line(
            r#"{"amount":100,"treatment":"exempt"}"#,
            r#"{"amount":100,"treatment":"exempt","nature":"normal","entered":"net","tax":0}"#,
        );
        check_line(
            r#"{"total":444900,"quantity":"1","treatment":"0.06"}"#,
            r#"{"quantity":"1","price":"4197.17","treatment":"0.06","nature":"normal","entered":"gross","amount":419717,"tax":25183}"#,
        );
    }

    #[test]
    fn what_is_written_stays() {
        let whole = r#"{"nature":"discount","entered":"gross","treatment":"0.13","amount":-5,"tax":7}"#;
        check_line(whole, whole);
        // What cannot be read is left for the protocol to refuse where it stands.
        check_line(
            r#"{"treatment":"0.130","amount":1}"#,
            r#"{"treatment":"0.130","amount":1,"nature":"normal","entered":"net"}"#,
        );
        check("[]", "[]");
    }

    #[test]
    fn totals_are_sums_of_lines() {
        check(
            r#"{"number":"1","lines":[{"amount":1000,"treatment":"0.06"},{"amount":-100,"treatment":"0.06","nature":"discount"}]}"#,
            r#"{"number":"1","kind":"plain","amount":900,"tax":54,"total":954,"lines":[
                {"amount":1000,"treatment":"0.06","tax":60,"nature":"normal","entered":"net"},
                {"amount":-100,"treatment":"0.06","tax":-6,"nature":"discount","entered":"net"}]}"#,
        );
    }

    #[test]
    fn a_damaged_draft_is_refused_or_filled_in_once_and_for_all() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../piao/tests/fuzz/corpus/draft");
        Corpus::read(&corpus, piao_edge::http::BODY_BYTES_MAX).feed(|bytes| {
            let draft = std::str::from_utf8(bytes).ok().and_then(|text| json::from_str::<Json>(text).ok());
            let Some(draft) = draft else { return false };
            let Ok(filled) = fill(draft.clone()) else { return false };
            for member in &filled.members {
                assert!(at(&draft, member).is_none() && at(&filled.json, member).is_some(), "{member}");
            }
            let again = fill(filled.json.clone()).unwrap();
            assert_eq!(again, Filled { json: filled.json, members: Vec::new() });
            body::parse(Kind::InvoiceIssue.as_str(), &again.json.canonical()).is_ok()
        });
    }

    /// What stands at a JSON pointer.
    fn at<'a>(json: &'a Json, pointer: &str) -> Option<&'a Json> {
        pointer.split('/').skip(1).try_fold(json, |json, step| match json {
            Json::Object(members) => members.get(&name(step)),
            Json::Array(items) => items.get(step.parse::<usize>().ok()?),
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Text(_) => None,
        })
    }

    #[test]
    fn a_line_s_total_is_its_amount_and_tax() {
        let draft = r#"{"lines":[{"treatment":"0.06","amount":100,"tax":6,"total":107}]}"#;
        let error = fill(json::from_str(draft).unwrap()).unwrap_err();
        assert_eq!((error.pointer.as_str(), error.expected), ("/lines/0/total", 106));
    }
}
