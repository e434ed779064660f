//! Services and the ledger are killed at any moment while clients go on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt as _;
use piao_client::Client;
use piao_domain::ids::TransitionId;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use piao_testkit::body;
use piao_testkit::follower::PATIENCE;
use tokio::time::{interval, timeout};

use super::installation::Installation;
use super::life::ALONE;
use super::load::{Parties, decide, number, sign};
use super::process::Process;
use super::read_model;

/// Invoices, each issued, claimed and locked, and how many clients work on them at once.
const INVOICES: u64 = 60;
const CLIENTS: usize = 12;
const STEPS: usize = 3;
/// Who is killed, in this order.
const KILLED: [&str; 4] = ["issuance", "ledger", "claims", "ledger"];

/// Issues, claims and locks one invoice, and counts every decision.
async fn work<'a>(parties: &'a Parties, sequence: u64, decided: &AtomicUsize) -> Vec<(&'a Client, Receipt)> {
    let number = number(sequence);
    let steps = [
        parties.invoice(sequence),
        sign(&parties.buyer, "claim.take", &body::take(&number, None)),
        sign(&parties.buyer, "reimbursement.lock", &body::lock(&number, "BX-1")),
    ];
    let mut receipts = Vec::new();
    for (signed, client) in steps.iter().zip([&parties.seller, &parties.buyer, &parties.buyer]) {
        let receipt = decide(client, signed).await;
        assert!(matches!(receipt.outcome, Outcome::Accepted(_)), "{sequence}: {:?}", receipt.outcome);
        receipts.push((client, receipt));
        decided.fetch_add(1, Ordering::Relaxed);
    }
    receipts
}

/// Kills and starts again, each time somewhere in the next part of the work.
async fn kill(installation: &Installation, processes: &mut BTreeMap<&str, Process>, decided: &AtomicUsize) {
    let chance = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_micros() as usize;
    let all = usize::try_from(INVOICES).unwrap() * STEPS;
    let part = all / (KILLED.len() + 1);
    for (place, name) in KILLED.into_iter().enumerate() {
        let after = part * place + (chance >> place) % part;
        let reached = timeout(PATIENCE, async {
            let mut beat = interval(Duration::from_millis(1));
            while decided.load(Ordering::Relaxed) < after {
                beat.tick().await;
            }
        });
        reached.await.unwrap_or_else(|_| panic!("no {after} decisions before the kill of {name}"));
        println!("{name} is killed after {} decisions", decided.load(Ordering::Relaxed));
        processes.remove(name).unwrap().kill().await;
        processes.insert(name, installation.start(&[name]));
        processes[name].ready().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_every_receipt_stays_true_and_everything_is_decided_once() {
    let installation = Installation::new(&ALONE).await;
    let mut processes =
        ALONE.iter().map(|group| (group[0], installation.start(group))).collect::<BTreeMap<_, _>>();
    for process in processes.values() {
        process.ready().await;
    }
    let parties = Parties::enter(&installation).await;
    let decided = Arc::new(AtomicUsize::new(0));
    let working = futures_util::stream::iter(1..=INVOICES)
        .map(|sequence| work(&parties, sequence, &decided))
        .buffer_unordered(CLIENTS)
        .concat();
    let (receipts, ()) = tokio::join!(working, kill(&installation, &mut processes, &decided));
    for (client, receipt) in &receipts {
        let recorded = client.resolve(&receipt.transition).await.unwrap();
        assert_eq!(recorded.as_ref(), Some(receipt), "a receipt that was handed out stays true");
    }
    let ids = receipts.iter().map(|(_, receipt)| receipt.transition).collect::<Vec<TransitionId>>();
    read_model::settled(&installation, processes.values()).await;
    let ledger = processes.remove("ledger").unwrap();
    for process in processes.into_values() {
        process.terminate().await;
    }
    let entered = 5;
    read_model::chain_holds(&installation, &ids, entered).await;
    for service in ["issuance", "claims", "reimbursement"] {
        read_model::is_right(&installation, service).await;
    }
    ledger.terminate().await;
    installation.bus.finish().await;
}
