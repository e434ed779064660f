//! What every bus promises, asked of both.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use piao_bus::{AckOutcome, BatchLimits, BusError, Command, ServiceName};
use tokio::time::timeout;

use support::{Fixture, PATIENCE, Size, command, limits, receive, text};

/// One test per bus for every claim below.
macro_rules! for_every_bus {
    ($($claim:ident($size:expr)),* $(,)?) => {
        mod in_process { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() { super::run(super::support::in_process($size), super::$claim).await }
        )* }
        mod rabbitmq { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() { super::run(super::support::rabbitmq($size), super::$claim).await }
        )* }
    };
}

async fn run(fixture: Fixture, claim: impl AsyncFn(&Fixture)) {
    timeout(PATIENCE * 3, claim(&fixture)).await.expect("the claim was decided in time");
    fixture.finish().await;
}

for_every_bus! {
    an_acknowledged_command_does_not_come_again(super::Size::default()),
    an_unacknowledged_command_comes_again_after_its_consumer_is_dropped(super::Size::default()),
    poison_is_put_aside_and_holds_nothing_up(super::Size::default()),
    announcements_reach_every_subscriber_in_order(super::Size::default()),
    concurrent_publishes_are_all_confirmed_and_delivered_once(super::Size::default()),
    competing_consumers_share_the_commands(super::Size::default()),
    a_full_queue_refuses_and_takes_again_after_acknowledgements(super::SMALL),
    a_command_beyond_the_limit_is_refused(super::SMALL),
    a_batch_ends_at_every_limit(super::Size::default()),
    a_call_that_is_dropped_loses_nothing(super::Size::default()),
    a_closed_bus_ends_its_readers_and_refuses(super::Size::default()),
}

const SMALL: Size =
    Size { commands_max: 8, body_bytes_max: 1_000, publish_wait_max: Duration::from_millis(500) };

async fn an_acknowledged_command_does_not_come_again(fixture: &Fixture) {
    for name in ["a", "b", "c"] {
        fixture.bus.publish_command(command(name)).await.unwrap();
    }
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 3).await;
    assert_eq!(received.iter().map(|d| text(&d.body)).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(received.iter().all(|delivery| !delivery.redelivered));
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    drop(consumer);

    fixture.bus.publish_command(command("next")).await.unwrap();
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "next");
}

async fn an_unacknowledged_command_comes_again_after_its_consumer_is_dropped(fixture: &Fixture) {
    for name in ["a", "b", "c"] {
        fixture.bus.publish_command(command(name)).await.unwrap();
    }
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 3).await;
    assert_eq!(consumer.ack_all(&received[1..2]).await, AckOutcome::Acked);
    drop(consumer);

    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let again = receive(&mut *consumer, 2).await;
    assert_eq!(again.iter().map(|d| text(&d.body)).collect::<Vec<_>>(), ["a", "c"]);
    assert!(again.iter().all(|delivery| delivery.redelivered));
}

async fn poison_is_put_aside_and_holds_nothing_up(fixture: &Fixture) {
    for name in ["poison", "good"] {
        fixture.bus.publish_command(command(name)).await.unwrap();
    }
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 2).await;
    consumer.quarantine(&received[0], "not a batch").await.unwrap();
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    drop(consumer);

    for _ in 0..2 {
        let aside = fixture.bus.quarantined(10).await.unwrap();
        assert_eq!(aside.len(), 1, "looking takes nothing out");
        assert_eq!((text(&aside[0].body).as_str(), aside[0].reason.as_str()), ("poison", "not a batch"));
    }
    fixture.bus.publish_command(command("next")).await.unwrap();
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "next");
}

async fn announcements_reach_every_subscriber_in_order(fixture: &Fixture) {
    let mut subscribers = Vec::new();
    for service in ["issuance", "claims", "claims"] {
        subscribers.push(fixture.bus.blocks(ServiceName::parse(service).unwrap()).await.unwrap());
    }
    for height in 0..50_u64 {
        fixture.bus.publish_block(height, Bytes::from(format!("block {height}"))).await.unwrap();
    }
    for subscriber in &mut subscribers {
        for height in 0..50_u64 {
            let hint = timeout(PATIENCE, subscriber.recv()).await.unwrap().unwrap();
            assert_eq!((hint.height, text(&hint.body)), (height, format!("block {height}")));
        }
    }
}

async fn concurrent_publishes_are_all_confirmed_and_delivered_once(fixture: &Fixture) {
    const COMMANDS: u32 = 2_000;
    let publishes = (0..COMMANDS).map(|number| fixture.bus.publish_command(command(&number.to_string())));
    try_join_all(publishes).await.unwrap();
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let mut seen = BTreeSet::new();
    while seen.len() < COMMANDS as usize {
        let batch = consumer.recv_batch(limits()).await.unwrap();
        assert!(!batch.is_empty(), "only {} commands came", seen.len());
        for delivery in &batch {
            assert!(seen.insert(text(&delivery.body)), "{delivery:?} came twice");
        }
        assert_eq!(consumer.ack_all(&batch).await, AckOutcome::Acked);
    }
}

