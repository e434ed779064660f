//! How many statements a block costs: as many for one transition as for hundreds.

use piao_chain::execute::Safeguards;
use piao_store::{Database, DatabaseConfig};
use piao_testkit::body;
use piao_testkit::bus::TestBus;
use piao_testkit::pg_proxy::PgProxy;
use piao_testkit::world::{World, publish};

const MANY: usize = 300;
/// Beside blocks the ledger writes a checkpoint a second: of some rounds the smallest count is a block's own.
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_hundreds_costs_as_many_statements_as_a_block_of_one() {
    let world = World::on(TestBus::in_process()).await;
    let proxy = PgProxy::before(world.url()).await;
    let config = DatabaseConfig { pool_size_max: 4, ..DatabaseConfig::new(proxy.url()) };
    let through = Database::connect(config).await.unwrap();
    let ledger = world.run_on(&through, Safeguards::ALL).await;
    world.prepare().await;
    let (mut of_one, mut of_many) = (Vec::new(), Vec::new());
    let mut sequence = 0;
    for _ in 0..ROUNDS {
        for (invoices, counts) in [(1, &mut of_one), (MANY, &mut of_many)] {
            let issue = |sequence: usize| {
                let number = world.number(sequence as u64);
                world.sign(&world.seller, "invoice.issue", &body::issue(&number, Some(&world.buyer), None))
            };
            let batch = (sequence + 1..=sequence + invoices).map(issue).collect::<Vec<_>>();
            sequence += invoices;
            let (before, height) = (proxy.statements(), world.height().await);
            publish(&*world.bus.bus, &batch).await;
            let ids = batch.iter().map(|signed| signed.id).collect::<Vec<_>>();
            world.follower().await.all(&ids).await;
            assert_eq!(world.height().await, height + 1, "one message, one block");
            counts.push(proxy.statements() - before);
        }
    }
    println!("statements a block: {of_one:?} of one transition, {of_many:?} of {MANY}");
    assert!(of_one.iter().all(|count| *count > 0), "the proxy counts");
    assert_eq!(of_one.iter().min(), of_many.iter().min());
    ledger.drop_it().await;
    world.finish().await;
}
