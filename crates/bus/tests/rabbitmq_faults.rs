//! What the bus over RabbitMQ does when the broker goes away, comes back or has forgotten something.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "claims/asking.rs"]
mod asking;
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use lapin::options::QueueDeleteOptions;
use piao_bus::{AckOutcome, Bus, BusError, RabbitBus, ServiceName};
use tokio::runtime::Handle;
use tokio::time::timeout;

use asking::{LARGE, PATIENCE, Size, command, limits, receive, text};
use support::proxy::Proxy;
use support::{amqp_url, broker_connection, rabbit_config, remove_topology};

/// The test broker's URL, led through a proxy.
async fn proxied() -> (Proxy, String) {
    let url = amqp_url();
    let (user, rest) = url.trim_start_matches("amqp://").split_once('@').expect("user:password@ in the URL");
    let (host, vhost) = rest.split_once('/').unwrap_or((rest, "%2f"));
    let proxy = Proxy::to(host.to_owned()).await;
    let through = format!("amqp://{user}@{}/{vhost}", proxy.address());
    (proxy, through)
}

async fn publish_until_kept(bus: &RabbitBus, name: &str) {
    while let Err(error) = bus.publish_command(command(name)).await {
        assert!(
            matches!(
                error,
                BusError::Unconfirmed { .. } | BusError::Unavailable { .. } | BusError::Unroutable { .. }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_confirmed_is_lost_while_connections_are_cut() {
    const COMMANDS: usize = 160;
    let (proxy, url) = proxied().await;
    let proxy = Arc::new(proxy);
    let config = rabbit_config(&url, LARGE);
    let prefix = config.prefix.clone();
    let bus = RabbitBus::start(config, Handle::current()).unwrap();

    let publishing = {
        let (bus, proxy) = (bus.clone(), Arc::clone(&proxy));
        tokio::spawn(async move {
            for number in 0..COMMANDS {
                if number % 20 == 10 {
                    proxy.cut();
                }
                publish_until_kept(&bus, &number.to_string()).await;
            }
        })
    };
    let mut consumer = bus.commands(0).await.unwrap();
    let mut seen = BTreeSet::new();
    let consuming = async {
        while seen.len() < COMMANDS {
            let batch = consumer.recv_batch(limits()).await.unwrap();
            seen.extend(batch.iter().map(|delivery| text(&delivery.body)));
            // Either outcome is right while connections break; what comes again was seen already.
            let (AckOutcome::Acked | AckOutcome::ComesAgain { .. }) = consumer.ack_all(&batch).await;
        }
    };
    timeout(PATIENCE * 3, consuming).await.unwrap();
    publishing.await.unwrap();
    bus.close().await;
    remove_topology(&amqp_url(), &prefix).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_received_before_a_cut_is_not_acked_and_comes_again() {
    let (proxy, url) = proxied().await;
    let config = rabbit_config(&url, LARGE);
    let prefix = config.prefix.clone();
    let bus = RabbitBus::start(config, Handle::current()).unwrap();
    bus.publish_command(command("once")).await.unwrap();
    let mut consumer = bus.commands(0).await.unwrap();
    let before = receive(&mut *consumer, 1).await;

    proxy.cut();
    let after = receive(&mut *consumer, 1).await;
    assert_eq!((text(&after[0].body).as_str(), after[0].redelivered), ("once", true));
    assert_eq!(consumer.ack_all(&before).await, AckOutcome::ComesAgain { messages: 1 });
    assert_eq!(consumer.ack_all(&after).await, AckOutcome::Acked);
    bus.close().await;
    remove_topology(&amqp_url(), &prefix).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcements_go_on_after_a_cut() {
    let (proxy, url) = proxied().await;
    let config = rabbit_config(&url, LARGE);
    let prefix = config.prefix.clone();
    let bus = RabbitBus::start(config, Handle::current()).unwrap();
    let mut subscriber = bus.blocks(ServiceName::parse("claims").unwrap()).await.unwrap();
    proxy.cut();
    // Hints may be lost while the subscription is made anew, so they are repeated until one arrives.
    let heard = async {
        loop {
            let _ = bus.publish_block(7, Bytes::from_static(b"seven")).await;
            if let Ok(hint) = timeout(Duration::from_millis(50), subscriber.recv()).await {
                break hint;
            }
        }
    };
    assert_eq!(timeout(PATIENCE, heard).await.unwrap().unwrap().height, 7);
    bus.close().await;
    remove_topology(&amqp_url(), &prefix).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_without_a_broker_waits_in_bounds() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let size = Size { publish_wait_max: Duration::from_millis(300), ..LARGE };
    let config = rabbit_config(&format!("amqp://guest:guest@{nobody}/%2f"), size);
    let bus = RabbitBus::start(config, Handle::current()).unwrap();
    let begun = Instant::now();
    let refused = bus.publish_command(command("x")).await;
    assert!(matches!(refused, Err(BusError::Unavailable { .. })), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(matches!(bus.check(), Err(BusError::Unavailable { .. })));
    assert!(bus.commands(0).await.is_ok() && bus.blocks(ServiceName::parse("rules").unwrap()).await.is_ok());
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_vanished_is_declared_anew() {
    let config = rabbit_config(&amqp_url(), LARGE);
    let prefix = config.prefix.clone();
    let bus = RabbitBus::start(config, Handle::current()).unwrap();
    bus.publish_command(command("before")).await.unwrap();

    let connection = broker_connection(&amqp_url()).await;
    let channel = connection.create_channel().await.unwrap();
    let queue = format!("{}.commands", prefix.as_str());
    channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();

    let refused = bus.publish_command(command("lost")).await;
    assert!(matches!(refused, Err(BusError::Unroutable { .. })), "{refused:?}");
    timeout(PATIENCE, publish_until_kept(&bus, "after")).await.unwrap();
    let mut consumer = bus.commands(0).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "after");
    bus.close().await;
    remove_topology(&amqp_url(), &prefix).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_stops_takes_no_connection_with_it() {
    let config = rabbit_config(&amqp_url(), LARGE);
    let prefix = config.prefix.clone();
    let bus = RabbitBus::start(config, Handle::current()).unwrap();
    let worker_bus = bus.clone();
    // As an actix worker: a thread with a runtime of its own that ends.
    let worker = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            worker_bus.publish_command(command("from a worker")).await.unwrap();
            worker_bus.commands(0).await.unwrap()
        })
    });
    let mut consumer = tokio::task::spawn_blocking(|| worker.join().unwrap()).await.unwrap();
    bus.publish_command(command("from the main runtime")).await.unwrap();
    let received = receive(&mut *consumer, 2).await;
    assert_eq!(text(&received[1].body), "from the main runtime");
    bus.close().await;
    remove_topology(&amqp_url(), &prefix).await;
}
