//! `piao rebuild`, on both shapes.

use std::path::Path;

use piao_client::{Client, Endpoints, KeyFile};
use piao_domain::key::Algorithm;
use piao_protocol::genesis::Genesis;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use tokio_postgres::NoTls;

use super::installation::{Installation, command};
use super::load::{Parties, accept, buyer, number, seller};
use super::process::{Process, free_address};
use super::read_model::{rebuild, rows, settled};

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_read_model_has_the_same_rows_and_journal_and_sealed_records_stay() {
    let all: &[&str] = &["ledger", "registry", "rules", "issuance", "claims", "reimbursement"];
    let installation = Installation::new(&[all]).await;
    let process = installation.start(all);
    process.ready().await;
    let parties = Parties::enter(&installation).await;
    for sequence in 1..=3 {
        reimburse(&parties, sequence).await;
    }
    settled(&installation, [&process]).await;
    process.terminate().await;
    leave_behind(installation.url()).await;
    let ledger = installation.start(&["ledger"]);
    ledger.ready().await;
    for service in &all[1..] {
        let before = rows(installation.url(), service).await;
        let said = rebuild(&installation, service).await;
        assert!(said.contains("rebuilt up to block"), "{said}");
        assert_eq!(rows(installation.url(), service).await, before, "{service}");
    }
    let kept = rows(installation.url(), "issuance").await;
    assert!(kept["journal"].iter().any(|row| row.contains("a.b.c")), "the journal stays");
    assert!(!kept["receipt"].is_empty(), "it has receipts");
    assert_eq!(kept["sealed"].len(), kept["receipt"].len(), "sealed records stay");
    // Whatever is wrong in a read model is gone afterwards.
    change(installation.url(), "DELETE FROM issuance.invoice").await;
    rebuild(&installation, "issuance").await;
    assert_eq!(rows(installation.url(), "issuance").await, kept);
    ledger.terminate().await;
    // The ledger's own edge, too, while nothing serves.
    let before = rows(installation.url(), "gateway").await;
    assert!(!before["party"].is_empty(), "it knows who may ask");
    rebuild(&installation, "ledger").await;
    assert_eq!(rows(installation.url(), "gateway").await, before);
    installation.bus.finish().await;
}

async fn reimburse(parties: &Parties, sequence: u64) {
    let number = number(sequence);
    accept(&parties.seller, "invoice.issue", &body::issue(&number, Some(&buyer()), None)).await;
    accept(&parties.buyer, "claim.take", &body::take(&number, None)).await;
    accept(&parties.buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    accept(&parties.buyer, "booking.book", &body::book(&number)).await;
}

/// What only the service has: a transition that it took and that is not decided yet, and sealed records.
async fn leave_behind(url: &str) {
    let open = "INSERT INTO issuance.journal (day, id, party, jws, publish_at, publishes) \
                VALUES (1, sha256('one'), 'uscc:91440300708461136T', 'a.b.c', 1, 1); \
                INSERT INTO issuance.sealed (day, id, state, wrapped_key, ciphertext) \
                SELECT day, id, 'kept', convert_to(repeat('k', 72), 'UTF8'), 'sealed' FROM issuance.receipt";
    change(url, open).await;
}

async fn change(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_shape_rebuilds_from_its_own_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || {
        let address = free_address();
        let mut serve = command(&["serve", "--data-dir"]);
        serve.arg(folder.path()).env("PIAO_LISTEN", address.to_string());
        Process::start(serve, address)
    };
    let serving = serve();
    serving.ready().await;
    accept(&bureau(folder.path(), &serving), "party.register", &body::register(&seller())).await;
    let before = bureau(folder.path(), &serving).party(&seller().party).await.unwrap();
    serving.terminate().await;
    let done = command(&["rebuild", "registry", "--data-dir"]).arg(folder.path()).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("registry: rebuilt up to block 1"), "{said}");
    let serving = serve();
    serving.ready().await;
    let bureau = bureau(folder.path(), &serving);
    assert_eq!(bureau.party(&seller().party).await.unwrap(), before);
    let other = Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa);
    accept(&bureau, "party.register", &body::register(&other)).await;
    serving.terminate().await;
}

fn bureau(folder: &Path, serving: &Process) -> Client {
    let genesis = Genesis::parse(&std::fs::read(folder.join("genesis.json")).unwrap()).unwrap();
    let identity = KeyFile::read(&folder.join("bureau-key.json")).unwrap();
    let endpoints = Endpoints::one(&serving.base()).unwrap();
    Client::new(endpoints, genesis.chain().clone(), Some(identity)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_rebuilt_is_said() {
    let none = command(&["rebuild", "nothing"]).output().await.unwrap();
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no service \"nothing\""));
    let folder = tempfile::tempdir().unwrap();
    let empty = command(&["rebuild", "claims", "--data-dir"]).arg(folder.path()).output().await.unwrap();
    assert_eq!(empty.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&empty.stderr).contains("genesis.json"));
}
