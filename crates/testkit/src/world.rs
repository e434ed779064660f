//! A chain with its parties, a database, a bus and somebody who follows; ledgers run on it.

use std::sync::Arc;
use std::time::Duration;

use piao_bus::{Bus, Command, Quarantined, ServiceName};
use piao_chain::execute::Safeguards;
use piao_chain::seal::Tip;
use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_ledger::{
    BATCH_LIMITS, ChainReader, Clock, KeptCheckpoint, Ledger, LedgerConfig, LedgerError, Readiness, Stopper,
};
use piao_protocol::outcome::Outcome;
use piao_store::Database;
use piao_store::fresh::FreshDatabase;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::actor::{Actor, Signed};
use crate::body;
use crate::bus::TestBus;
use crate::chain::TestChain;
use crate::database::{ledger_database, ledger_schema};
use crate::follower::{Decision, Follower, PATIENCE};

/// Everything but a ledger.
pub struct World {
    /// The chain.
    pub chain: TestChain,
    /// Issues invoices.
    pub seller: Actor,
    /// Is named as buyer.
    pub buyer: Actor,
    /// Has nothing to do with it.
    pub other: Actor,
    /// The bus.
    pub bus: TestBus,
    /// The pool of ledgers in this process.
    pub database: Database,
    follower: Mutex<Follower>,
    fresh: FreshDatabase,
}

/// A ledger that runs in this process.
pub struct Running {
    /// Where its chain ends.
    pub tips: watch::Receiver<Tip>,
    /// What it is doing.
    pub ready: watch::Receiver<Readiness>,
    /// What tells it to stop.
    pub stopper: Stopper,
    ended: JoinHandle<Result<(), LedgerError>>,
}

impl World {
    /// A new chain on a bus, and nobody who decides yet.
    ///
    /// # Panics
    /// Where the test servers cannot be used.
    pub async fn on(bus: TestBus) -> Self {
        let chain = TestChain::new(Time::from_unix(Clock::system().now() - 1), 1);
        let (fresh, database) = ledger_database(4).await;
        let name = ServiceName::parse("test").expect("a service name");
        let blocks = bus.bus.blocks(name).await.expect("a subscription");
        let genesis = Arc::clone(&chain.genesis);
        let reader = ChainReader::new(database.clone(), ledger_schema(), genesis, Clock::system());
        let follower = Follower::new(&chain.genesis, blocks, reader);
        Self {
            chain,
            seller: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            buyer: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            other: Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa),
            bus,
            database,
            follower: Mutex::new(follower),
            fresh,
        }
    }

    /// The database's address.
    #[must_use]
    pub fn url(&self) -> &str {
        self.fresh.url()
    }

    /// Where nodes keep their last checkpoint outside of this world's database.
    #[must_use]
    pub fn kept(&self) -> KeptCheckpoint {
        kept_beside(self.url())
    }

    /// Starts a ledger in this process, over a connection of its own.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn run(&self, safeguards: Safeguards) -> Running {
        self.run_on(&self.database, safeguards).await
    }

    /// Starts a ledger in this process, on a pool of the test's own.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn run_on(&self, database: &Database, safeguards: Safeguards) -> Running {
        let config = ledger_config(&self.chain, database, self.bus.again(), safeguards);
        let ledger = Ledger::start(config).await.expect("a ledger");
        Running {
            tips: ledger.tips(),
            ready: ledger.readiness(),
            stopper: ledger.stopper(),
            ended: tokio::spawn(ledger.run()),
        }
    }

    /// The chain as others read it.
    #[must_use]
    pub fn reader(&self) -> ChainReader {
        let genesis = Arc::clone(&self.chain.genesis);
        ChainReader::new(self.database.clone(), ledger_schema(), genesis, Clock::system())
    }

    /// The machine's time.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::from_unix(Clock::system().now())
    }

    /// The seller's invoice number with a sequence.
    #[must_use]
    pub fn number(&self, sequence: u64) -> String {
        crate::scenario::number(self.now(), sequence)
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

    /// Signs a body for this chain.
    #[must_use]
    pub fn sign(&self, actor: &Actor, kind: &str, body: &str) -> Signed {
        actor.sign(self.chain.id(), self.now(), kind, body)
    }

    /// Publishes one transition.
    ///
    /// # Panics
    /// Where the bus does not take it.
    pub async fn publish(&self, signed: &Signed) {
        publish(&*self.bus.bus, std::slice::from_ref(signed)).await;
    }

    /// Signs, and expects acceptance.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn accept(&self, actor: &Actor, kind: &str, body: &str) -> Decision {
        let decision = self.decide(&self.sign(actor, kind, body)).await;
        assert!(matches!(decision.outcome, Outcome::Accepted(_)), "{kind}: {:?}", decision.outcome);
        decision
    }

    /// Signs, and expects a refusal.
    ///
    /// # Panics
    /// Where it is accepted, or refused with another code.
    pub async fn refuse(&self, actor: &Actor, kind: &str, body: &str, code: &str) {
        let decision = self.decide(&self.sign(actor, kind, body)).await;
        assert_eq!(decision.code(), Some(code), "{kind}");
    }

    /// Publishes and waits for the decision.
    pub async fn decide(&self, signed: &Signed) -> Decision {
        self.publish(signed).await;
        self.decision(&signed.id).await
    }

    /// Waits for a decision.
    pub async fn decision(&self, id: &TransitionId) -> Decision {
        self.follower.lock().await.decision(id).await
    }

    /// Whoever follows.
    pub async fn follower(&self) -> MutexGuard<'_, Follower> {
        self.follower.lock().await
    }

    /// The last block, as far as was read.
    pub async fn height(&self) -> u64 {
        self.follower.lock().await.height()
    }

    /// Waits until at least so many messages are in quarantine, and returns all of them.
    ///
    /// # Panics
    /// Where they do not get there.
    pub async fn quarantined(&self, messages: usize) -> Vec<Quarantined> {
        let looked = timeout(PATIENCE, async {
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            loop {
                beat.tick().await;
                let found = self.bus.bus.quarantined(2 * messages + 1).await.expect("a look into quarantine");
                if found.len() >= messages {
                    return found;
                }
            }
        });
        looked.await.expect("messages in quarantine in time")
    }

    /// Closes the bus, which ends every ledger of an in-process one, and removes what the test declared.
    pub async fn finish(self) {
        // There is one where a node ran.
        std::fs::remove_file(self.kept().path()).ok();
        self.bus.finish().await;
    }
}

