//! A service is killed at each of its crash points under load, and started again.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use piao_client::{Signed, Submitted, Wait};
use piao_domain::ids::TransitionId;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use piao_testkit::follower::PATIENCE;
use piao_testkit::points::{EDGE, Point, When};
use tokio::time::{interval, timeout};

use super::installation::Installation;
use super::load::{Parties, decide};
use super::process::Process;
use super::read_model;

/// Clients at once.
const WAVE: u64 = 6;
/// Waves after which a point must have been passed.
const WAVES_MAX: u64 = 40;

/// What a client knows of a transition that it sent while a service was dying.
enum Answer {
    Decided(Receipt),
    Recorded,
    Nothing,
}

/// What was sent, and what came back.
struct Sent {
    sequence: u64,
    signed: Signed,
    answer: Answer,
}

/// An installation whose issuance service dies again and again.
struct Stage {
    installation: Installation,
    parties: Parties,
    next: u64,
    sent: Vec<TransitionId>,
}

impl Stage {
    /// Sends invoices in waves until the service has killed itself.
    async fn load(&mut self, dying: &mut Process) -> Vec<Sent> {
        let mut sent = Vec::new();
        for _ in 0..WAVES_MAX {
            let wave = (self.next..self.next + WAVE).collect::<Vec<_>>();
            self.next += WAVE;
            sent.extend(join_all(wave.into_iter().map(|sequence| self.send(sequence))).await);
            if dying.was_killed() {
                self.sent.extend(sent.iter().map(|sent: &Sent| sent.signed.id()));
                return sent;
            }
        }
        panic!("it came by no such point in {WAVES_MAX} waves");
    }

    async fn send(&self, sequence: u64) -> Sent {
        let signed = self.parties.invoice(sequence);
        let answer = match self.parties.seller.submit(&signed, Wait::seconds(5)).await {
            Ok(Submitted::Decided(decision)) => Answer::Decided(decision.receipt),
            Ok(Submitted::Recorded { .. }) => Answer::Recorded,
            Err(error) => {
                assert!(error.may_pass(), "{error}");
                Answer::Nothing
            }
        };
        Sent { sequence, signed, answer }
    }

    /// What was answered is on the record as it was answered; what was not is decided when it is sent again.
    async fn check(&self, point: &Point, sent: &[Sent]) {
        let at = point.name;
        for sent in sent {
            let decided = match &sent.answer {
                Answer::Decided(receipt) => receipt.clone(),
                Answer::Recorded => self.resolved(&sent.signed.id()).await,
                Answer::Nothing => decide(&self.parties.seller, &sent.signed).await,
            };
            assert!(matches!(decided.outcome, Outcome::Accepted(_)), "{at}: {:?}", decided.outcome);
            let recorded = self.parties.seller.resolve(&sent.signed.id()).await.unwrap();
            assert_eq!(recorded.as_ref(), Some(&decided), "{at}: the receipt is the ledger's");
            let repeated = decide(&self.parties.seller, &sent.signed).await;
            assert_eq!(repeated, decided, "{at}: sent again it gets the same receipt");
            assert!(self.parties.is_shown(sent.sequence).await, "{at}: {} is shown", sent.sequence);
        }
    }

    /// Waits for what was answered 202, without sending it again.
    async fn resolved(&self, id: &TransitionId) -> Receipt {
        let resolved = timeout(PATIENCE, async {
            let mut beat = interval(Duration::from_millis(50));
            loop {
                beat.tick().await;
                if let Ok(Some(receipt)) = self.parties.seller.resolve(id).await {
                    return receipt;
                }
            }
        });
        resolved.await.unwrap_or_else(|_| panic!("{id} was answered 202 and is not decided"))
    }

    fn issuance(&self, crash_point: Option<&str>) -> Process {
        let environment = crash_point.map(|point| ("PIAO_CRASH_POINT", point));
        self.installation.start_with(&["issuance"], environment.as_slice())
    }

    async fn die_and_start_again(&mut self, point: &Point) {
        let began = std::time::Instant::now();
        let mut sent = Vec::new();
        let first = match point.when {
            // For a start with open transitions in the journal, some must be left there.
            When::Sweeping => "edge.journal.after".to_owned(),
            When::Taking | When::Following => format!("{}:2", point.name),
            When::Rebuilding => return self.die_rebuilding(point).await,
            When::Starting | When::Deciding | When::PuttingAside | When::Signing | When::Recalling => return,
        };
        let mut dying = self.issuance(Some(&first));
        dying.listens().await;
        sent.extend(self.load(&mut dying).await);
        if point.when == When::Sweeping {
            let mut dying = self.issuance(Some(point.name));
            let killed = timeout(PATIENCE, async {
                let mut beat = interval(Duration::from_millis(20));
                while !dying.was_killed() {
                    beat.tick().await;
                }
            });
            killed.await.unwrap_or_else(|_| panic!("it came by {} when it started", point.name));
        }
        let alive = self.issuance(None);
        alive.ready().await;
        self.check(point, &sent).await;
        alive.terminate().await;
        println!("{}: {} sent, {:?}", point.name, sent.len(), began.elapsed());
    }
}

