//! What a ledger may rely on in the store of its chain, held against PostgreSQL and against the simulator's memory:
//! what a simulation finds or does not find says something of the real ledger only as far as the two are the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod author;
mod bus;
#[path = "../../../../crates/bus/tests/claims/mod.rs"]
mod claims;
mod script;
mod service;

use std::collections::BTreeSet;
use std::sync::Arc;

use piao_chain::state::{State, Touched};
use piao_domain::invoice::Lock;
use piao_domain::time::Time;
use piao_ledger::{LedgerError, LedgerStore, PgLedger};
use piao_store::StoreError;
use piao_store::fresh::FreshDatabase;
use piao_testkit::database::{ledger_database, ledger_schema};
use piao_testkit::sim::{LedgerServer, Machine, Sim, SimLedger, Tables, Trace};

use crate::author::{Append, Author, Begin, Epoch, Hold, Note, Read, Seen};
use crate::script::{Script, now};

async fn postgres() -> (FreshDatabase, PgLedger) {
    let (fresh, database) = ledger_database(4).await;
    (fresh, PgLedger::new(database, ledger_schema()))
}

fn simulated() -> SimLedger {
    let sim = Sim::new(1, Trace::brief());
    let server = LedgerServer::new(&sim, Arc::<Tables>::default(), now());
    SimLedger::new(server, Machine::start(&sim, "ledger"))
}

/// Each test once on each store.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod on_postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (_fresh, store) = super::postgres().await;
                super::$name(store).await;
            })*
        }

        mod on_the_simulator {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::simulated()).await;
            })*
        }
    };
}

on_both! {
    an_empty_store_says_that_it_is_empty
    a_chain_is_begun_once_and_each_opening_is_an_epoch
    what_is_not_committed_was_never_there
    an_epoch_that_has_ended_holds_and_commits_nothing
    who_holds_the_head_is_waited_for
    nothing_is_decided_twice
    two_exclusive_locks_are_never_both_live
    a_reference_serves_one_lock
    a_smaller_checkpoint_never_takes_the_place_of_a_larger
    a_read_sees_one_moment
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_answers_every_question_as_postgresql_does() {
    let (_fresh, postgres) = postgres().await;
    let script = Script::new();
    let real = script.play(&postgres).await;
    let simulated = script.play(&simulated()).await;
    assert!(real.len() > 100, "{} answers", real.len());
    for (place, (real, simulated)) in real.iter().zip(&simulated).enumerate() {
        assert_eq!(real, simulated, "answer {place}");
    }
    assert_eq!(real.len(), simulated.len());
}

async fn an_empty_store_says_that_it_is_empty<S: LedgerStore>(store: S) {
    let Seen { head, bodies, checkpoint, .. } = store.read(Read::default()).await.unwrap();
    assert_eq!((head, bodies.len(), checkpoint), (None, 0, None));
    assert_eq!(store.write(Hold::of(0)).await.unwrap(), None, "no head to hold");
}

async fn a_chain_is_begun_once_and_each_opening_is_an_epoch<S: LedgerStore>(store: S) {
    let author = Author::new();
    store.write(Begin(&author)).await.unwrap();
    let again = store.write(Begin(&author)).await;
    assert!(matches!(again, Err(LedgerError::Store(StoreError::Conflict { .. }))), "{again:?}");
    for epoch in 1..4 {
        assert_eq!(store.write(Epoch).await.unwrap(), epoch, "seen by who wrote it");
        let Seen { head, bodies, .. } = store.read(Read::default()).await.unwrap();
        let head = head.unwrap();
        assert_eq!((head.epoch, head.header.height(), bodies.len()), (epoch, 0, 1));
        assert_eq!(head.genesis, author.chain.genesis.hash());
    }
}

async fn what_is_not_committed_was_never_there<S: LedgerStore>(store: S) {
    let script = Script::new();
    let mut author = Author::begun(&store).await;
    let before = format!("{:?}", store.read(Read::all(&script)).await.unwrap());
    // The work fails after it wrote.
    let append = Append::new(&author, &script.steps[0].batch, script.steps[0].at).failing();
    assert!(store.write(append).await.is_err());
    // It is dropped after it wrote.
    let append = Append::new(&author, &script.steps[0].batch, script.steps[0].at).hanging();
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(300), store.write(append)).await;
    assert!(dropped.is_err(), "it hangs");
    assert_eq!(format!("{:?}", store.read(Read::all(&script)).await.unwrap()), before);
    author.append(&store, &script.steps[0]).await;
    assert_ne!(format!("{:?}", store.read(Read::all(&script)).await.unwrap()), before);
}

async fn an_epoch_that_has_ended_holds_and_commits_nothing<S: LedgerStore>(store: S) {
    let script = Script::new();
    let author = Author::begun(&store).await;
    assert_eq!(store.write(Hold::of(author.epoch)).await.unwrap(), Some(0));
    store.write(Epoch).await.unwrap();
    assert_eq!(store.write(Hold::of(author.epoch)).await.unwrap(), None);
    let append = Append::new(&author, &script.steps[0].batch, script.steps[0].at).without_holding();
    let fenced = store.write(append).await;
    assert!(matches!(fenced, Err(LedgerError::Fenced { height: 1, .. })), "{fenced:?}");
    assert_eq!(store.read(Read::default()).await.unwrap().head.unwrap().header.height(), 0);
}

