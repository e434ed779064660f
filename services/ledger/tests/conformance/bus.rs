//! What ledger and services may rely on in a bus: asked of the broker, of the bus of one process, and of the simulator's
//! in calm weather. What every bus that carries bytes promises beyond this is asked in `crates/bus`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use piao_bus::{AckOutcome, BatchLimits, Bus, Command, CommandConsumer, Delivery, ServiceName};
use piao_testkit::follower::PATIENCE;
use piao_testkit::sim::{Broker, Machine, Sim, Trace, Witness, deaf_to_lost_acks};
use tokio::time::timeout;

struct Nobody;

impl Witness for Nobody {
    fn acknowledged(&self, _: &Bytes) {}

    fn announced(&self, _: u64, _: &Bytes) {}
}

/// A claim of every bus, over each of them.
macro_rules! on_every_bus {
    ($($name:ident)*) => { $(
        mod $name {
            use std::sync::Arc;

            use piao_testkit::bus::TestBus;

            #[tokio::test(flavor = "multi_thread")]
            async fn over_the_broker() {
                let bus = TestBus::rabbitmq();
                super::$name(Arc::clone(&bus.bus)).await;
                bus.finish().await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn inside_one_process() {
                super::$name(TestBus::in_process().bus).await;
            }

            #[tokio::test]
            async fn in_the_simulator() {
                super::$name(super::simulated()).await;
            }
        }
    )* };
}

on_every_bus! {
    what_is_not_acknowledged_comes_again_and_nothing_else
    an_acknowledgement_of_what_was_acknowledged_does_not_go_through
    poison_is_put_aside
    announcements_come_in_order_to_everybody
}

fn simulated() -> Arc<dyn Bus> {
    let sim = Sim::new(1, Trace::brief());
    Arc::new(Broker::new(&sim, Arc::new(Nobody)).bus(Machine::start(&sim, "test")))
}

async fn send(bus: &Arc<dyn Bus>, text: &'static str) {
    bus.publish_command(Command { body: text.into(), transitions: 1 }).await.unwrap();
}

async fn receive(consumer: &mut Box<dyn CommandConsumer>, messages: usize) -> Vec<Delivery> {
    let limits = BatchLimits { wait_max: Duration::from_millis(100), ..BatchLimits::default() };
    let mut received = Vec::new();
    let receiving = async {
        while received.len() < messages {
            received.extend(consumer.recv_batch(limits).await.unwrap());
        }
    };
    timeout(PATIENCE, receiving).await.expect("messages in time");
    received
}

fn texts(deliveries: &[Delivery]) -> Vec<&str> {
    let mut texts: Vec<_> = deliveries.iter().map(|one| std::str::from_utf8(&one.body).unwrap()).collect();
    texts.sort_unstable();
    texts
}

async fn what_is_not_acknowledged_comes_again_and_nothing_else(bus: Arc<dyn Bus>) {
    for text in ["a", "b", "c"] {
        send(&bus, text).await;
    }
    let mut consumer = bus.commands(0).await.unwrap();
    let received = receive(&mut consumer, 3).await;
    assert_eq!(texts(&received), ["a", "b", "c"]);
    let place = received.iter().position(|one| &*one.body == b"b").unwrap();
    assert_eq!(consumer.ack_all(&received[place..=place]).await, AckOutcome::Acked);
    drop(consumer);
    let mut consumer = bus.commands(0).await.unwrap();
    let again = receive(&mut consumer, 2).await;
    assert_eq!(texts(&again), ["a", "c"]);
    assert!(again.iter().all(|one| one.redelivered));
    assert_eq!(consumer.ack_all(&again).await, AckOutcome::Acked);
    drop(consumer);
    send(&bus, "d").await;
    let mut consumer = bus.commands(0).await.unwrap();
    assert_eq!(texts(&receive(&mut consumer, 1).await), ["d"]);
}

async fn an_acknowledgement_of_what_was_acknowledged_does_not_go_through(bus: Arc<dyn Bus>) {
    send(&bus, "a").await;
    let mut consumer = bus.commands(0).await.unwrap();
    let received = receive(&mut consumer, 1).await;
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::ComesAgain { messages: 1 });
}

async fn poison_is_put_aside(bus: Arc<dyn Bus>) {
    send(&bus, "poison").await;
    let mut consumer = bus.commands(0).await.unwrap();
    let received = receive(&mut consumer, 1).await;
    consumer.quarantine(&received[0], "why").await.unwrap();
    assert_eq!(consumer.ack_all(&received).await, AckOutcome::Acked);
    let aside = async {
        loop {
            let found = bus.quarantined(10).await.unwrap();
            if !found.is_empty() {
                return found;
            }
        }
    };
    let aside = timeout(PATIENCE, aside).await.expect("poison put aside in time");
    assert_eq!((aside.len(), &*aside[0].body, aside[0].reason.as_str()), (1, &b"poison"[..], "why"));
}

async fn announcements_come_in_order_to_everybody(bus: Arc<dyn Bus>) {
    let name = || ServiceName::parse("test").unwrap();
    let mut followers = [bus.blocks(name()).await.unwrap(), bus.blocks(name()).await.unwrap()];
    for height in 1..=5 {
        bus.publish_block(height, Bytes::from(vec![u8::try_from(height).unwrap()])).await.unwrap();
    }
    for follower in &mut followers {
        for height in 1..=5 {
            let hint = timeout(PATIENCE, follower.recv()).await.expect("in time").unwrap();
            assert_eq!((hint.height, hint.body.len()), (height, 1));
        }
    }
}

#[tokio::test]
async fn a_bus_that_takes_a_lost_acknowledgement_for_one_is_told_from_a_bus() {
    let (bus, began) = (deaf_to_lost_acks(simulated()), Instant::now());
    let asked = tokio::spawn(an_acknowledgement_of_what_was_acknowledged_does_not_go_through(bus)).await;
    assert!(asked.is_err_and(|ended| ended.is_panic()), "it passes for a bus");
    println!("lost Ok(false): found after {:?}", began.elapsed());
}
