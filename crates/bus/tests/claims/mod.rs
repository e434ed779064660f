//! What every bus promises, and what a broker promises beyond it: written once, and asked of RabbitMQ and of the bus of one
//! process by the tests of this crate, and of the simulated broker by those of the ledger.

pub(crate) mod asking;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use piao_bus::{AckOutcome, BatchLimits, BusError, Command, ServiceName};
use tokio::time::timeout;

use asking::{Asked, Fixture, PATIENCE, command, limits, receive, text};

/// A test for each claim about every bus, asked of the one that `$bus` makes.
macro_rules! ask_every_claim {
    ($bus:path) => {
        crate::claims::ask! { $bus =>
            an_acknowledged_command_does_not_come_again(LARGE),
            an_unacknowledged_command_comes_again_after_its_consumer_is_dropped(LARGE),
            an_acknowledgement_of_what_was_acknowledged_does_not_go_through(LARGE),
            poison_is_put_aside_and_holds_nothing_up(LARGE),
            announcements_reach_every_subscriber_in_order(LARGE),
            concurrent_publishes_are_all_confirmed_and_delivered_once(LARGE),
            competing_consumers_share_the_commands(LARGE),
            a_full_queue_refuses_and_takes_again_after_acknowledgements(SMALL),
            a_command_beyond_the_limit_is_refused(SMALL),
            a_batch_ends_at_every_limit(LARGE),
            a_call_that_is_dropped_loses_nothing(LARGE),
            a_closed_bus_ends_its_readers_and_refuses(LARGE),
        }
    };
}

/// A test for each claim about what lies beyond one process, asked of the broker that `$bus` makes a bus over. Nobody
/// else comes by the bus of one process, and it keeps nothing when it is closed.
macro_rules! ask_every_claim_about_a_broker {
    ($bus:path) => {
        crate::claims::ask! { $bus =>
            whoever_reads_in_a_later_turn_is_served_alone(LARGE),
            what_a_closed_bus_did_not_acknowledge_comes_again_over_another(LARGE),
            announcements_reach_other_processes(LARGE),
        }
    };
}

macro_rules! ask {
    ($bus:path => $($claim:ident($size:ident)),* $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $claim() {
            let fixture = $bus(crate::claims::asking::$size);
            crate::claims::decide(fixture, crate::claims::$claim).await;
        }
    )* };
}

pub(crate) use {ask, ask_every_claim, ask_every_claim_about_a_broker};

pub(crate) async fn decide(fixture: Fixture, claim: impl AsyncFn(&Asked)) {
    timeout(PATIENCE * 3, claim(&fixture.asked)).await.expect("the claim was decided in time");
    fixture.finish().await;
}

pub(crate) async fn an_acknowledged_command_does_not_come_again(asked: &Asked) {
    for name in ["a", "b", "c"] {
        asked.bus.publish_command(command(name)).await.unwrap();
    }
    let mut consumer = asked.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 3).await;
    assert_eq!(received.iter().map(|d| text(&d.body)).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(received.iter().all(|delivery| !delivery.redelivered));
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    drop(consumer);

    asked.bus.publish_command(command("next")).await.unwrap();
    let mut consumer = asked.bus.commands(0).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "next");
}

pub(crate) async fn an_unacknowledged_command_comes_again_after_its_consumer_is_dropped(asked: &Asked) {
    for name in ["a", "b", "c"] {
        asked.bus.publish_command(command(name)).await.unwrap();
    }
    let mut consumer = asked.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 3).await;
    assert_eq!(consumer.ack_all(&received[1..2]).await, AckOutcome::Acked);
    drop(consumer);

    let mut consumer = asked.bus.commands(0).await.unwrap();
    let again = receive(&mut *consumer, 2).await;
    assert_eq!(again.iter().map(|d| text(&d.body)).collect::<Vec<_>>(), ["a", "c"]);
    assert!(again.iter().all(|delivery| delivery.redelivered));
    assert_eq!(consumer.ack_all(&again).await, AckOutcome::Acked);
    drop(consumer);

    asked.bus.publish_command(command("next")).await.unwrap();
    let mut consumer = asked.bus.commands(0).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "next");
}

pub(crate) async fn an_acknowledgement_of_what_was_acknowledged_does_not_go_through(asked: &Asked) {
    asked.bus.publish_command(command("a")).await.unwrap();
    let mut consumer = asked.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 1).await;
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::ComesAgain { messages: 1 });
}