async fn competing_consumers_share_the_commands(fixture: &Fixture) {
    let mut consumers = Vec::new();
    for _ in 0..2 {
        consumers.push(fixture.bus.commands(0).await.unwrap());
    }
    let names: BTreeSet<String> = (0..100).map(|number| number.to_string()).collect();
    try_join_all(names.iter().map(|name| fixture.bus.publish_command(command(name)))).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < names.len() {
        let turn = BatchLimits { wait_max: Duration::from_millis(20), ..limits() };
        for consumer in &mut consumers {
            let batch = consumer.recv_batch(turn).await.unwrap();
            seen.extend(batch.iter().map(|delivery| text(&delivery.body)));
            assert_eq!(consumer.ack_all(&batch).await, AckOutcome::Acked);
        }
    }
    assert_eq!(seen.len(), names.len());
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), names);
}

async fn a_full_queue_refuses_and_takes_again_after_acknowledgements(fixture: &Fixture) {
    let mut kept = 0;
    let refused = loop {
        match fixture.bus.publish_command(command("x")).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1_000, "the queue has no bound");
    };
    assert!(matches!(refused, BusError::Full { .. }), "{refused:?}");

    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, kept).await;
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    // A broker notices that there is room again a moment after the acknowledgements.
    let taken = async {
        while let Err(error) = fixture.bus.publish_command(command("after")).await {
            assert!(matches!(error, BusError::Full { .. }), "{error:?}");
        }
    };
    timeout(PATIENCE, taken).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "after");
}

async fn a_command_beyond_the_limit_is_refused(fixture: &Fixture) {
    let largest = Command { body: Bytes::from(vec![7; 1_000]), transitions: 1 };
    fixture.bus.publish_command(largest).await.unwrap();
    let beyond = Command { body: Bytes::from(vec![7; 1_001]), transitions: 1 };
    let refused = fixture.bus.publish_command(beyond).await.unwrap_err();
    assert!(matches!(refused, BusError::TooLarge { bytes: 1_001, bytes_max: 1_000 }), "{refused:?}");
}

async fn a_batch_ends_at_every_limit(fixture: &Fixture) {
    // Transitions, bytes; then the limits (messages, transitions, bytes) and the sizes of batches expected.
    let commands = [(1, 10), (1, 10), (5, 10), (1, 100), (9, 10), (1, 10)];
    let rows = [
        ((2, 100, 1_000), vec![2, 2, 2]),
        ((100, 6, 1_000), vec![2, 2, 1, 1]),
        ((100, 100, 40), vec![3, 1, 2]),
        ((100, 1, 1), vec![1, 1, 1, 1, 1, 1]),
        ((100, 100, 1_000), vec![6]),
    ];
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    for ((messages_max, transitions_max, bytes_max), expect) in rows {
        for (transitions, bytes) in commands {
            let body = Bytes::from(vec![0; bytes]);
            fixture.bus.publish_command(Command { body, transitions }).await.unwrap();
        }
        let linger_max = Duration::from_secs(1);
        let cut = BatchLimits { messages_max, transitions_max, bytes_max, wait_max: PATIENCE, linger_max };
        let mut sizes = Vec::new();
        while sizes.iter().sum::<usize>() < commands.len() {
            let batch = consumer.recv_batch(cut).await.unwrap();
            assert!(!batch.is_empty());
            sizes.push(batch.len());
            assert_eq!(consumer.ack_all(&batch).await, AckOutcome::Acked);
        }
        assert_eq!(sizes, expect, "{cut:?}");
    }
}

async fn a_call_that_is_dropped_loses_nothing(fixture: &Fixture) {
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let mut received = Vec::new();
    let mut published = names.iter();
    while received.len() < names.len() {
        if let Some(name) = published.next() {
            fixture.bus.publish_command(command(name)).await.unwrap();
        }
        // Would linger for long; is dropped as soon as the publish after it is done.
        let lingering = BatchLimits { linger_max: PATIENCE, ..limits() };
        let interrupted = timeout(Duration::from_millis(20), consumer.recv_batch(lingering)).await;
        assert!(interrupted.is_err(), "nothing fills this batch");
        if published.len() == 0 {
            let short = BatchLimits { linger_max: Duration::from_millis(50), ..limits() };
            received.extend(consumer.recv_batch(short).await.unwrap());
        }
    }
    assert_eq!(received.iter().map(|d| text(&d.body)).collect::<Vec<_>>(), names);
}

async fn a_closed_bus_ends_its_readers_and_refuses(fixture: &Fixture) {
    let mut consumer = fixture.bus.commands(0).await.unwrap();
    let mut subscriber = fixture.bus.blocks(ServiceName::parse("filing").unwrap()).await.unwrap();
    // Over a broker each part connects by itself.
    let connected = async {
        let mut due = tokio::time::interval(Duration::from_millis(10));
        while fixture.bus.check().is_err() {
            due.tick().await;
        }
    };
    timeout(PATIENCE, connected).await.expect("it connects");
    fixture.bus.close().await;

    assert!(matches!(consumer.recv_batch(limits()).await, Err(BusError::Closed)));
    assert_eq!(timeout(PATIENCE, subscriber.recv()).await.unwrap(), None);
    let refusals =
        join_all([fixture.bus.publish_command(command("x")), fixture.bus.publish_block(1, Bytes::new())])
            .await;
    assert!(refusals.iter().all(|refused| matches!(refused, Err(BusError::Closed))), "{refusals:?}");
    assert!(matches!(fixture.bus.check(), Err(BusError::Closed)));
    assert!(matches!(fixture.bus.commands(0).await, Err(BusError::Closed)));
}
