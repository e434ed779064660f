//! The PostgreSQL and the RabbitMQ that everything is measured on. `cargo xtask bench` starts both and names them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::{Client, Config, NoTls};

use crate::failure::Failure;
use crate::part::Part;
use crate::processes::Program;

const DATABASE_URL: &str = "PIAO_TEST_DATABASE_URL";
const AMQP_URL: &str = "PIAO_TEST_AMQP_URL";

/// Name of PostgreSQL in tables.
pub(crate) const POSTGRES: &str = "PostgreSQL";
/// Name of RabbitMQ in tables.
pub(crate) const RABBITMQ: &str = "RabbitMQ";

/// Where the servers are, and which processes they are.
pub(crate) struct Servers {
    pub(crate) database_url: String,
    pub(crate) amqp_url: String,
    /// What this run's names at the broker begin with: none of another run's may be met.
    names: String,
    /// The names that were given out.
    given: Mutex<BTreeSet<String>>,
    /// The two, as far as they run on this machine.
    pub(crate) programs: Vec<Program>,
}

impl Servers {
    /// The servers that the environment names.
    pub(crate) fn of_environment() -> Result<Self, Failure> {
        let given = |name: &str| {
            let next = "use `cargo xtask bench`, which starts private servers";
            std::env::var(name).map_err(|_| Failure::new(format!("{name} is not set: {next}")))
        };
        let (database_url, amqp_url) = (given(DATABASE_URL)?, given(AMQP_URL)?);
        let config: Config = database_url.parse().map_err(Failure::doing("reading the database's URL"))?;
        let postgres = config.get_ports().first().and_then(|port| Program::listening(POSTGRES, *port));
        let rabbitmq = port_of(&amqp_url).and_then(|port| Program::listening(RABBITMQ, port));
        // Process ids come again.
        let names = format!("bench-{}-{}", crate::now().unix(), std::process::id());
        let programs = postgres.into_iter().chain(rabbitmq).collect();
        Ok(Self { database_url, amqp_url, names, given: Mutex::default(), programs })
    }

    /// What a part's names at the broker begin with.
    pub(crate) fn names_of(&self, part: Part) -> String {
        let names = format!("{}-{}", self.names, part.name());
        self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(names.clone());
        names
    }

    /// Whatever was given out by [`Self::names_of`]: to be removed at the end.
    pub(crate) fn given(&self) -> Vec<String> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Opens a connection of our own to a database.
pub(crate) async fn connect(database_url: &str) -> Result<Client, Failure> {
    let connected = tokio_postgres::connect(database_url, NoTls).await;
    let (client, connection) = connected.map_err(Failure::doing("connecting to PostgreSQL"))?;
    // It ends with the client.
    tokio::spawn(connection);
    Ok(client)
}

/// The port in `amqp://user:password@host:port/vhost`; the protocol's own where none is named.
fn port_of(amqp_url: &str) -> Option<u16> {
    let rest = amqp_url.split_once("://")?.1;
    let authority = rest.split('/').next()?;
    let host = authority.rsplit('@').next()?;
    match host.rsplit_once(':') {
        Some((_, port)) => port.parse().ok(),
        None => Some(5672),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_broker_is_found() {
        let check = |url: &str, expect: Option<u16>| assert_eq!(port_of(url), expect, "{url}");
        check("amqp://piao:secret@127.0.0.1:21234/%2f", Some(21_234));
        check("amqp://127.0.0.1", Some(5672));
        check("amqp://u:p@host/v", Some(5672));
        check("amqp://u:p@host:x/v", None);
        check("", None);
    }
}
