//! A ledger, its parties, and the block announcements that say what came of what they sign.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use piao_bus::{BlockSubscriber, Bus, Command, InProcessBus, InProcessConfig, ServiceName};
use piao_chain::execute::Safeguards;
use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_ledger::{BATCH_LIMITS, Clock, Ledger, LedgerConfig, LedgerError};
use piao_protocol::block::Header;
use piao_protocol::jws::Unverified;
use piao_protocol::outcome::Outcome;
use piao_store::Database;
use piao_store::fresh::FreshDatabase;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::chain::TestChain;
use piao_testkit::database::{ledger_database, ledger_schema};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// A transition with what came of it.
#[derive(Clone, Debug)]
pub struct Decision {
    pub id: TransitionId,
    pub jws: Arc<str>,
    pub height: u64,
    pub outcome: Outcome,
}

pub struct World {
    pub chain: TestChain,
    pub seller: Actor,
    pub buyer: Actor,
    pub other: Actor,
    pub bus: Arc<dyn Bus>,
    database: Database,
    seen: Mutex<Seen>,
    ledger: JoinHandle<Result<(), LedgerError>>,
    _fresh: FreshDatabase,
}

struct Seen {
    blocks: BlockSubscriber,
    decisions: BTreeMap<TransitionId, Decision>,
    height: u64,
}

#[derive(serde::Deserialize)]
struct Line {
    header: Header,
    transitions: Vec<String>,
    outcomes: Vec<Outcome>,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(Safeguards::ALL, Arc::new(InProcessBus::new(InProcessConfig::default()))).await
    }

    pub async fn start_with(safeguards: Safeguards, bus: Arc<dyn Bus>) -> Self {
        let now = Clock::system().now();
        let chain = TestChain::new(Time::from_unix(now - 1), 1);
        let (fresh, database) = ledger_database(4).await;
        let blocks = bus.blocks(ServiceName::parse("test").unwrap()).await.unwrap();
        let ledger = Ledger::start(config(&chain, &database, &bus, safeguards)).await.unwrap();
        Self {
            chain,
            seller: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            buyer: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            other: Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa),
            bus,
            database,
            seen: Mutex::new(Seen { blocks, decisions: BTreeMap::new(), height: 0 }),
            ledger: tokio::spawn(ledger.run()),
            _fresh: fresh,
        }
    }

    pub async fn second_ledger(&self) -> Ledger {
        Ledger::start(config(&self.chain, &self.database, &self.bus, Safeguards::ALL)).await.unwrap()
    }

    pub fn now(&self) -> Time {
        Time::from_unix(Clock::system().now())
    }

    pub fn number(&self, sequence: u64) -> String {
        format!("{:02}950{sequence:015}", self.now().month().short_year())
    }

    /// Registers everybody, activates rules and grants the seller numbers 1 to 1000.
    pub async fn prepare(&self) {
        for enterprise in [&self.seller, &self.buyer, &self.other] {
            self.accept(&self.chain.bureau, "party.register", &body::register(enterprise)).await;
        }
        self.accept(&self.chain.bureau, "rules.deploy", &body::rules(1)).await;
        let today = self.now().date().to_string();
        self.accept(&self.chain.bureau, "rules.activate", &body::activate(1, &today)).await;
        self.accept(&self.seller, "quota.apply", &body::apply(self.now().month(), 1000)).await;
    }

    pub fn sign(&self, actor: &Actor, kind: &str, body: &str) -> Signed {
        actor.sign(self.chain.id(), self.now(), kind, body)
    }

    pub async fn publish(&self, signed: &Signed) {
        let command = Command { body: signed.jws.as_bytes().to_vec().into(), transitions: 1 };
        self.bus.publish_command(command).await.unwrap();
    }

    pub async fn accept(&self, actor: &Actor, kind: &str, body: &str) -> Decision {
        let decision = self.decide(&self.sign(actor, kind, body)).await;
        assert!(matches!(decision.outcome, Outcome::Accepted(_)), "{kind}: {:?}", decision.outcome);
        decision
    }

    pub async fn refuse(&self, actor: &Actor, kind: &str, body: &str, code: &str) {
        let decision = self.decide(&self.sign(actor, kind, body)).await;
        assert_eq!(decision.outcome.code().map(|code| code.as_str()), Some(code), "{kind}");
    }

    /// Publishes and waits for the decision.
    pub async fn decide(&self, signed: &Signed) -> Decision {
        self.publish(signed).await;
        self.decision(&signed.id).await
    }

    /// Publishes what was decided before once more, and something after it, so that it is known to be through.
    pub async fn send(&self, decided: &Decision) -> Decision {
        let again = Signed { id: decided.id, jws: Arc::clone(&decided.jws) };
        self.publish(&again).await;
        self.accept(&self.seller, "quota.apply", &body::apply(self.now().month(), 1)).await
    }

    pub async fn height(&self) -> u64 {
        self.seen.lock().await.height
    }

    pub async fn decision(&self, id: &TransitionId) -> Decision {
        let mut seen = self.seen.lock().await;
        loop {
            if let Some(decision) = seen.decisions.get(id) {
                return decision.clone();
            }
            let hint = tokio::time::timeout(Duration::from_secs(20), seen.blocks.recv()).await;
            let hint = hint.expect("a decision in time").expect("an open bus");
            let line: Line = piao_protocol::json::from_str(std::str::from_utf8(&hint.body).unwrap()).unwrap();
            assert_eq!(line.header.height(), seen.height + 1, "announced in order");
            seen.height = line.header.height();
            for (jws, outcome) in line.transitions.into_iter().zip(line.outcomes) {
                let jws: Arc<str> = jws.into();
                let id = Unverified::parse(Arc::clone(&jws)).unwrap().id();
                let height = line.header.height();
                let before = seen.decisions.insert(id, Decision { id, jws, height, outcome });
                assert!(before.is_none(), "{id} decided twice");
            }
        }
    }

    pub async fn wait_for_end_of_first(self) {
        let ended = tokio::time::timeout(Duration::from_secs(20), self.ledger).await;
        let ended = ended.expect("the first ledger ends").expect("no panic");
        assert!(matches!(ended, Err(LedgerError::Fenced { .. })), "{ended:?}");
    }

    pub async fn stop(self) {
        self.bus.close().await;
        self.ledger.await.unwrap().unwrap();
    }
}

fn config(
    chain: &TestChain,
    database: &Database,
    bus: &Arc<dyn Bus>,
    safeguards: Safeguards,
) -> LedgerConfig {
    LedgerConfig {
        database: database.clone(),
        schema: ledger_schema(),
        bus: Arc::clone(bus),
        genesis: Arc::clone(&chain.genesis),
        log_key: chain.log_key(),
        clock: Clock::system(),
        limits: BATCH_LIMITS,
        verified: None,
        safeguards,
    }
}