pub(crate) async fn poison_is_put_aside_and_holds_nothing_up(asked: &Asked) {
    for name in ["poison", "good"] {
        asked.bus.publish_command(command(name)).await.unwrap();
    }
    let mut consumer = asked.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, 2).await;
    consumer.quarantine(&received[0], "not a batch").await.unwrap();
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    drop(consumer);

    for _ in 0..2 {
        let aside = asked.bus.quarantined(10).await.unwrap();
        assert_eq!(aside.len(), 1, "looking takes nothing out");
        assert_eq!((text(&aside[0].body).as_str(), aside[0].reason.as_str()), ("poison", "not a batch"));
    }
    asked.bus.publish_command(command("next")).await.unwrap();
    let mut consumer = asked.bus.commands(0).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "next");
}

pub(crate) async fn announcements_reach_every_subscriber_in_order(asked: &Asked) {
    let mut subscribers = Vec::new();
    for service in ["issuance", "claims", "claims"] {
        subscribers.push(asked.bus.blocks(ServiceName::parse(service).unwrap()).await.unwrap());
    }
    for height in 0..50_u64 {
        asked.bus.publish_block(height, Bytes::from(format!("block {height}"))).await.unwrap();
    }
    for subscriber in &mut subscribers {
        for height in 0..50_u64 {
            let hint = timeout(PATIENCE, subscriber.recv()).await.unwrap().unwrap();
            assert_eq!((hint.height, text(&hint.body)), (height, format!("block {height}")));
        }
    }
}

