//! A durable write that failed and is not there; one that failed and is there. Then the whole way again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::time::Time;
use piao_edge::follow::{Applied, Block, FollowStore};
use piao_edge::service::Stores;
use piao_edge::submit::{Due, Entry, JournalStore, Journalled, TransitionKey};
use piao_protocol::block::Header;
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;

use crate::support::ledger::accept;
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, register};

/// How the first writes fail.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Failing {
    Unwritten,
    Written,
}

struct Faulty<S: ?Sized> {
    failing: Failing,
    left: AtomicU32,
    store: Arc<S>,
}

impl<S: ?Sized> Faulty<S> {
    fn new(store: Arc<S>, failing: Failing, times: u32) -> Self {
        Self { failing, left: AtomicU32::new(times), store }
    }

    async fn run<T>(&self, write: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let fails =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails && self.failing == Failing::Unwritten {
            return Err(StoreError::Unavailable { doing: "a test".to_owned(), source: None });
        }
        let written = write.await?;
        if fails {
            let source = "the connection was cut".into();
            return Err(StoreError::OutcomeUnknown { doing: "a test".to_owned(), source });
        }
        Ok(written)
    }
}

impl JournalStore for Faulty<dyn JournalStore> {
    fn write<'a>(
        &'a self,
        batch: &'a [Entry],
        publish_at: Time,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, StoreError>> {
        self.run(self.store.write(batch, publish_at)).boxed()
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

impl FollowStore for Faulty<dyn FollowStore> {
    fn position(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.store.position()
    }

    fn apply<'a>(&'a self, block: &'a Block) -> BoxFuture<'a, Result<Applied, StoreError>> {
        self.run(self.store.apply(block)).boxed()
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.clear()
    }
}

async fn journal_fails(failing: Failing) {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let Stores { journal, follow } = stage.service().stores(&stage.platform);
    let journal = Arc::new(Faulty::<dyn JournalStore>::new(journal, failing, 1));
    let running = stage.service().start_on(&stage.platform, Stores { journal, follow });
    let front = stage.front(&running);
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let answer = front.post(&jws, &[]).await;
    assert_eq!(answer.code(), (503, "unavailable".to_owned()), "{failing:?}");
    assert_eq!(answer.json()["retryable"], true);
    assert!(!answer.body.contains("a test"), "{}", answer.body);
    // The same again is safe, whether the first was written or not.
    let answer = front.post(&jws, &[("prefer", "wait=20")]).await;
    assert!(matches!(answer.status, 200 | 201), "{failing:?} {}", answer.body);
    assert_eq!(stage.ledger.height(), Receipt::parse(&answer.body).unwrap().height);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_write_that_failed_unwritten_may_be_sent_again() {
    journal_fails(Failing::Unwritten).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_write_that_failed_written_may_be_sent_again() {
    journal_fails(Failing::Written).await;
}

async fn follow_fails(failing: Failing) {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let Stores { journal, follow } = stage.service().stores(&stage.platform);
    // Block 0 and the first with a transition.
    let follow = Arc::new(Faulty::<dyn FollowStore>::new(follow, failing, 2));
    let running = stage.service().start_on(&stage.platform, Stores { journal, follow });
    let front = stage.front(&running);
    let metro = Actor::enterprise(METRO, 10);
    let jws = Actor::bureau().sign(&stage.genesis, register(&metro));
    let answer = front.post(&jws, &[("prefer", "wait=20")]).await;
    assert_eq!(answer.status, 201, "{failing:?} {}", answer.body);
    let again = front.post(&jws, &[]).await;
    assert_eq!((again.status, again.body), (200, answer.body), "{failing:?}");
    let found = running
        .edge()
        .read(async |connection| piao_edge::follow::keys_of(connection, &metro.party, 100).await);
    assert_eq!(found.await.unwrap().len(), 1, "{failing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_commit_failed_unwritten_is_applied_again() {
    follow_fails(Failing::Unwritten).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_commit_failed_written_is_applied_once_and_its_waiters_are_woken() {
    follow_fails(Failing::Written).await;
}
