//! A ledger that leads is stopped where it holds the most, and one that stands by takes the chain without waiting for
//! what the server would do in its own time.

use std::time::{Duration, Instant};

use piao_chain::execute::Safeguards;
use piao_ledger::{LedgerConfig, LedgerError, Readiness, Standby};
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use piao_testkit::node::{self, Node, NodeConfig};
use piao_testkit::world::{World, ledger_config};
use piao_testkit::{body, invariants_sql, replay};
use tokio::sync::watch;
use tokio::time::timeout;

/// After so long the server would end the transaction that holds the head.
const IDLE_WAIT_MAX: Duration = Duration::from_secs(60);
/// A silence of 3 s, and what a busy machine adds to it; on a quiet one it is under 5 s.
const TAKEN_WITHIN: Duration = Duration::from_secs(12);
/// What [`World::prepare`] submits.
const PREPARED: usize = 6;

fn standby(world: &World) -> Standby {
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    Standby::new(LedgerConfig { is_watched: true, ..config }).unwrap()
}

/// Waits until a standby is doing this.
async fn comes_to(ready: &mut watch::Receiver<Readiness>, expect: Readiness) {
    timeout(PATIENCE, ready.wait_for(|ready| *ready == expect)).await.expect("in time").expect("a standby");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_the_chain_from_a_ledger_stopped_inside_its_transaction() {
    node::run_if_told().await;
    let test = "standby::a_standby_takes_the_chain_from_a_ledger_stopped_inside_its_transaction";
    let world = World::on(TestBus::rabbitmq()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    ledger.drop_it().await;
    let config = NodeConfig {
        stop_point: Some("ledger.commit.before".to_owned()),
        statement_wait_max: IDLE_WAIT_MAX,
        ..NodeConfig::default()
    };
    let mut first = Node::start(&world, test, &config);
    first.opened().await;
    let standby = standby(&world);
    let (stopper, mut ready) = (standby.stopper(), standby.readiness());
    let running = tokio::spawn(standby.run());
    comes_to(&mut ready, Readiness::StandingBy).await;
    let issue = body::issue(&world.number(1), Some(&world.buyer), None);
    let signed = world.sign(&world.seller, "invoice.issue", &issue);
    world.publish(&signed).await;
    first.stopped().await;
    let began = Instant::now();
    comes_to(&mut ready, Readiness::Sealing).await;
    let waited = began.elapsed();
    println!("taken over in {waited:?}");
    assert!(waited < TAKEN_WITHIN, "the standby, and not the server in its own time: {waited:?}");
    first.go_on();
    let ended = first.ended().await;
    assert!(ended.starts_with("Err(Fenced"), "the first ended with {ended}");
    world.follower().await.all(&[signed.id]).await;
    let decided = world.follower().await.decisions().len();
    assert_eq!(decided, 1 + PREPARED, "each is decided, and nothing else");
    invariants_sql::hold(world.url()).await;
    replay::replay(&world.reader()).await;
    stopper.stop();
    running.await.unwrap().unwrap();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_no_chain_from_a_ledger_that_lives() {
    let world = World::on(TestBus::rabbitmq()).await;
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    let first = piao_ledger::Ledger::start(LedgerConfig { is_watched: true, ..config }).await.unwrap();
    let (stop_first, running_first) = (first.stopper(), tokio::spawn(first.run()));
    let standby = standby(&world);
    let (stopper, mut ready) = (standby.stopper(), standby.readiness());
    let running = tokio::spawn(standby.run());
    comes_to(&mut ready, Readiness::StandingBy).await;
    // Longer than any silence that it would act on, and than the first takes to find out that it was fenced.
    let leads = async { ready.wait_for(|ready| *ready == Readiness::Sealing).await.is_ok() };
    assert!(timeout(Duration::from_secs(8), leads).await.is_err(), "it waits");
    world.prepare().await;
    assert!(!running_first.is_finished(), "the first still leads");
    // One that ends in order says so, and nobody waits for its silence.
    let began = Instant::now();
    stop_first.stop();
    running_first.await.unwrap().unwrap();
    comes_to(&mut ready, Readiness::Sealing).await;
    println!("handed over in {:?}", began.elapsed());
    world
        .accept(&world.seller, "invoice.issue", &body::issue(&world.number(1), Some(&world.buyer), None))
        .await;
    stopper.stop();
    running.await.unwrap().unwrap();
    world.finish().await;
}

/// A leader and one that stands by; the database is put back to before the leader's last block, and what each does then.
#[tokio::test(flavor = "multi_thread")]
async fn a_standby_builds_on_no_database_that_forgot_what_it_saw() {
    let world = World::on(TestBus::rabbitmq()).await;
    let config = ledger_config(&world.chain, &world.database, world.bus.again(), Safeguards::ALL);
    let first = piao_ledger::Ledger::start(LedgerConfig { is_watched: true, ..config }).await.unwrap();
    let (stop_first, running_first) = (first.stopper(), tokio::spawn(first.run()));
    world.prepare().await;
    let standby = standby(&world);
    let mut ready = standby.readiness();
    let running = tokio::spawn(standby.run());
    comes_to(&mut ready, Readiness::StandingBy).await;
    // The head as it was a block ago, opened by another since: as after a restore under both.
    let client = invariants_sql::connect(world.url()).await;
    client.batch_execute("UPDATE head SET height = height - 1, epoch = epoch + 1").await.unwrap();
    let ended = timeout(PATIENCE, running).await.expect("in time").unwrap();
    assert!(matches!(ended, Err(LedgerError::StoredBadly(_))), "{ended:?}");
    stop_first.stop();
    // It finds out by itself that another has opened the chain.
    drop(timeout(PATIENCE, running_first).await.expect("in time"));
    world.finish().await;
}