async fn who_holds_the_head_is_waited_for<S: LedgerStore>(store: S) {
    let script = Script::new();
    let mut author = Author::begun(&store).await;
    let epoch = author.epoch;
    let (holding, release) = Hold::until(epoch);
    let holder = store.clone();
    let holder = tokio::spawn(async move { holder.write(holding).await });
    release.held().await;
    // Whoever would go on with the chain waits, and whoever would open it.
    let step = &script.steps[0];
    let waits = [
        tokio::spawn({
            let store = store.clone();
            async move { store.write(Hold::of(epoch)).await.unwrap() }
        }),
        tokio::spawn({
            let store = store.clone();
            async move { store.write(Epoch).await.map(|epoch| epoch.unsigned_abs()).ok() }
        }),
    ];
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(waits.iter().all(|wait| !wait.is_finished()));
    release.let_go();
    assert_eq!(holder.await.unwrap().unwrap(), Some(0));
    let [hold, open] = waits;
    // In whichever order they got it: the epoch that ends meanwhile holds nothing.
    assert!(matches!(hold.await.unwrap(), Some(0) | None));
    assert_eq!(open.await.unwrap(), Some(2));
    author.epoch = 2;
    author.append(&store, step).await;
}

async fn nothing_is_decided_twice<S: LedgerStore>(store: S) {
    let script = Script::new();
    let mut author = Author::begun(&store).await;
    author.append(&store, &script.steps[0]).await;
    let again = store.write(Append::new(&author, &script.steps[0].batch, script.steps[0].at)).await;
    assert!(matches!(again, Err(LedgerError::Store(StoreError::Conflict { .. }))), "{again:?}");
    assert_eq!(store.read(Read::default()).await.unwrap().head.unwrap().header.height(), 1);
}

/// Plays the script up to a lock, then commits a second one that the guards refused.
async fn with_a_second_lock<S: LedgerStore>(store: &S, change: fn(&mut Lock)) -> Result<(), LedgerError> {
    let script = Script::new();
    let mut author = Author::begun(store).await;
    for step in &script.steps[..=script.locked] {
        author.append(store, step).await;
    }
    let step = &script.steps[script.locked + 1];
    let refused = step.batch[0].0.id;
    let force = move |state: &mut State, touched: &mut Touched| {
        let number = script.number;
        let invoice = state.invoices.get_mut(&number).expect("an invoice that is locked");
        let (_, lock) = invoice.reimbursement.locks.iter().next().expect("its lock");
        let mut second = lock.clone();
        second.token += 1;
        change(&mut second);
        invoice.reimbursement.locks.insert(refused, second);
        touched.invoices.insert(number);
        touched.locks.insert((number, refused));
    };
    store.write(Append::new(&author, &step.batch, step.at).forcing(Box::new(force))).await.map(drop)
}

async fn two_exclusive_locks_are_never_both_live<S: LedgerStore>(store: S) {
    let other = |lock: &mut Lock| lock.claim_ref = piao_domain::ids::ClaimRef::parse("BX-9").unwrap();
    let outcome = with_a_second_lock(&store, other).await;
    let Err(LedgerError::Store(StoreError::Conflict { constraint, .. })) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(constraint, "invoice_lock_exclusive");
}

async fn a_reference_serves_one_lock<S: LedgerStore>(store: S) {
    let outcome = with_a_second_lock(&store, |lock| lock.exclusive = false).await;
    let Err(LedgerError::Store(StoreError::Conflict { constraint, .. })) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(constraint, "invoice_lock_claim_ref");
}

async fn a_smaller_checkpoint_never_takes_the_place_of_a_larger<S: LedgerStore>(store: S) {
    Author::begun(&store).await;
    for (size, note, expect) in
        [(5, "five", "five"), (4, "four", "five"), (5, "again", "five"), (6, "six", "six")]
    {
        store.write(Note(size, note)).await.unwrap();
        let checkpoint = store.read(Read::default()).await.unwrap().checkpoint;
        assert_eq!(checkpoint.map(|(_, note)| note).as_deref(), Some(expect), "{size}");
    }
}

async fn a_read_sees_one_moment<S: LedgerStore>(store: S) {
    let script = Script::new();
    let mut author = Author::begun(&store).await;
    let (read, release) = Read::in_two_parts();
    let reader = store.clone();
    let reader = tokio::spawn(async move { reader.read(read).await });
    release.held().await;
    author.append(&store, &script.steps[0]).await;
    release.let_go();
    let Seen { head, bodies, .. } = reader.await.unwrap().unwrap();
    assert_eq!((head.unwrap().header.height(), bodies.len()), (0, 1));
    assert_eq!(store.read(Read::default()).await.unwrap().bodies.len(), 2);
}

/// Days on which the script's transitions were signed.
fn days(at: Time) -> std::ops::RangeInclusive<i32> {
    let day = i32::try_from(at.unix() / 86_400).unwrap();
    day - 1..=day + 1
}

fn set<T: Ord>(of: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    of.into_iter().collect()
}
