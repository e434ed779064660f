//! What must hold of a ledger's tables (domain §4, protocol §5), asked in SQL and written apart from the program.
//!
//! Each rule is a query for the rows that break it. It knows PostgreSQL's functions and the tables, and no code of
//! ours.

mod rules;

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

pub use rules::RULES;

use crate::database::ledger_schema;

/// One rule: its name, and a query whose first column names each row that breaks it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Says what holds.
    pub name: &'static str,
    query: &'static str,
}

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which rule.
    pub rule: &'static str,
    /// Which row.
    pub row: String,
}

/// Opens a connection whose unqualified names are the ledger's tables.
///
/// # Panics
/// Where there is no such database.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test database");
    tokio::spawn(connection);
    // Recursive queries look so costly to the planner that it would compile each, which takes longer than the answer.
    let session = format!("SET search_path TO \"{}\"; SET jit TO off", ledger_schema());
    client.batch_execute(&session).await.expect("the ledger's schema");
    client
}

/// Asks every rule.
///
/// # Panics
/// Where the database does not answer.
pub async fn broken(client: &Client) -> Vec<Broken> {
    let mut broken = Vec::new();
    for rule in RULES {
        let rows = client.simple_query(rule.query).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error:?}", rule.name));
        broken.extend(rows.iter().filter_map(|row| match row {
            SimpleQueryMessage::Row(row) => {
                Some(Broken { rule: rule.name, row: row.get(0).unwrap_or_default().to_owned() })
            }
            // The number of rows, and the columns' names.
            _ => None,
        }));
    }
    broken
}

/// Asks every rule of the database at a URL, and expects that all hold.
///
/// # Panics
/// Where one does not.
pub async fn hold(url: &str) {
    let broken = broken(&connect(url).await).await;
    assert!(broken.is_empty(), "{} rows break a rule: {:?}", broken.len(), &broken[..broken.len().min(10)]);
}