impl Running {
    /// Whether it has ended by itself.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.is_finished()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// Where it does not end, or panics.
    pub async fn end(self) -> Result<(), LedgerError> {
        timeout(PATIENCE, self.ended).await.expect("an end in time").expect("no panic")
    }

    /// Ends it as a crash does: in the middle of whatever it does.
    ///
    /// # Panics
    /// Where it had ended by itself.
    pub async fn drop_it(self) {
        self.ended.abort();
        assert!(self.ended.await.is_err_and(|error| error.is_cancelled()), "it ran until it was dropped");
    }
}

/// The file beside a database, whose name nobody else uses.
pub(crate) fn kept_beside(url: &str) -> KeptCheckpoint {
    let name =
        url.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("the name of a database");
    KeptCheckpoint::new(std::env::temp_dir().join(format!("{name}.checkpoint")))
}

/// What a ledger of a test runs with.
#[must_use]
pub fn ledger_config(
    chain: &TestChain,
    database: &Database,
    bus: Arc<dyn Bus>,
    safeguards: Safeguards,
) -> LedgerConfig {
    LedgerConfig {
        database: database.clone(),
        schema: ledger_schema(),
        bus,
        genesis: Arc::clone(&chain.genesis),
        log_key: Arc::new(chain.log_key()),
        clock: Clock::system(),
        limits: BATCH_LIMITS,
        verified: None,
        safeguards,
        is_watched: false,
        seen: None,
        kept: None,
    }
}

/// Publishes transitions in one message, a line each.
///
/// # Panics
/// Where the bus does not take it.
pub async fn publish(bus: &dyn Bus, transitions: &[Signed]) {
    let lines = transitions.iter().map(|signed| &*signed.jws).collect::<Vec<_>>();
    let count = u32::try_from(lines.len()).expect("a message of few");
    let command = Command { body: lines.join("\n").into_bytes().into(), transitions: count };
    bus.publish_command(command).await.expect("a bus that takes a message");
}
