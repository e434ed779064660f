//! A ledger is stopped (SIGSTOP) while it has a batch in hand, another takes the chain over, and the first goes on.
//!
//! What it may hold then, and what lets the other through:
//! - a batch, and no transaction: nothing is in the way;
//! - a transaction that has taken the head: the other waits for it in its first statement, until the server ends the
//!   idle transaction, no later than `statement_wait_max` after its last statement;
//! - a committed block that it told nobody of: nothing is in the way, and the other announces the block.

use std::time::{Duration, Instant};

use piao_chain::execute::Safeguards;
use piao_testkit::actor::Signed;
use piao_testkit::bus::TestBus;
use piao_testkit::node::{self, Node, NodeConfig};
use piao_testkit::world::World;
use piao_testkit::{body, invariants_sql, replay};

const IDLE_WAIT_MAX: Duration = Duration::from_secs(4);
/// Beyond what the server waits: a busy machine, and its own clockwork.
const SLACK: Duration = Duration::from_secs(10);
const BEFORE: usize = 4;
const AFTER: usize = 12;

/// Stops a node at a point, and lets another ledger take over. Returns how long that took.
async fn take_over(test: &str, stop_point: &str) -> Duration {
    let world = World::on(TestBus::rabbitmq()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    ledger.drop_it().await;
    let config = NodeConfig {
        stop_point: Some(stop_point.to_owned()),
        statement_wait_max: IDLE_WAIT_MAX,
        ..NodeConfig::default()
    };
    let mut first = Node::start(&world, test, &config);
    first.opened().await;
    let (before, after) = submissions(&world);
    for signed in &before {
        world.publish(signed).await;
    }
    first.stopped().await;
    let began = Instant::now();
    let second = world.run(Safeguards::ALL).await;
    let waited = began.elapsed();
    decide_while_stopped(&world, &after).await;
    first.go_on();
    let ended = first.ended().await;
    assert!(ended.starts_with("Err(Fenced"), "{stop_point}: the first ended with {ended}");
    let all = before.iter().chain(&after).map(|signed| signed.id).collect::<Vec<_>>();
    world.follower().await.all(&all).await;
    let decided = world.follower().await.decisions().len();
    assert_eq!(decided, all.len() + PREPARED, "each is decided, and nothing else");
    invariants_sql::hold(world.url()).await;
    replay::replay(&world.reader()).await;
    second.drop_it().await;
    world.finish().await;
    println!("{stop_point}: taken over in {waited:?}");
    waited
}

/// What [`World::prepare`] submits.
const PREPARED: usize = 6;

fn submissions(world: &World) -> (Vec<Signed>, Vec<Signed>) {
    let issue = |sequence: usize| {
        let number = world.number(sequence as u64);
        world.sign(&world.seller, "invoice.issue", &body::issue(&number, Some(&world.buyer), None))
    };
    ((1..=BEFORE).map(issue).collect(), (BEFORE + 1..=BEFORE + AFTER).map(issue).collect())
}

/// Publishes until the second ledger has decided something. Messages go to both in turn; what the stopped one received
/// waits for it or for the end of its connection.
async fn decide_while_stopped(world: &World, submitted: &[Signed]) {
    let mut follower = world.follower().await;
    let mut decided = 0;
    for signed in submitted {
        world.publish(signed).await;
        follower.hear().await;
        decided = submitted.iter().filter(|signed| follower.decisions().contains_key(&signed.id)).count();
    }
    assert!(decided > 0, "the second ledger decides while the first is stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_stopped_with_a_batch_in_hand_is_fenced_at_once() {
    node::run_if_told().await;
    let test = "fencing::a_ledger_stopped_with_a_batch_in_hand_is_fenced_at_once";
    assert!(take_over(test, "ledger.take.after").await < IDLE_WAIT_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_stopped_holding_the_head_is_fenced_in_bounded_time() {
    node::run_if_told().await;
    let test = "fencing::a_ledger_stopped_holding_the_head_is_fenced_in_bounded_time";
    assert!(take_over(test, "ledger.commit.begun").await < IDLE_WAIT_MAX + SLACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_stopped_between_its_last_statement_and_commit_is_fenced_in_bounded_time() {
    node::run_if_told().await;
    let test = "fencing::a_ledger_stopped_between_its_last_statement_and_commit_is_fenced_in_bounded_time";
    assert!(take_over(test, "ledger.commit.before").await < IDLE_WAIT_MAX + SLACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_stopped_after_its_commit_is_fenced_at_once_and_its_block_stands() {
    node::run_if_told().await;
    let test = "fencing::a_ledger_stopped_after_its_commit_is_fenced_at_once_and_its_block_stands";
    assert!(take_over(test, "ledger.commit.after").await < IDLE_WAIT_MAX);
}