pub(crate) async fn concurrent_publishes_are_all_confirmed_and_delivered_once(asked: &Asked) {
    const COMMANDS: u32 = 2_000;
    let publishes = (0..COMMANDS).map(|number| asked.bus.publish_command(command(&number.to_string())));
    try_join_all(publishes).await.unwrap();
    let mut consumer = asked.bus.commands(0).await.unwrap();
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

pub(crate) async fn competing_consumers_share_the_commands(asked: &Asked) {
    let mut consumers = Vec::new();
    for _ in 0..2 {
        consumers.push(asked.bus.commands(0).await.unwrap());
    }
    let names: BTreeSet<String> = (0..100).map(|number| number.to_string()).collect();
    try_join_all(names.iter().map(|name| asked.bus.publish_command(command(name)))).await.unwrap();
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

pub(crate) async fn a_full_queue_refuses_and_takes_again_after_acknowledgements(asked: &Asked) {
    let mut kept = 0;
    let refused = loop {
        match asked.bus.publish_command(command("x")).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1_000, "the queue has no bound");
    };
    assert!(matches!(refused, BusError::Full { .. }), "{refused:?}");

    let mut consumer = asked.bus.commands(0).await.unwrap();
    let received = receive(&mut *consumer, kept).await;
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    // A broker notices that there is room again a moment after the acknowledgements.
    let taken = async {
        while let Err(error) = asked.bus.publish_command(command("after")).await {
            assert!(matches!(error, BusError::Full { .. }), "{error:?}");
        }
    };
    timeout(PATIENCE, taken).await.unwrap();
    assert_eq!(text(&receive(&mut *consumer, 1).await[0].body), "after");
}

pub(crate) async fn a_command_beyond_the_limit_is_refused(asked: &Asked) {
    let largest = Command { body: Bytes::from(vec![7; 1_000]), transitions: 1 };
    asked.bus.publish_command(largest).await.unwrap();
    let beyond = Command { body: Bytes::from(vec![7; 1_001]), transitions: 1 };
    let refused = asked.bus.publish_command(beyond).await.unwrap_err();
    assert!(matches!(refused, BusError::TooLarge { bytes: 1_001, bytes_max: 1_000 }), "{refused:?}");
}

pub(crate) async fn a_batch_ends_at_every_limit(asked: &Asked) {
    // Transitions, bytes; then the limits (messages, transitions, bytes) and the sizes of batches expected.
    let commands = [(1, 10), (1, 10), (5, 10), (1, 100), (9, 10), (1, 10)];
    let rows = [
        ((2, 100, 1_000), vec![2, 2, 2]),
        ((100, 6, 1_000), vec![2, 2, 1, 1]),
        ((100, 100, 40), vec![3, 1, 2]),
        ((100, 1, 1), vec![1, 1, 1, 1, 1, 1]),
        ((100, 100, 1_000), vec![6]),
    ];
    let mut consumer = asked.bus.commands(0).await.unwrap();
    for ((messages_max, transitions_max, bytes_max), expect) in rows {
        for (transitions, bytes) in commands {
            let body = Bytes::from(vec![0; bytes]);
            asked.bus.publish_command(Command { body, transitions }).await.unwrap();
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

pub(crate) async fn a_call_that_is_dropped_loses_nothing(asked: &Asked) {
    let mut consumer = asked.bus.commands(0).await.unwrap();
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let mut received = Vec::new();
    let mut published = names.iter();
    while received.len() < names.len() {
        if let Some(name) = published.next() {
            asked.bus.publish_command(command(name)).await.unwrap();
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

pub(crate) async fn a_closed_bus_ends_its_readers_and_refuses(asked: &Asked) {
    let mut consumer = asked.bus.commands(0).await.unwrap();
    let mut subscriber = asked.bus.blocks(ServiceName::parse("filing").unwrap()).await.unwrap();
    // Over a broker each part connects by itself.
    let connected = async {
        let mut due = tokio::time::interval(Duration::from_millis(10));
        while asked.bus.check().is_err() {
            due.tick().await;
        }
    };
    timeout(PATIENCE, connected).await.expect("it connects");
    asked.bus.close().await;

    assert!(matches!(consumer.recv_batch(limits()).await, Err(BusError::Closed)));
    assert_eq!(timeout(PATIENCE, subscriber.recv()).await.unwrap(), None);
    let refusals =
        join_all([asked.bus.publish_command(command("x")), asked.bus.publish_block(1, Bytes::new())]).await;
    assert!(refusals.iter().all(|refused| matches!(refused, Err(BusError::Closed))), "{refusals:?}");
    assert!(matches!(asked.bus.check(), Err(BusError::Closed)));
    assert!(matches!(asked.bus.commands(0).await, Err(BusError::Closed)));
}

pub(crate) async fn whoever_reads_in_a_later_turn_is_served_alone(asked: &Asked) {
    let names: BTreeSet<String> = (0..10).map(|number| number.to_string()).collect();
    let mut early = asked.bus.commands(1).await.unwrap();
    // It is there, and then it does nothing any more, as a process that was stopped.
    asked.bus.publish_command(command("to the early one")).await.unwrap();
    assert_eq!(receive(&mut *early, 1).await.len(), 1);
    let other = asked.again();
    let mut late = other.commands(2).await.unwrap();
    // Until it is connected, what is published goes to the early one.
    let is_there = async {
        loop {
            asked.bus.publish_command(command("whoever is there")).await.unwrap();
            let briefly = BatchLimits { wait_max: Duration::from_millis(50), ..limits() };
            if !late.recv_batch(briefly).await.unwrap().is_empty() {
                return;
            }
        }
    };
    timeout(PATIENCE, is_there).await.unwrap();
    for name in &names {
        asked.bus.publish_command(command(name)).await.unwrap();
    }
    let mut seen = BTreeSet::new();
    while !seen.is_superset(&names) {
        let batch = late.recv_batch(limits()).await.unwrap();
        assert!(!batch.is_empty(), "only {seen:?} came to the late one");
        seen.extend(batch.iter().map(|delivery| text(&delivery.body)));
    }
    other.close().await;
}

pub(crate) async fn what_a_closed_bus_did_not_acknowledge_comes_again_over_another(asked: &Asked) {
    for name in ["a", "b"] {
        asked.bus.publish_command(command(name)).await.unwrap();
    }
    let other = asked.again();
    let mut consumer = other.commands(0).await.unwrap();
    receive(&mut *consumer, 2).await;
    other.close().await;
    assert!(matches!(consumer.recv_batch(limits()).await, Err(BusError::Closed)));

    let mut consumer = asked.bus.commands(0).await.unwrap();
    let again = receive(&mut *consumer, 2).await;
    assert_eq!(again.iter().map(|d| text(&d.body)).collect::<Vec<_>>(), ["a", "b"]);
    assert!(again.iter().all(|delivery| delivery.redelivered));
}

pub(crate) async fn announcements_reach_other_processes(asked: &Asked) {
    let other = asked.again();
    let mut subscriber = other.blocks(ServiceName::parse("claims").unwrap()).await.unwrap();
    for height in 0..5_u64 {
        asked.bus.publish_block(height, Bytes::from(format!("block {height}"))).await.unwrap();
    }
    for height in 0..5_u64 {
        let hint = timeout(PATIENCE, subscriber.recv()).await.unwrap().unwrap();
        assert_eq!((hint.height, text(&hint.body)), (height, format!("block {height}")));
    }
    other.close().await;
    assert_eq!(timeout(PATIENCE, subscriber.recv()).await.unwrap(), None);
}
