//! The PostgreSQL and RabbitMQ that tests run against: those that the environment names, else
//! private ones in a folder of their own, on free ports of 127.0.0.1, gone when this value is dropped.

mod account;
pub(crate) mod install;
mod place;
mod postgres;
mod rabbitmq;

use crate::failure::Failure;
use std::process::Command;
use std::time::Instant;

/// A PostgreSQL URL whose user may create databases.
pub(crate) const DATABASE_URL: &str = "PIAO_TEST_DATABASE_URL";
/// An AMQP URL whose user may declare everything in its virtual host.
pub(crate) const AMQP_URL: &str = "PIAO_TEST_AMQP_URL";

/// Running servers; private ones stop when this is dropped.
pub(crate) struct Servers {
    database_url: String,
    amqp_url: String,
    /// Held for their `Drop` only.
    _postgres: Option<postgres::Postgres>,
    _rabbitmq: Option<rabbitmq::RabbitMq>,
}

impl Servers {
    /// Starts what the environment does not name and waits until both take connections.
    pub(crate) fn start() -> Result<Self, Failure> {
        let since = Instant::now();
        let given = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
        let (database_url, amqp_url) = (given(DATABASE_URL), given(AMQP_URL));

        // RabbitMQ takes longest to come up: PostgreSQL starts beside it.
        let mut rabbitmq = match amqp_url {
            Some(_) => None,
            None => Some(rabbitmq::RabbitMq::launch()?),
        };
        let postgres = match database_url {
            Some(_) => None,
            None => Some(postgres::Postgres::start()?),
        };
        if let Some(rabbitmq) = &mut rabbitmq {
            rabbitmq.wait_until_ready()?;
        }

        let told = |private: bool| if private { "private" } else { "given by the environment" };
        println!(
            "servers: PostgreSQL {}, RabbitMQ {} ({:.1} s)",
            told(postgres.is_some()),
            told(rabbitmq.is_some()),
            since.elapsed().as_secs_f64()
        );
        Ok(Self {
            database_url: database_url
                .or_else(|| postgres.as_ref().map(|server| server.url().to_owned()))
                .unwrap_or_default(),
            amqp_url: amqp_url
                .or_else(|| rabbitmq.as_ref().map(|server| server.url().to_owned()))
                .unwrap_or_default(),
            _postgres: postgres,
            _rabbitmq: rabbitmq,
        })
    }

    /// Tells a command where the servers are.
    pub(crate) fn name_to(&self, command: &mut Command) {
        command.env(DATABASE_URL, &self.database_url).env(AMQP_URL, &self.amqp_url);
    }
}
