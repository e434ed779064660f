//! Six enterprises lock the same 2,000 invoices at the same moment, over HTTP on PostgreSQL and RabbitMQ.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use piao_client::{Client, Submitted, Wait};
use piao_domain::ids::TransitionId;
use piao_protocol::receipt::Receipt;
use piao_testkit::platform::TestPlatform;
use piao_testkit::scenario::{Contention, Rival, contention};
use piao_testkit::{invariants_sql, replay};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::stage;

/// How many, where `PIAO_TEST_CONTENDED` does not say.
const INVOICES: u32 = 2_000;
/// Requests that each enterprise has in flight, each over a connection of its own.
const CONNECTIONS: usize = 32;
/// So many receipts are asked for once more, after everything.
const ASKED_AGAIN: usize = 60;

/// What an enterprise was answered, and how long it took.
pub(crate) type Answers = Vec<(Receipt, Duration)>;

#[tokio::test(flavor = "multi_thread")]
async fn of_six_locks_at_once_over_http_one_is_accepted_and_five_are_refused_as_lock_exists() {
    let platform = stage::start().await;
    let contention = about_to_lock(&platform, invoices(INVOICES)).await;
    let receipts = all_lock_at_once(&platform, &contention).await;
    one_wins_each(&contention, &receipts);
    let ledger = stage::receipts(&platform.reader).await;
    for (id, receipt) in &receipts {
        assert_eq!(&ledger[id], receipt, "what was answered is what the ledger has");
    }
    assert_eq!(ledger.len(), contention.ids().len(), "what was submitted is decided, and nothing else");
    the_ledger_says_so_again(&platform, &contention, &receipts).await;
    invariants_sql::hold(platform.database_url()).await;
    let began = Instant::now();
    let replayed = replay::replay(&platform.reader).await;
    println!(
        "replayed {} entries in {} blocks in {:?}",
        replayed.tree_size,
        replayed.height,
        began.elapsed()
    );
    platform.stop().await;
}

/// How many invoices are fought over: what `PIAO_TEST_CONTENDED` says, else what a test runs with.
pub(crate) fn invoices(default: u32) -> u32 {
    std::env::var("PIAO_TEST_CONTENDED").map_or(default, |count| count.parse().expect("a number of invoices"))
}

/// Issues, claims and presents so many invoices to six rivals, who have signed their locks.
pub(crate) async fn about_to_lock(platform: &TestPlatform, invoices: u32) -> Contention {
    let began = Instant::now();
    let now = platform.now();
    let contention = tokio::task::block_in_place(|| contention(&platform.chain, now, invoices));
    println!("signed {} transitions in {:?}", contention.ids().len(), began.elapsed());
    let mut follower = stage::follower(platform).await;
    stage::decide(platform, &mut follower, &contention.phases).await;
    contention
}

/// Lets all rivals lock at the same moment; every lock is answered by its receipt.
pub(crate) async fn all_lock_at_once(
    platform: &TestPlatform,
    contention: &Contention,
) -> BTreeMap<TransitionId, Receipt> {
    let (running, began) = begin_to_lock(platform, contention).await;
    let answers = running.join_all().await.into_iter().flatten().collect::<Vec<_>>();
    let took = began.elapsed();
    let each = took.as_secs_f64() / answers.len() as f64;
    println!("answered {} locks in {took:?}, {:.0} a second", answers.len(), 1.0 / each);
    println!("from POST to receipt: {}", stage::percentiles(answers.iter().map(|(_, took)| *took).collect()));
    answers.into_iter().map(|(receipt, _)| (receipt.transition, receipt)).collect()
}

/// Begins to post every rival's locks, all at the same moment, which is returned. The six of an invoice go out together
/// each time: whoever is through with one waits for the other five before the next.
pub(crate) async fn begin_to_lock(
    platform: &TestPlatform,
    contention: &Contention,
) -> (JoinSet<Answers>, Instant) {
    let start = Arc::new(Barrier::new(contention.rivals.len() * CONNECTIONS + 1));
    let lanes = (0..CONNECTIONS).map(|_| Arc::new(Barrier::new(contention.rivals.len()))).collect::<Vec<_>>();
    let mut running = JoinSet::new();
    for rival in &contention.rivals {
        let client = stage::client(platform, None);
        for (lane, together) in lanes.iter().enumerate() {
            let locks = rival.locks.iter().skip(lane).step_by(CONNECTIONS).map(stage::ready);
            let (start, together) = (Arc::clone(&start), Arc::clone(together));
            running.spawn(lock(client.clone(), locks.collect(), start, together));
        }
    }
    start.wait().await;
    (running, Instant::now())
}

/// Posts locks in their order, each when all rivals are about to. Nothing may be left pending.
async fn lock(
    client: Client,
    locks: Vec<piao_client::Signed>,
    start: Arc<Barrier>,
    together: Arc<Barrier>,
) -> Answers {
    let mut answers = Answers::new();
    start.wait().await;
    for signed in locks {
        together.wait().await;
        let began = Instant::now();
        match client.submit(&signed, Wait::MAX).await.unwrap() {
            Submitted::Decided(decision) => answers.push((decision.receipt, began.elapsed())),
            Submitted::Recorded { id, retry_after: _ } => {
                panic!("{id} is pending after {:?}", began.elapsed())
            }
        }
    }
    answers
}

fn one_wins_each(contention: &Contention, receipts: &BTreeMap<TransitionId, Receipt>) {
    let mut winners = BTreeMap::<_, u32>::new();
    for (place, number) in contention.invoices.iter().enumerate() {
        let code = |rival: &Rival| {
            let receipt = receipts.get(&rival.locks[place].id).expect("an answer to every lock");
            receipt.outcome.code().map(|code| code.as_str())
        };
        let codes = contention.rivals.iter().map(code).collect::<Vec<_>>();
        assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "one wins {number}: {codes:?}");
        assert!(codes.iter().flatten().all(|code| *code == "lock.exists"), "{number}: {codes:?}");
        let winner = codes.iter().position(Option::is_none).unwrap();
        *winners.entry(contention.rivals[winner].enterprise.party.to_string()).or_default() += 1;
    }
    println!("won: {winners:?}");
}

/// Whoever asks for a receipt later is told the same.
async fn the_ledger_says_so_again(
    platform: &TestPlatform,
    contention: &Contention,
    receipts: &BTreeMap<TransitionId, Receipt>,
) {
    let step = (contention.invoices.len() * contention.rivals.len() / ASKED_AGAIN).max(1);
    for rival in &contention.rivals {
        let client = stage::client(platform, Some(&rival.enterprise));
        for signed in rival.locks.iter().step_by(step) {
            let again = client.resolve(&signed.id).await.unwrap();
            assert_eq!(again.as_ref(), Some(&receipts[&signed.id]));
        }
    }
}
