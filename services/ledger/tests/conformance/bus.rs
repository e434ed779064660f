//! The simulated broker, asked in calm weather what RabbitMQ is asked by the same code (`crates/bus/tests/claims`), and what
//! becomes of messages in bad weather.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use piao_bus::{AckOutcome, BatchLimits, Bus, BusError, NamePrefix, RabbitConfig};
use piao_testkit::sim::{Broker, Machine, Sim, Trace, Weather, Witness, deaf_to_lost_acks};

use crate::claims;
use crate::claims::asking::{Asked, Fixture, LARGE, Size, command, receive, text};

// All of them. What is asked of RabbitMQ alone, in `crates/bus/tests/rabbitmq_faults.rs`, is about connections, which the
// simulated broker has none of: they are cut in a proxy, there is nobody at their other end, a runtime ends that one was
// opened on, the topology behind one is deleted. What they come to, for whoever uses the bus, is the weather below.
mod in_the_simulator {
    crate::claims::ask_every_claim!(super::simulated);
    crate::claims::ask_every_claim_about_a_broker!(super::simulated);
}

struct Nobody;

impl Witness for Nobody {
    fn acknowledged(&self, _: &Bytes) {}

    fn announced(&self, _: u64, _: &Bytes) {}
}

fn broker(sim: &Sim, size: Size) -> Broker {
    let mut config = RabbitConfig::new("amqp://simulated", NamePrefix::default());
    config.queue_messages_max = size.commands_max;
    config.body_bytes_max = size.body_bytes_max as usize;
    Broker::new(sim, Arc::new(Nobody), config)
}

fn simulated(size: Size) -> Fixture {
    let sim = Sim::new(1, Trace::brief());
    let broker = broker(&sim, size);
    let bus = move || -> Arc<dyn Bus> { Arc::new(broker.bus(Machine::start(&sim, "test"))) };
    Fixture::new(Asked::new(bus(), bus))
}

#[tokio::test]
async fn a_bus_that_takes_a_lost_acknowledgement_for_one_is_told_from_a_bus() {
    let (bus, began) = (deaf_to_lost_acks(simulated(LARGE).asked.bus), Instant::now());
    let asked = Asked::new(Arc::clone(&bus), move || Arc::clone(&bus));
    let claim = async move {
        claims::an_acknowledgement_of_what_was_acknowledged_does_not_go_through(&asked).await;
    };
    let asked = tokio::spawn(claim).await;
    assert!(asked.is_err_and(|ended| ended.is_panic()), "it passes for a bus");
    println!("lost Ok(false): found after {:?}", began.elapsed());
}

/// What an acknowledgement in some weather comes to: the message comes again in any case.
async fn check_acknowledgement(weather: Weather, expect: AckOutcome) {
    let sim = Sim::new(1, Trace::brief());
    let bus = broker(&sim, LARGE).bus(Machine::start(&sim, "test"));
    bus.publish_command(command("a")).await.unwrap();
    let mut consumer = bus.commands(0).await.unwrap();
    let before = receive(&mut *consumer, 1).await;
    sim.set_weather(weather);
    assert_eq!(consumer.ack_all(&before).await, expect);
    sim.set_weather(Weather::CALM);
    let again = receive(&mut *consumer, 1).await;
    assert_eq!((text(&again[0].body).as_str(), again[0].redelivered), ("a", true));
    // As over a connection that was cut: what came over it is not acknowledged over the next.
    assert_eq!(consumer.ack_all(&before).await, AckOutcome::ComesAgain { messages: 1 });
    assert_eq!(consumer.ack_all(&again).await, AckOutcome::Acked);
}

#[tokio::test]
async fn what_an_acknowledgement_does_not_get_through_for_comes_again() {
    let unacked = Weather { unacked: 1_000, ..Weather::CALM };
    check_acknowledgement(unacked, AckOutcome::ComesAgain { messages: 1 }).await;
    let ack_lost = Weather { ack_lost: 1_000, ..Weather::CALM };
    check_acknowledgement(ack_lost, AckOutcome::Acked).await;
}

/// A publish: whether its message was kept, and whether it was told so.
type Told = (bool, bool);

/// Publishes some messages at once, of which about every second has no queue to go to.
async fn publish_at_once(seed: u64, names: &[&str]) -> Vec<Told> {
    let sim = Sim::new(seed, Trace::brief());
    let bus = broker(&sim, LARGE).bus(Machine::start(&sim, "test"));
    sim.set_weather(Weather { slow: 500, unroutable: 500, ..Weather::CALM });
    let told = join_all(names.iter().map(|name| bus.publish_command(command(name)))).await;
    sim.set_weather(Weather::CALM);
    // What was on its way is there then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut consumer = bus.commands(0).await.unwrap();
    let at_once =
        BatchLimits { wait_max: Duration::ZERO, linger_max: Duration::ZERO, ..BatchLimits::default() };
    let kept = consumer.recv_batch(at_once).await.unwrap();
    let is_kept = |name: &str| kept.iter().any(|delivery| text(&delivery.body) == name);
    let outcome = |(name, told): (&&str, Result<(), BusError>)| {
        assert!(matches!(told, Ok(()) | Err(BusError::Unroutable { .. })), "{told:?}");
        (is_kept(name), told.is_ok())
    };
    names.iter().zip(told).map(outcome).collect()
}

/// How often, of so many seeds, each of two publishes in flight at once is told what became of the other.
const SEEDS: u64 = 200;

#[tokio::test(start_paused = true)]
async fn of_two_publishes_in_flight_each_may_be_told_what_became_of_the_other() {
    let (mut right, mut swapped) = (0, 0);
    for seed in 1..=SEEDS {
        let told = publish_at_once(seed, &["a", "b"]).await;
        let kept = told.iter().filter(|(kept, _)| *kept).count();
        assert_eq!(kept, told.iter().filter(|(_, told)| *told).count(), "as many are told so: {told:?}");
        if kept == 1 {
            let is_right = told.iter().all(|(kept, told)| kept == told);
            *(if is_right { &mut right } else { &mut swapped }) += 1;
        }
    }
    println!("of {SEEDS} seeds {right} tell of a return who published it, and {swapped} the other");
    assert!(right > SEEDS / 20, "{right} are told right");
    assert!(swapped > SEEDS / 20, "{swapped} are told wrong");
}

#[tokio::test(start_paused = true)]
async fn who_publishes_alone_is_told_of_its_own_return() {
    for seed in 1..=SEEDS {
        let told = publish_at_once(seed, &["a"]).await;
        assert!(told.iter().all(|(kept, told)| kept == told), "seed {seed}: {told:?}");
    }
}
