//! Group commit, and what is left to the sweeper.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use piao_bus::{BatchLimits, Bus, InProcessBus, InProcessConfig};
use piao_domain::command::Kind;
use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_edge::clock::Clock;
use piao_edge::metrics::Metrics;
use piao_edge::submit::{
    Due, Entry, Journal, JournalConfig, JournalFault, JournalStore, Journalled, PgJournal, TransitionKey,
};
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;
use tokio::sync::Semaphore;

use crate::support::ledger::read;
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, NOW, PATIENCE, register};

fn entry(stage: &Stage) -> Entry {
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let transition = read(&jws);
    Entry {
        key: TransitionKey::new(transition.id(), Time::from_unix(NOW)),
        kind: Kind::PartyRegister,
        party: transition.claims().party.clone(),
        jws: jws.into(),
        sealed: None,
    }
}

fn bus() -> Arc<dyn Bus> {
    Arc::new(InProcessBus::new(InProcessConfig::default()))
}

/// A store that commits when it is let, and counts.
struct Gated {
    store: PgJournal,
    gate: Semaphore,
    commits: AtomicUsize,
}

impl Gated {
    fn new(stage: &Stage) -> Arc<Self> {
        let store = PgJournal::new(stage.platform.db.clone(), stage.schema());
        Arc::new(Self { store, gate: Semaphore::new(0), commits: AtomicUsize::new(0) })
    }
}

impl JournalStore for Gated {
    fn write<'a>(
        &'a self,
        batch: &'a [Entry],
        publish_at: Time,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, StoreError>> {
        async move {
            let _permit = self.gate.acquire().await;
            self.commits.fetch_add(1, Ordering::SeqCst);
            self.store.write(batch, publish_at).await
        }
        .boxed()
    }

    fn find(&self, key: TransitionKey) -> BoxFuture<'_, Result<Option<Journalled>, StoreError>> {
        self.store.find(key)
    }

    fn take_due(&self, now: Time, pause: u32, rows_max: u32) -> BoxFuture<'_, Result<Vec<Due>, StoreError>> {
        self.store.take_due(now, pause, rows_max)
    }

    fn make_all_due(&self, now: Time) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.make_all_due(now)
    }

    fn count_open(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.store.count_open()
    }
}

