//! Two ledgers, each `--standby`: one leads, and where it stops, is killed or ends, the other does.

use std::time::{Duration, Instant};

use piao_client::{Submitted, Wait};
use piao_protocol::outcome::Outcome;

use super::installation::Installation;
use super::load::Parties;
use super::process::free_address;
use super::read_model;

const GROUPS: [&[&str]; 2] = [&["ledger"], &["registry", "rules", "issuance", "claims", "reimbursement"]];
/// A silence of 3 s, beats, looks and the opening: under 5 s where the machine has time for us. This one tests many
/// things at a time.
const TAKEN_WITHIN: Duration = Duration::from_secs(15);
const STANDBY: (&str, &str) = ("PIAO_STANDBY", "true");
/// Transitions of [`Parties::enter`].
const ENTERED: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn whichever_ledger_stops_is_killed_or_ends_the_other_goes_on() {
    let installation = Installation::new(&GROUPS).await;
    let address = free_address();
    let ledgers = format!("http://{},http://{address}", installation.address("ledger"));
    let everywhere = [STANDBY, ("PIAO_LEDGER_URL", ledgers.as_str())];
    let one = installation.start_with(GROUPS[0], &everywhere);
    one.ready().await;
    let other = installation.start_at(address, "ledger", &everywhere);
    other.ready().await;
    let services = installation.start_with(GROUPS[1], &everywhere[1..]);
    services.ready().await;
    let parties = Parties::enter(&installation).await;
    let mut ids = Vec::new();
    let mut issue = async |sequence: u64| {
        let began = Instant::now();
        let signed = parties.invoice(sequence);
        // In one request, to a process that lives: a client that asks for the receipt asks the first ledger, too.
        let answer = parties.seller.submit(&signed, Wait::seconds(30)).await.unwrap();
        let Submitted::Decided(decision) = answer else { panic!("{sequence} is not decided: {answer:?}") };
        assert!(
            matches!(decision.receipt.outcome, Outcome::Accepted(_)),
            "{sequence}: {:?}",
            decision.receipt
        );
        ids.push(signed.id());
        began.elapsed()
    };
    issue(1).await;

    one.stop();
    let stopped = issue(2).await;
    one.go_on();
    // It finds another epoch, commits nothing, and stands by.
    one.ready().await;
    issue(3).await;
    other.kill().await;
    let killed = issue(4).await;
    let other = installation.start_at(address, "ledger", &everywhere);
    other.ready().await;
    one.terminate().await;
    let ended = issue(5).await;
    println!("decided again after a stop in {stopped:?}, a kill in {killed:?}, an end in {ended:?}");
    assert!(stopped.max(killed).max(ended) < TAKEN_WITHIN, "{stopped:?}, {killed:?}, {ended:?}");

    read_model::settled(&installation, [&services]).await;
    services.terminate().await;
    read_model::chain_holds(&installation, &ids, ENTERED).await;
    other.terminate().await;
    installation.bus.finish().await;
}
