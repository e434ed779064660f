//! SQL texts that a connection prepares once and keeps.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// A text without parameters yet.
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until it is run"]
pub struct Statement {
    text: String,
}

/// A statement with one more parameter.
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until it is run"]
pub struct Bound<Q, V, T> {
    statement: Q,
    value: V,
    sql_type: PhantomData<T>,
}

/// As `diesel::sql_query`, but each connection prepares a text once and keeps it: reading and analysing a text again
/// costs the server more than most of ours cost to run. So a text must be one of a few, and what varies a parameter.
///
/// Tables are found by the search path of the transaction. Where one connection serves several schemas (tests), the
/// server notices and analyses the text anew; a text must then bring rows of the same types in all of them.
pub fn sql_query(text: impl Into<String>) -> Statement {
    Statement { text: text.into() }
}

impl Statement {
    /// Adds a parameter, `$1`.
    pub const fn bind<T, V>(self, value: V) -> Bound<Self, V, T> {
        Bound { statement: self, value, sql_type: PhantomData }
    }
}

impl<Q, V, T> Bound<Q, V, T> {
    /// Adds the next parameter.
    pub const fn bind<T2, V2>(self, value: V2) -> Bound<Self, V2, T2> {
        Bound { statement: self, value, sql_type: PhantomData }
    }
}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.text);
        Ok(())
    }
}

impl<Q, V, T> QueryFragment<Pg> for Bound<Q, V, T>
where
    Pg: HasSqlType<T>,
    Q: QueryFragment<Pg>,
    V: ToSql<T, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.statement.walk_ast(out.reborrow())?;
        // Its place in the text is written there already.
        out.push_bind_param_value_only(&self.value)
    }
}

// The cache goes by the text.
impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, V, T> QueryId for Bound<Q, V, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl<Q, V, T> Query for Bound<Q, V, T> {
    type SqlType = Untyped;
}
