//! The same way over a real RabbitMQ.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use piao_bus::{Bus, NamePrefix, RabbitBus, RabbitConfig};
use tokio::runtime::Handle;

use piao_domain::command::Command;

use crate::support::ledger::accept;
use crate::support::stage::Stage;
use crate::support::{Actor, METRO};

fn amqp_url() -> String {
    std::env::var("PIAO_TEST_AMQP_URL").expect(
        "PIAO_TEST_AMQP_URL is not set: run `cargo xtask servers -- cargo test --release -p piao-edge`, which starts \
         a private RabbitMQ",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn transitions_are_decided_over_a_broker() {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let prefix = NamePrefix::parse(&format!("edge-{}-{nanos}", std::process::id())).unwrap();
    let bus = Arc::new(RabbitBus::start(RabbitConfig::new(amqp_url(), prefix), Handle::current()).unwrap());
    let bus: Arc<dyn Bus> = bus;
    let stage = Stage::with_bus(Arc::clone(&bus)).await;
    let _ledger = stage.ledger.serve(&bus, accept);
    let running = stage.start();
    let front = stage.front(&running);
    let bureau = Actor::bureau();
    let posts = (20..60).map(|seed| {
        let jws =
            bureau.sign(&stage.genesis, Command::KeyAdd { key: Actor::enterprise(METRO, seed).new_key() });
        let front = &front;
        async move { front.post(&jws, &[("prefer", "wait=20")]).await.status }
    });
    assert_eq!(join_all(posts).await, [201; 40]);
    front.handle.stop().await;
    running.stop().await;
    bus.close().await;
}
