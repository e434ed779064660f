//! The connection to PostgreSQL breaks around a COMMIT: the block is durable or not, and the ledger is told neither.

use piao_chain::execute::Safeguards;
use piao_ledger::Readiness;
use piao_store::{Database, DatabaseConfig};
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use piao_testkit::pg_proxy::{Cut, PgProxy};
use piao_testkit::world::World;
use piao_testkit::{body, invariants_sql, replay};
use tokio::time::timeout;

async fn a_block_is_decided_once_and_told_of(cut: Cut) {
    let world = World::on(TestBus::in_process()).await;
    let proxy = PgProxy::before(world.url()).await;
    // The proxy knows a block by a statement's text, which a connection that keeps statements sends only once.
    let config = DatabaseConfig {
        pool_size_max: 4,
        keep_statements: false,
        statement_wait_max: Some(PATIENCE),
        ..DatabaseConfig::new(proxy.url())
    };
    let through = Database::connect(config).await.expect("a connection");
    let mut ledger = world.run_on(&through, Safeguards::ALL).await;
    world.prepare().await;
    let height = world.height().await + 1;
    let issue = body::issue(&world.number(1), Some(&world.buyer), None);
    let issue = world.sign(&world.seller, "invoice.issue", &issue);
    proxy.cut_next(cut);
    let decision = world.decide(&issue).await;
    assert!(proxy.has_cut(), "the connection broke");
    assert_eq!((decision.height, decision.code()), (height, None));
    // Not only whoever asks hears of it: it is announced, it is the tip, and the ledger is ready again.
    let announced = async {
        let mut follower = world.follower().await;
        while !follower.announced().contains_key(&height) {
            follower.hear().await;
        }
    };
    timeout(PATIENCE, announced).await.expect("an announcement in time");
    ledger.tips.wait_for(|tip| tip.header.height() == height).await.unwrap();
    ledger.ready.wait_for(|ready| *ready == Readiness::Sealing).await.unwrap();
    world.accept(&world.buyer, "claim.take", &body::take(&world.number(1), None)).await;
    invariants_sql::hold(world.url()).await;
    assert_eq!(replay::replay(&world.reader()).await.height, height + 1);
    ledger.drop_it().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_reached_the_server_is_made_once_more() {
    a_block_is_decided_once_and_told_of(Cut::BeforeCommit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_comes_through_after_it_was_given_up_is_found_and_fences_nobody() {
    a_block_is_decided_once_and_told_of(Cut::WhileCommitting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_found_and_announced() {
    a_block_is_decided_once_and_told_of(Cut::AfterCommit).await;
}