impl Stage {
    /// The read model is dropped by a process that dies of it; the service then builds it again by itself.
    async fn die_rebuilding(&self, point: &Point) {
        let mut rebuild = self.installation.command(&["rebuild", "issuance"]);
        let ended = rebuild.env("PIAO_CRASH_POINT", point.name).output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.signal(), Some(9), "{}: {}: {said}", point.name, ended.status);
        let alive = self.issuance(None);
        alive.ready().await;
        for sequence in 1..self.next {
            assert!(self.parties.is_shown(sequence).await, "{}: {sequence} is shown", point.name);
        }
        alive.terminate().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_at_each_of_its_points_loses_nothing() {
    let others: &[&str] = &["ledger", "registry", "rules"];
    let installation = Installation::new(&[others, &["issuance"]]).await;
    let rest = installation.start(others);
    let issuance = installation.start(&["issuance"]);
    rest.ready().await;
    issuance.ready().await;
    let parties = Parties::enter(&installation).await;
    issuance.terminate().await;
    let mut stage = Stage { installation, parties, next: 1, sent: Vec::new() };
    for point in &EDGE {
        stage.die_and_start_again(point).await;
    }
    let Stage { installation, sent, .. } = stage;
    // What the parties entered with comes first.
    let entered = 5;
    read_model::chain_holds(&installation, &sent, entered).await;
    read_model::is_right(&installation, "issuance").await;
    rest.terminate().await;
    installation.bus.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_own_edge_killed_where_it_recalls_loses_nothing() {
    let others: &[&str] = &["registry", "rules", "issuance"];
    let installation = Installation::new(&[&["ledger"], others]).await;
    let mut ledger = installation.start(&["ledger"]);
    let rest = installation.start(others);
    ledger.ready().await;
    rest.ready().await;
    let parties = Parties::enter(&installation).await;
    let mut ids = Vec::new();
    let recalling = EDGE.iter().filter(|point| point.when == When::Recalling);
    for (sequence, point) in (1..).zip(recalling) {
        let signed = parties.invoice(sequence);
        let receipt = decide(&parties.seller, &signed).await;
        ids.push(signed.id());
        ledger.terminate().await;
        let mut dying = installation.start_with(&["ledger"], &[("PIAO_CRASH_POINT", point.name)]);
        dying.ready().await;
        let send = async |process: &Process| {
            let request = reqwest::Client::new().post(format!("{}/v1/transitions", process.base()));
            let request = request.header("content-type", "application/jose").body(signed.jws().to_string());
            request.send().await
        };
        assert!(send(&dying).await.is_err(), "{}: it dies and answers nothing", point.name);
        let killed = timeout(PATIENCE, async {
            let mut beat = interval(Duration::from_millis(20));
            while !dying.was_killed() {
                beat.tick().await;
            }
        });
        killed.await.unwrap_or_else(|_| panic!("it came by {}", point.name));
        ledger = installation.start(&["ledger"]);
        ledger.ready().await;
        let again = send(&ledger).await.unwrap();
        assert_eq!(again.status(), 200, "{}", point.name);
        let again: serde_json::Value = serde_json::from_str(&again.text().await.unwrap()).unwrap();
        let expect = serde_json::to_value(&receipt).unwrap();
        assert_eq!(again, expect, "{}: the same receipt", point.name);
    }
    assert_eq!(ids.len(), 2);
    let entered = 5;
    read_model::chain_holds(&installation, &ids, entered).await;
    rest.terminate().await;
    ledger.terminate().await;
    installation.bus.finish().await;
}

#[test]
fn every_crash_point_of_a_service_is_listed_and_every_listed_one_is_there() {
    let mut found = BTreeSet::new();
    points_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/edge/src"), &mut found);
    assert_eq!(found, EDGE.iter().map(|point| point.name.to_owned()).collect());
}

/// Every crash point that is named in a folder of sources.
fn points_of(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            points_of(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for name in text.split("fault::point(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(found.insert(name.to_owned()), "{name} is in two places");
            }
        }
    }
}
