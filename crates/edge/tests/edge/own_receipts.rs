//! A service beside the ledger keeps the receipts of what it took itself, and asks the ledger for the others.

use std::sync::Arc;

use diesel_async::SimpleAsyncConnection;
use piao_domain::command::Kind;
use piao_domain::time::Time;
use piao_edge::follow::{Applied, Block, FollowStore, Keeps, LedgerReader, PgFollow};
use piao_edge::submit::{Entry, JournalStore, Journalled, PgJournal, TransitionKey};
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;

use crate::support::ledger::{accept, read};
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, NOW, register};

struct Gateway {
    stage: Stage,
    journal: PgJournal,
    follow: PgFollow,
}

impl Gateway {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let (db, schema) = (stage.platform.db.clone(), stage.schema());
        let ledger = Arc::clone(&stage.ledger) as Arc<dyn LedgerReader>;
        let journal = PgJournal::new(db.clone(), schema.clone()).recalling(ledger);
        let follow = PgFollow::new(db, schema, Keeps::Own, Vec::new());
        Self { stage, journal, follow }
    }

    fn signed(&self, key: u8) -> Entry {
        let jws = Actor::bureau().sign(&self.stage.genesis, register(&Actor::enterprise(METRO, key)));
        let transition = read(&jws);
        Entry {
            key: TransitionKey::new(transition.id(), Time::from_unix(NOW)),
            kind: Kind::PartyRegister,
            party: transition.claims().party.clone(),
            jws: jws.into(),
            sealed: None,
        }
    }

    /// The ledger decides; the gateway has not heard of it.
    fn decide(&self, entry: &Entry) {
        self.stage.ledger.append(vec![(entry.jws.to_string(), accept(&read(&entry.jws)))]);
    }

    /// The gateway hears of everything that is decided.
    async fn follow(&self) {
        for line in self.stage.ledger.blocks(0, 100).await.unwrap() {
            let block = Block::decode(&line).unwrap();
            assert_eq!(self.follow.apply(&block).await.unwrap(), Applied::Here);
        }
    }

    async fn write(&self, entry: &Entry) -> Vec<Receipt> {
        self.journal.write(std::slice::from_ref(entry), Time::from_unix(NOW + 5)).await.unwrap()
    }

    /// Whether the gateway's own schema holds so many receipts.
    async fn keeps(&self, receipts: u32) -> bool {
        let sql = format!("DO $$ BEGIN ASSERT (SELECT count(*) FROM receipt) = {receipts}; END $$");
        let schema = self.stage.schema();
        let counted = self.stage.platform.db.transaction(&schema, async |connection| {
            connection.batch_execute(&sql).await.map_err(StoreError::on("counting"))
        });
        counted.await.is_ok()
    }

    fn away(&self, away: bool) {
        *self.stage.ledger.reachable.lock().unwrap() = !away;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_took_is_closed_with_a_receipt_and_what_others_took_leaves_nothing() {
    let gateway = Gateway::new().await;
    let (own, other) = (gateway.signed(10), gateway.signed(11));
    assert_eq!(gateway.write(&own).await, []);
    gateway.decide(&own);
    gateway.decide(&other);
    gateway.follow().await;
    assert!(gateway.keeps(1).await);
    assert_eq!(gateway.journal.count_open().await.unwrap(), 0);
    for entry in [&own, &other] {
        let found = gateway.journal.find(entry.key).await.unwrap();
        assert!(
            matches!(&found, Some(Journalled::Decided(receipt)) if receipt.transition == entry.key.id),
            "{found:?}"
        );
    }
    assert_eq!(gateway.journal.find(gateway.signed(12).key).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_elsewhere_before_it_came_is_answered_at_once() {
    let gateway = Gateway::new().await;
    let entry = gateway.signed(10);
    gateway.decide(&entry);
    gateway.follow().await;
    let receipts = gateway.write(&entry).await;
    assert_eq!(receipts.iter().map(|receipt| receipt.transition).collect::<Vec<_>>(), [entry.key.id]);
    assert_eq!(gateway.journal.count_open().await.unwrap(), 0);
    assert_eq!(gateway.write(&entry).await, receipts, "the same again");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_ledger_was_away_the_sweeper_asks_it_again() {
    let gateway = Gateway::new().await;
    let entry = gateway.signed(10);
    gateway.decide(&entry);
    gateway.follow().await;
    gateway.away(true);
    assert_eq!(gateway.write(&entry).await, []);
    // What cannot be known now is not nothing: a repeat must not be refused for want of its receipt.
    let found = gateway.journal.find(entry.key).await;
    assert!(matches!(found, Err(StoreError::Unavailable { .. })), "{found:?}");
    gateway.away(false);
    let due = gateway.journal.take_due(Time::from_unix(NOW + 5), 5, 10).await.unwrap();
    assert_eq!(due, [], "decided: not to be published again");
    assert_eq!(gateway.journal.count_open().await.unwrap(), 0);
    assert!(matches!(gateway.journal.find(entry.key).await.unwrap(), Some(Journalled::Decided(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_which_all_is_decided_does_not_end_a_sweep() {
    let gateway = Gateway::new().await;
    let (first, second) = (gateway.signed(10), gateway.signed(11));
    gateway.away(true);
    for (entry, publish_at) in [(&first, NOW + 5), (&second, NOW + 6)] {
        let written = gateway.journal.write(std::slice::from_ref(entry), Time::from_unix(publish_at)).await;
        assert_eq!(written.unwrap(), []);
    }
    gateway.decide(&first);
    gateway.away(false);
    let due = gateway.journal.take_due(Time::from_unix(NOW + 9), 5, 1).await.unwrap();
    assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(), [second.key.id]);
    assert_eq!(gateway.journal.count_open().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_has_a_receipt_after_all_is_dropped_and_not_published() {
    let gateway = Gateway::new().await;
    let entry = gateway.signed(10);
    assert_eq!(gateway.write(&entry).await, []);
    let twice = "INSERT INTO receipt (height, idx, time, day, id, block, party, detail) \
                 SELECT 1, 1, 1, day, id, id, party, '{}' FROM journal";
    let schema = gateway.stage.schema();
    let done = gateway.stage.platform.db.transaction(&schema, async |connection| {
        connection.batch_execute(twice).await.map_err(StoreError::on("writing a receipt"))
    });
    done.await.unwrap();
    let due = gateway.journal.take_due(Time::from_unix(NOW + 9), 5, 10).await.unwrap();
    assert_eq!(due, []);
    assert_eq!(gateway.journal.count_open().await.unwrap(), 0);
    assert!(gateway.keeps(1).await);
}
