//! A ledger is killed at each of its crash points under load, and started again.

use std::collections::BTreeSet;
use std::path::Path;

use piao_bus::BatchLimits;
use piao_chain::execute::Safeguards;
use piao_domain::ids::TransitionId;
use piao_testkit::actor::Signed;
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use piao_testkit::node::{self, Node, NodeConfig};
use piao_testkit::points::{LEDGER, When};
use piao_testkit::world::{World, publish};
use piao_testkit::{body, invariants_sql, replay};

/// Messages before and after the kill, and transitions in each.
const MESSAGES: usize = 12;
const MESSAGE: usize = 20;
const POISON: &str = "this is no transition";
/// One poison message in so many.
const POISON_EVERY: usize = 3;

/// Kills a node at a point for the `n`-th time that it comes by, starts another, and checks everything that must hold.
async fn kill_and_start_again(test: &str, name: &str, n: u32) {
    let world = World::on(TestBus::rabbitmq()).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    ledger.drop_it().await;
    let mut submitted = world.follower().await.decisions().keys().copied().collect::<BTreeSet<_>>();
    let crash_point = Some(format!("{name}:{n}"));
    let dying = Node::start(&world, test, &NodeConfig { crash_point, ..NodeConfig::default() });
    submitted.extend(load(&world, 0).await);
    dying.killed().await;
    let durable = replay::lines(&world.reader()).await;
    // More comes while nobody decides.
    submitted.extend(load(&world, 1).await);
    let mut node = Node::start(&world, test, &NodeConfig::default());
    node.opened().await;
    let all = submitted.iter().copied().collect::<Vec<_>>();
    world.follower().await.all(&all).await;
    check_chain(&world, name, &durable, &submitted).await;
    check_queue(&world, name, node).await;
    world.finish().await;
}

/// Publishes invoices, and poison between them.
async fn load(world: &World, round: usize) -> Vec<TransitionId> {
    let mut ids = Vec::new();
    for message in 0..MESSAGES {
        let first = (round * MESSAGES + message) * MESSAGE + 1;
        let issue = |sequence: usize| {
            let number = world.number(sequence as u64);
            world.sign(&world.seller, "invoice.issue", &body::issue(&number, Some(&world.buyer), None))
        };
        let signed = (first..first + MESSAGE).map(issue).collect::<Vec<Signed>>();
        publish(&*world.bus.bus, &signed).await;
        ids.extend(signed.iter().map(|signed| signed.id));
        if message % POISON_EVERY == 0 {
            let command = piao_bus::Command { body: POISON.into(), transitions: 1 };
            world.bus.bus.publish_command(command).await.unwrap();
        }
    }
    ids
}

async fn check_chain(
    world: &World,
    name: &str,
    durable: &[bytes::Bytes],
    submitted: &BTreeSet<TransitionId>,
) {
    let lines = replay::lines(&world.reader()).await;
    assert!(lines.starts_with(durable), "{name}: what was durable is unchanged");
    let follower = world.follower().await;
    for (height, announced) in follower.announced() {
        let height = usize::try_from(*height).unwrap();
        assert_eq!(&lines[height], announced, "{name}: block {height} is what was announced");
    }
    let decided = follower.decisions().keys().copied().collect::<BTreeSet<_>>();
    assert_eq!(&decided, submitted, "{name}: what was submitted is decided, and nothing else");
    drop(follower);
    invariants_sql::hold(world.url()).await;
    let replayed = replay::replay(&world.reader()).await;
    assert_eq!(replayed.height + 1, lines.len() as u64);
}

