//! What the tests of both buses share: fixtures, a broker's address, a proxy that cuts connections.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub mod proxy;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use piao_bus::{
    BatchLimits, Bus, Command, CommandConsumer, InProcessBus, InProcessConfig, NamePrefix, RabbitBus,
    RabbitConfig,
};
use tokio::runtime::Handle;

/// Longest time a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How small the bus under test is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub commands_max: u32,
    pub body_bytes_max: u32,
    pub publish_wait_max: Duration,
}

impl Default for Size {
    fn default() -> Self {
        Self { commands_max: 10_000, body_bytes_max: 1 << 20, publish_wait_max: Duration::from_secs(10) }
    }
}

/// A bus and what must be tidied up after it.
pub struct Fixture {
    pub bus: Arc<dyn Bus>,
    broker: Option<(String, NamePrefix)>,
}

pub fn in_process(size: Size) -> Fixture {
    let config = InProcessConfig {
        commands_max: size.commands_max as usize,
        commands_bytes_max: size.body_bytes_max,
        publish_wait_max: size.publish_wait_max,
        ..InProcessConfig::default()
    };
    Fixture { bus: Arc::new(InProcessBus::new(config)), broker: None }
}

pub fn rabbitmq(size: Size) -> Fixture {
    let config = rabbit_config(&amqp_url(), size);
    let broker = Some((amqp_url(), config.prefix.clone()));
    Fixture { bus: Arc::new(RabbitBus::start(config, Handle::current()).unwrap()), broker }
}

pub fn rabbit_config(url: &str, size: Size) -> RabbitConfig {
    let mut config = RabbitConfig::new(url, fresh_prefix());
    config.queue_messages_max = size.commands_max;
    config.body_bytes_max = size.body_bytes_max as usize;
    config.publish_wait_max = size.publish_wait_max;
    config
}

impl Fixture {
    /// Closes the bus and removes what it declared.
    pub async fn finish(self) {
        self.bus.close().await;
        if let Some((url, prefix)) = self.broker {
            remove_topology(&url, &prefix).await;
        }
    }
}

pub fn amqp_url() -> String {
    std::env::var("PIAO_TEST_AMQP_URL").expect(
        "PIAO_TEST_AMQP_URL is not set: run `cargo xtask servers -- cargo test --release -p piao-bus`, which \
         starts a private RabbitMQ",
    )
}

fn fresh_prefix() -> NamePrefix {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    NamePrefix::parse(&format!("test-{}-{number}-{nanos}", std::process::id())).unwrap()
}

pub async fn broker_connection(url: &str) -> Connection {
    Connection::connect(url, ConnectionProperties::default()).await.unwrap()
}

pub async fn remove_topology(url: &str, prefix: &NamePrefix) {
    let connection = broker_connection(url).await;
    let channel = connection.create_channel().await.unwrap();
    for queue in ["commands", "quarantine"] {
        let name = format!("{}.{queue}", prefix.as_str());
        channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.unwrap();
    }
    for exchange in ["dead", "blocks"] {
        let name = format!("{}.{exchange}", prefix.as_str());
        channel.exchange_delete(name.into(), ExchangeDeleteOptions::default()).await.unwrap();
    }
    connection.close(200, "OK".into()).await.unwrap();
}

pub fn command(text: &str) -> Command {
    Command { body: Bytes::copy_from_slice(text.as_bytes()), transitions: 1 }
}

pub fn limits() -> BatchLimits {
    BatchLimits { wait_max: PATIENCE, ..BatchLimits::default() }
}

pub fn text(body: &Bytes) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

/// Receives, without acknowledging, until `messages` are there.
pub async fn receive(consumer: &mut dyn CommandConsumer, messages: usize) -> Vec<piao_bus::Delivery> {
    let mut received = Vec::new();
    while received.len() < messages {
        let batch = consumer.recv_batch(limits()).await.unwrap();
        assert!(!batch.is_empty(), "only {} of {messages} messages came", received.len());
        received.extend(batch);
    }
    assert_eq!(received.len(), messages);
    received
}
