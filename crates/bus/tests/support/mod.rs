//! What the tests of both buses share: the buses, a broker's address, a proxy that cuts connections.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub mod proxy;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use piao_bus::{Bus, InProcessBus, InProcessConfig, NamePrefix, RabbitBus, RabbitConfig};
use tokio::runtime::Handle;

use crate::asking::{Asked, Fixture, Size};

pub(crate) fn in_process(size: Size) -> Fixture {
    let config = InProcessConfig {
        commands_max: size.commands_max as usize,
        commands_bytes_max: size.body_bytes_max,
        publish_wait_max: size.publish_wait_max,
        ..InProcessConfig::default()
    };
    let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(config));
    Fixture::new(Asked::new(Arc::clone(&bus), move || Arc::clone(&bus)))
}

/// A bus over names of its own; they are removed after it.
pub(crate) fn rabbitmq(size: Size) -> Fixture {
    let config = rabbit_config(&amqp_url(), size);
    let prefix = config.prefix.clone();
    let start =
        move || -> Arc<dyn Bus> { Arc::new(RabbitBus::start(config.clone(), Handle::current()).unwrap()) };
    Fixture::tidied(Asked::new(start(), start), async move { remove_topology(&amqp_url(), &prefix).await })
}

pub(crate) fn rabbit_config(url: &str, size: Size) -> RabbitConfig {
    let mut config = RabbitConfig::new(url, fresh_prefix());
    config.queue_messages_max = size.commands_max;
    config.body_bytes_max = size.body_bytes_max as usize;
    config.publish_wait_max = size.publish_wait_max;
    config
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