fn start(stage: &Stage, store: &Arc<Gated>, bus: &Arc<dyn Bus>, config: JournalConfig) -> Journal {
    let metrics = Metrics::new().unwrap().service("edge_test");
    let store = Arc::clone(store) as Arc<dyn JournalStore>;
    Journal::start(store, Arc::clone(bus), Arc::clone(&stage.clock) as Arc<dyn Clock>, config, metrics).0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_shares_one_commit_and_one_message() {
    let stage = Stage::new().await;
    let (store, bus) = (Gated::new(&stage), bus());
    let journal = start(&stage, &store, &bus, JournalConfig::default());
    let entries: Vec<_> = (0..100).map(|_| entry(&stage)).collect();
    let all = join_all(entries.iter().map(|entry| journal.write(entry.clone())));
    let opened = async {
        // All 100 are queued by the first poll of the other side; the first alone may be on its way.
        tokio::task::yield_now().await;
        store.gate.add_permits(1);
    };
    let (written, ()) = tokio::join!(all, opened);
    assert!(written.iter().all(|written| matches!(written, Ok(None))), "{written:?}");
    assert!(store.commits.load(Ordering::SeqCst) <= 2, "{:?}", store.commits);

    let mut consumer = bus.commands(0).await.unwrap();
    let mut got = 0;
    while got < 100 {
        let limits = BatchLimits { wait_max: PATIENCE, ..BatchLimits::default() };
        let batch = consumer.recv_batch(limits).await.unwrap();
        assert!(!batch.is_empty() && batch.len() <= 2, "{} messages", batch.len());
        for delivery in &batch {
            let texts = std::str::from_utf8(&delivery.body).unwrap().split('\n').count();
            assert_eq!(texts, delivery.transitions as usize);
            got += texts;
        }
    }
    assert_eq!(store.count_open().await.unwrap(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_the_queue_is_turned_away_unwritten() {
    let stage = Stage::new().await;
    let (store, bus) = (Gated::new(&stage), bus());
    let config = JournalConfig { queue_max: 2, batch_max: 1, ..JournalConfig::default() };
    let journal = start(&stage, &store, &bus, config);
    let entries: Vec<_> = (0..10).map(|_| entry(&stage)).collect();
    let all = join_all(entries.iter().map(|entry| journal.write(entry.clone())));
    let opened = async {
        tokio::task::yield_now().await;
        store.gate.add_permits(1);
    };
    let (written, ()) = tokio::join!(all, opened);
    let full = written.iter().filter(|written| matches!(written, Err(JournalFault::Full))).count();
    assert!((7..=8).contains(&full), "{full} of 10 turned away");
    assert_eq!(store.count_open().await.unwrap(), 10 - full as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_is_a_fault_and_the_journal_goes_on() {
    let stage = Stage::new().await;
    let (store, bus) = (Gated::new(&stage), bus());
    store.gate.add_permits(100);
    let journal = start(&stage, &store, &bus, JournalConfig::default());
    let mut broken = entry(&stage);
    // PostgreSQL takes no U+0000 in a text.
    broken.jws = "\0".into();
    assert!(matches!(journal.write(broken).await, Err(JournalFault::Store(_))));
    assert!(matches!(journal.write(entry(&stage)).await, Ok(None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_row_is_due_again_and_again_ever_later() {
    let stage = Stage::new().await;
    let store = PgJournal::new(stage.platform.db.clone(), stage.schema());
    let entry = entry(&stage);
    let at = |seconds: i64| Time::from_unix(NOW + seconds);
    assert_eq!(store.write(std::slice::from_ref(&entry), at(5)).await.unwrap(), []);
    assert_eq!(store.write(std::slice::from_ref(&entry), at(5)).await.unwrap(), []);
    let check = async |now: i64, expect: usize| {
        let due = store.take_due(at(now), 5, 10).await.unwrap();
        assert_eq!(due.len(), expect, "at {now}");
        assert!(due.iter().all(|due| due.id == entry.key.id && due.jws == entry.jws));
    };
    check(4, 0).await;
    check(5, 1).await;
    check(14, 0).await;
    check(15, 1).await;
    check(34, 0).await;
    check(35, 1).await;
    store.make_all_due(at(36)).await.unwrap();
    check(36, 1).await;
    assert_eq!(store.count_open().await.unwrap(), 1);
    let unknown = TransitionKey::new(TransitionId::new([0; 32]), at(0));
    assert_eq!(store.find(unknown).await.unwrap(), None);
    assert_eq!(store.find(entry.key).await.unwrap(), Some(Journalled::Open));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_signature_is_in_time_an_open_row_waits_a_minute_at_most() {
    let stage = Stage::new().await;
    let store = PgJournal::new(stage.platform.db.clone(), stage.schema());
    let at = |seconds: i64| Time::from_unix(NOW + seconds);
    store.write(&[entry(&stage)], at(5)).await.unwrap();
    let (mut now, mut taken) = (0, Vec::new());
    while now < 7_200 {
        now += 5;
        if !store.take_due(at(now), 5, 10).await.unwrap().is_empty() {
            taken.push(now);
        }
    }
    let pauses = taken.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
    let early = pauses.iter().zip(&taken).filter(|(_, taken)| **taken < 600).map(|(pause, _)| *pause);
    assert_eq!(early.max(), Some(60), "{taken:?}");
    assert!(pauses.is_sorted(), "{taken:?}");
    assert!(
        pauses.last().is_some_and(|pause| *pause > 600),
        "what is stale anyway is not hurried: {taken:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_under_a_clock_that_was_ahead_is_published_once_it_is_put_back() {
    let stage = Stage::new().await;
    let store = PgJournal::new(stage.platform.db.clone(), stage.schema());
    let ahead = NOW + 86_400;
    stage.clock.0.store(ahead, Ordering::SeqCst);
    let mut consumer = stage.platform.bus.commands(0).await.unwrap();
    let mut published = async |entry: &Entry| {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            let limits = BatchLimits { wait_max: PATIENCE, ..BatchLimits::default() };
            let batch = consumer.recv_batch(limits).await.unwrap();
            let texts = batch.iter().map(|delivery| String::from_utf8_lossy(&delivery.body));
            if texts.into_iter().any(|text| text.lines().any(|line| line == &*entry.jws)) {
                return true;
            }
        }
        false
    };
    let (first, second) = (entry(&stage), entry(&stage));
    store.write(std::slice::from_ref(&first), Time::from_unix(ahead + 60)).await.unwrap();
    let running = stage.start();
    // What a start publishes says that the sweeper has seen the clock.
    assert!(published(&first).await);
    store.write(std::slice::from_ref(&second), Time::from_unix(ahead + 60)).await.unwrap();
    stage.clock.0.store(NOW, Ordering::SeqCst);
    assert!(published(&second).await, "now, and not in a day");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lone_transition_waits_for_nobody() {
    let stage = Stage::new().await;
    let (store, bus) = (Gated::new(&stage), bus());
    store.gate.add_permits(100);
    let config = JournalConfig { linger: Duration::from_secs(3_600), ..JournalConfig::default() };
    let journal = start(&stage, &store, &bus, config);
    let written = tokio::time::timeout(PATIENCE, journal.write(entry(&stage))).await;
    assert!(matches!(written, Ok(Ok(None))), "{written:?}");
}
