//! Both buses for the same test: inside the process, and over a real broker with names of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lapin::options::{ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use piao_bus::{Bus, InProcessBus, InProcessConfig, NamePrefix, RabbitBus, RabbitConfig};
use tokio::runtime::Handle;

/// A bus under test.
pub struct TestBus {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    broker: Option<NamePrefix>,
}

/// How many messages wait in the command queue, and how many consumers it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Neither delivered nor acknowledged.
    pub messages: u32,
    /// Consumers.
    pub consumers: u32,
}

impl TestBus {
    /// A bus inside this process.
    #[must_use]
    pub fn in_process() -> Self {
        Self { bus: Arc::new(InProcessBus::new(InProcessConfig::default())), broker: None }
    }

    /// A bus over the broker of the environment, with queues of its own.
    #[must_use]
    pub fn rabbitmq() -> Self {
        Self::with_names(&fresh_prefix())
    }

    /// A bus over the broker of the environment, with the names of another: its peer in another process.
    ///
    /// # Panics
    /// Where the prefix is malformed or the broker's address is.
    #[must_use]
    pub fn with_names(prefix: &str) -> Self {
        let prefix = NamePrefix::parse(prefix).expect("a well-formed prefix");
        let config = RabbitConfig {
            // Far more than a test takes: a busy machine is no fault.
            publish_wait_max: Duration::from_secs(30),
            ..RabbitConfig::new(amqp_url(), prefix.clone())
        };
        let bus = RabbitBus::start(config, Handle::current()).expect("the test broker's address");
        Self { bus: Arc::new(bus), broker: Some(prefix) }
    }

    /// The bus once more: over another connection where there are connections.
    #[must_use]
    pub fn again(&self) -> Arc<dyn Bus> {
        match &self.broker {
            Some(prefix) => Self::with_names(prefix.as_str()).bus,
            None => Arc::clone(&self.bus),
        }
    }

    /// What its names at the broker begin with; nothing inside one process.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.broker.as_ref().map(NamePrefix::as_str)
    }

    /// Asks the broker how full the command queue is.
    ///
    /// # Panics
    /// Inside one process, or where the broker does not answer.
    pub async fn waiting(&self) -> Waiting {
        let prefix = self.prefix().expect("a bus over a broker");
        let (connection, channel) = connect().await;
        let passive = QueueDeclareOptions { passive: true, durable: true, ..QueueDeclareOptions::default() };
        let queue = channel
            .queue_declare(format!("{prefix}.commands").into(), passive, FieldTable::default())
            .await
            .expect("the command queue");
        let waiting = Waiting { messages: queue.message_count(), consumers: queue.consumer_count() };
        close(connection).await;
        waiting
    }

    /// Closes the bus and removes what it declared.
    ///
    /// # Panics
    /// Where the broker does not answer.
    pub async fn finish(self) {
        self.bus.close().await;
        if let Some(prefix) = self.broker {
            remove(&amqp_url(), prefix.as_str()).await.expect("a broker that removes what was declared");
        }
    }
}

/// Removes what was declared at a broker under a prefix, where it is there.
///
/// # Errors
/// Where the broker does not answer.
pub async fn remove(amqp_url: &str, prefix: &str) -> Result<(), lapin::Error> {
    let connection = Connection::connect(amqp_url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for queue in ["commands", "quarantine"] {
        let name = format!("{prefix}.{queue}").into();
        channel.queue_delete(name, QueueDeleteOptions::default()).await?;
    }
    for exchange in ["dead", "blocks"] {
        let name = format!("{prefix}.{exchange}").into();
        channel.exchange_delete(name, ExchangeDeleteOptions::default()).await?;
    }
    connection.close(200, "OK".into()).await
}

fn amqp_url() -> String {
    std::env::var("PIAO_TEST_AMQP_URL").expect(
        "PIAO_TEST_AMQP_URL is not set: run `cargo xtask servers -- cargo test --release …`, which starts a \
         private RabbitMQ",
    )
}

fn fresh_prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("ledger-{}-{}-{nanos}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

async fn connect() -> (Connection, Channel) {
    let url = amqp_url();
    let connection = Connection::connect(&url, ConnectionProperties::default()).await;
    let connection = connection.expect("the test broker");
    let channel = connection.create_channel().await.expect("a channel");
    (connection, channel)
}

async fn close(connection: Connection) {
    connection.close(200, "OK".into()).await.expect("a connection that closes");
}