/// Nothing is left in the queue but perhaps the last message, and the poison is in quarantine.
async fn check_queue(world: &World, name: &str, node: Node) {
    let poison = 2 * MESSAGES.div_ceil(POISON_EVERY);
    let quarantined = world.quarantined(poison).await;
    assert!(quarantined.iter().all(|message| message.body == POISON), "{name}: only poison is put aside");
    // The one that was being put aside is there twice, and so is one whose acknowledgement was under way.
    assert!(quarantined.len() <= poison + 2, "{name}: {} messages in quarantine", quarantined.len());
    if name == "ledger.quarantine.copied" {
        assert!(quarantined.len() > poison, "{name}: it was copied, and came again");
    }
    // The second is received after the first is decided, and that after everything before is acknowledged.
    let first = world.accept(&world.seller, "quota.apply", &body::apply(world.now().month(), 1)).await;
    let second = world.accept(&world.seller, "quota.apply", &body::apply(world.now().month(), 1)).await;
    assert_eq!(node.close().await, "Ok(())");
    let mut consumer = world.bus.bus.commands(0).await.unwrap();
    let limits = BatchLimits { wait_max: std::time::Duration::from_secs(1), ..BatchLimits::default() };
    let gone = tokio::time::timeout(PATIENCE, async { while world.bus.waiting().await.consumers > 1 {} });
    gone.await.expect("the node's consumer goes");
    let left = consumer.recv_batch(limits).await.unwrap();
    let last = [first.jws.as_bytes(), second.jws.as_bytes()];
    assert!(left.iter().all(|left| last.contains(&&*left.body)), "{name}: {} messages are left", left.len());
}

async fn kill_at_each(test: &str, when: When, n: u32) {
    node::run_if_told().await;
    for point in LEDGER.iter().filter(|point| point.when == when) {
        let began = std::time::Instant::now();
        kill_and_start_again(test, point.name, n).await;
        println!("{}: {:?}", point.name, began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_killed_while_it_starts_loses_nothing() {
    kill_at_each("crashes::a_ledger_killed_while_it_starts_loses_nothing", When::Starting, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_killed_while_it_decides_loses_nothing() {
    kill_at_each("crashes::a_ledger_killed_while_it_decides_loses_nothing", When::Deciding, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_killed_while_it_puts_poison_aside_loses_nothing() {
    let test = "crashes::a_ledger_killed_while_it_puts_poison_aside_loses_nothing";
    kill_at_each(test, When::PuttingAside, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_killed_while_it_signs_a_checkpoint_loses_nothing() {
    kill_at_each("crashes::a_ledger_killed_while_it_signs_a_checkpoint_loses_nothing", When::Signing, 2)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_block_that_was_durable_and_not_announced_is_announced_at_the_next_start() {
    node::run_if_told().await;
    let test = "crashes::a_last_block_that_was_durable_and_not_announced_is_announced_at_the_next_start";
    let world = World::on(TestBus::rabbitmq()).await;
    let crash_point = Some("ledger.commit.after".to_owned());
    let dying = Node::start(&world, test, &NodeConfig { crash_point, ..NodeConfig::default() });
    let rules = world.sign(&world.chain.bureau, "rules.deploy", &body::rules(1));
    world.publish(&rules).await;
    dying.killed().await;
    let mut follower = world.follower().await;
    follower.ask().await;
    assert!(follower.decisions().contains_key(&rules.id), "it is durable");
    assert!(follower.announced().is_empty(), "nobody was told");
    let node = Node::start(&world, test, &NodeConfig::default());
    let announced = async {
        while !follower.announced().contains_key(&1) {
            follower.hear().await;
        }
    };
    tokio::time::timeout(PATIENCE, announced).await.expect("an announcement in time");
    assert_eq!(follower.announced()[&1], replay::lines(&world.reader()).await[1]);
    drop(follower);
    assert_eq!(node.close().await, "Ok(())");
    world.finish().await;
}

/// Every `fault::point("…")` in a folder of sources.
fn points_of(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            points_of(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.split("fault::point(\"").skip(1).filter_map(|rest| rest.split('"').next());
            for name in names {
                assert!(found.insert(name.to_owned()), "{name} is in two places");
            }
        }
    }
}

#[test]
fn every_crash_point_of_the_ledger_is_listed_and_every_listed_one_is_there() {
    let mut found = BTreeSet::new();
    points_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, LEDGER.iter().map(|point| point.name.to_owned()).collect());
}
