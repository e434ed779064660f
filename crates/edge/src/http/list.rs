//! Lists: `limit`, an opaque `cursor`, `{data, next}`.

use piao_protocol::encoding::base64url;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Problem, ProblemCode, Wrong};

/// Rows of a page where none are asked for.
pub const LIMIT_DEFAULT: u32 = 25;
/// Most rows of a page.
pub const LIMIT_MAX: u32 = 200;

/// The parameters that every list takes.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// How many rows, 1 to 200; 25 where absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where the page before ended: the `next` of its answer.
    cursor: Option<String>,
}

/// Where a page begins: after this key. Opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct List<T> {
    /// The rows, in a stable order.
    pub data: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

impl Cursor {
    /// A cursor after the row with this key.
    #[must_use]
    pub fn after(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// Reads what a client sends back.
    ///
    /// # Errors
    /// `schema`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let key = base64url::decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        key.filter(|key| !key.is_empty() && key.len() <= 256)
            .map(Self)
            .ok_or_else(|| Problem::new(ProblemCode::Schema).wrong("?cursor", Wrong::Cursor))
    }

    /// The key of the last row before.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.0
    }

    /// What a client is given.
    #[must_use]
    pub fn text(&self) -> String {
        base64url::encode(self.0.as_bytes())
    }
}

impl ListQuery {
    /// How many rows.
    ///
    /// # Errors
    /// `schema` for anything but 1 to 200.
    pub fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = &self.limit else { return Ok(LIMIT_DEFAULT) };
        match text.parse() {
            Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
            Ok(_) | Err(_) => Err(Problem::schema("?limit", format!("1..{LIMIT_MAX}")).found(text)),
        }
    }

    /// After which row, its key read by `parse`.
    ///
    /// # Errors
    /// `schema` for a cursor that no page of this list ended with.
    pub fn after<T, E>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let cursor = Cursor::parse(text)?;
        let key = parse(cursor.key());
        key.map(Some).map_err(|_| Problem::new(ProblemCode::Schema).wrong("?cursor", Wrong::Cursor))
    }
}

impl<T> List<T> {
    /// A page out of up to `limit + 1` rows: the one too many says that there is a next page.
    #[must_use]
    pub fn page<R>(mut rows: Vec<R>, limit: u32, key: impl Fn(&R) -> String, show: impl Fn(R) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| Cursor::after(key(row)).text()) } else { None };
        Self { data: rows.into_iter().map(show).collect(), next }
    }
}

impl<T> List<Option<T>> {
    /// Without the rows that the caller may not know of.
    #[must_use]
    pub fn known(self) -> List<T> {
        List { data: self.data.into_iter().flatten().collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_1_to_200() {
        let check = |limit: Option<&str>, expect: Option<u32>| {
            let query = ListQuery { limit: limit.map(str::to_owned), cursor: None };
            assert_eq!(query.limit().ok(), expect, "{limit:?}");
        };
        check(None, Some(25));
        check(Some("1"), Some(1));
        check(Some("200"), Some(200));
        check(Some("201"), None);
        check(Some("0"), None);
        check(Some("-1"), None);
        check(Some("ten"), None);
        check(Some(""), None);
    }

    #[test]
    fn pages_follow_each_other_and_the_last_one_says_so() {
        let page = |rows: Vec<u8>| List::page(rows, 2, ToString::to_string, |row| row);
        let first = page(vec![1, 2, 3]);
        assert_eq!(first.data, [1, 2]);
        let query = ListQuery { limit: None, cursor: first.next };
        assert_eq!(query.after(str::parse::<u8>).unwrap(), Some(2));
        assert_eq!(page(vec![3, 4]).next, None);
        assert_eq!(page(vec![]).next, None);
    }

    #[test]
    fn only_cursors_of_ours_are_taken() {
        for wrong in ["", "!", "Zg==", "_w"] {
            let query = ListQuery { limit: None, cursor: Some(wrong.to_owned()) };
            assert!(query.after(str::parse::<u8>).is_err(), "{wrong:?}");
        }
        let text = ListQuery { limit: None, cursor: Some(Cursor::after("x").text()) };
        assert!(text.after(str::parse::<u8>).is_err());
    }
}
