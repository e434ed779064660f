//! A broker that delivers and takes nothing, as RabbitMQ does while it is short of memory or disk.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{self, BoxFuture};
use piao_bus::{BlockSubscriber, Bus, BusError, Command, CommandConsumer, Quarantined, ServiceName};
use piao_chain::execute::Safeguards;
use piao_domain::key::Algorithm;
use piao_ledger::Ledger;
use piao_testkit::actor::Actor;
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use piao_testkit::world::{World, ledger_config};
use tokio::time::timeout;

/// More than announcements may wait.
const BLOCKS: u64 = 80;

/// A bus whose announcements never end.
struct TakesNoAnnouncement(Arc<dyn Bus>);

impl Bus for TakesNoAnnouncement {
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>> {
        self.0.publish_command(command)
    }

    fn commands(&self, turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>> {
        self.0.commands(turn)
    }

    fn publish_block(&self, _: u64, _: Bytes) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(future::pending())
    }

    fn blocks(&self, service: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>> {
        self.0.blocks(service)
    }

    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>> {
        self.0.quarantined(messages_max)
    }

    fn check(&self) -> Result<(), BusError> {
        self.0.check()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_made_while_the_broker_takes_no_announcement() {
    let world = World::on(TestBus::in_process()).await;
    let bus = Arc::new(TakesNoAnnouncement(Arc::clone(&world.bus.bus)));
    let config = ledger_config(&world.chain, &world.database, bus, Safeguards::ALL);
    let ledger = Ledger::start(config).await.unwrap();
    let mut tips = ledger.tips();
    let running = tokio::spawn(ledger.run());
    for block in 1..=BLOCKS {
        let person = Actor::person(&format!("person {block}"), Algorithm::EdDsa);
        let enroll = format!(r#"{{"key":{}}}"#, person.jwk_json());
        world.publish(&world.sign(&person, "party.enroll", &enroll)).await;
        let sealed = timeout(PATIENCE, tips.wait_for(|tip| tip.header.height() >= block));
        sealed.await.expect("a block in time").expect("a ledger that runs");
    }
    running.abort();
    world.finish().await;
}
