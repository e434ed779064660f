//! Names of PostgreSQL schemas.

use std::fmt;

use crate::StoreError;

/// Longest schema name, in characters.
pub const SCHEMA_CHARS_MAX: usize = 48;

/// Name of a PostgreSQL schema: `[a-z_]{1,48}`, safe inside quotes as it is. One per service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schema(String);

impl Schema {
    /// # Errors
    /// [`StoreError::Config`] if `text` is not `[a-z_]{1,48}`, or begins with `pg_`, which PostgreSQL keeps
    /// for itself.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let well_formed = (1..=SCHEMA_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && !text.starts_with("pg_");
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(StoreError::Config {
                what: format!("schema name {text:?} is not [a-z_]{{1,48}}"),
                source: None,
            })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, accepted: bool) {
        assert_eq!(Schema::parse(text).is_ok(), accepted, "{text:?}");
    }

    #[test]
    fn only_plain_lower_case_names_are_schemas() {
        check("ledger", true);
        check("a_b", true);
        check(&"x".repeat(48), true);
        check(&"x".repeat(49), false);
        check("", false);
        check("Ledger", false);
        check("ledger2", false);
        check("a\"; DROP SCHEMA ledger; --", false);
        check("a b", false);
        check("pg_catalog", false);
        check("发票", false);
    }
}
