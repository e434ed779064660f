//! The platform with every service, and what the tests on it share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use piao_bus::ServiceName;
use piao_chain::execute::Safeguards;
use piao_client::{Client, Endpoints, Identity};
use piao_domain::ids::TransitionId;
use piao_ledger::ChainReader;
use piao_protocol::export::read_block_line;
use piao_protocol::jws::{SigningKey, Unverified};
use piao_protocol::receipt::Receipt;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::follower::{Follower, PATIENCE};
use piao_testkit::given;
use piao_testkit::platform::{Carrier, Given, Options, TestPlatform};
use piao_testkit::replay;
use piao_testkit::scenario::Phase;
use piao_testkit::world::publish;
use tokio::time::timeout;

/// Every service, by its crate.
fn services() -> [Given; 5] {
    [
        given!(piao_registry),
        given!(piao_rules),
        given!(piao_issuance),
        given!(piao_claims),
        given!(piao_reimbursement),
    ]
}

/// Transitions in a message, where a test publishes by itself.
const MESSAGE: usize = 100;

/// Starts everything on PostgreSQL and RabbitMQ.
pub(crate) async fn start() -> TestPlatform {
    start_guarded(Safeguards::ALL).await
}

/// As [`start`], with a ledger from which a test has taken checks away.
pub(crate) async fn start_guarded(safeguards: Safeguards) -> TestPlatform {
    let options = Options { carrier: Carrier::RabbitMq, connections: 16, safeguards };
    TestPlatform::start_with(&services(), options).await
}

/// Somebody who follows the chain beside the services.
pub(crate) async fn follower(platform: &TestPlatform) -> Follower {
    let name = ServiceName::parse("test").unwrap();
    let blocks = platform.bus.blocks(name).await.unwrap();
    Follower::new(&platform.chain.genesis, blocks, platform.reader.clone())
}

/// A client over connections of its own that acts as an actor, or as nobody.
pub(crate) fn client(platform: &TestPlatform, actor: Option<&Actor>) -> Client {
    let endpoints = Endpoints::one(&platform.base()).unwrap();
    Client::new(endpoints, platform.chain.id().clone(), actor.map(identity)).unwrap()
}

/// An actor as the client knows it.
pub(crate) fn identity(actor: &Actor) -> Identity {
    let key = SigningKey::from_secret(actor.key.public().algorithm(), &actor.key.secret()).unwrap();
    Identity::new(actor.party.clone(), key)
}

/// Decides phases over the bus alone, each accepted as a whole before the next begins, then waits until every service
/// has heard of it.
pub(crate) async fn decide(platform: &TestPlatform, follower: &mut Follower, phases: &[Phase]) {
    for phase in phases {
        let began = Instant::now();
        for message in phase.transitions.chunks(MESSAGE) {
            publish(&*platform.bus, message).await;
        }
        let ids = ids(&phase.transitions);
        follower.all(&ids).await;
        let refused =
            ids.iter().map(|id| &follower.decisions()[id]).find(|decision| decision.code().is_some());
        assert!(refused.is_none(), "{}: {refused:?}", phase.name);
        println!("{}: {} transitions in {:?}", phase.name, ids.len(), began.elapsed());
    }
    let began = Instant::now();
    reach(platform, follower.height()).await;
    println!("every service has followed after {:?}", began.elapsed());
}

/// Waits until every service has applied a height.
pub(crate) async fn reach(platform: &TestPlatform, height: u64) {
    let reached = async {
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        for name in ["registry", "rules", "issuance", "claims", "reimbursement"] {
            while platform.edge(name).height().is_none_or(|at| at < height) {
                beat.tick().await;
            }
        }
    };
    timeout(PATIENCE, reached).await.expect("services that follow");
}

/// Every receipt as the ledger's blocks have it.
pub(crate) async fn receipts(reader: &ChainReader) -> BTreeMap<TransitionId, Receipt> {
    let mut receipts = BTreeMap::new();
    for line in replay::lines(reader).await {
        let (header, transitions, outcomes) =
            read_block_line(std::str::from_utf8(&line).unwrap().trim_end()).unwrap();
        for (index, (jws, outcome)) in (header.first()..).zip(transitions.into_iter().zip(outcomes)) {
            let transition = Unverified::parse(jws).unwrap().id();
            let (height, block, time) = (header.height(), header.hash(), header.time());
            let receipt = Receipt { transition, outcome, height, index, block, time };
            assert!(receipts.insert(transition, receipt).is_none(), "{transition} decided twice");
        }
    }
    receipts
}

pub(crate) fn ids(transitions: &[Signed]) -> Vec<TransitionId> {
    transitions.iter().map(|signed| signed.id).collect()
}

/// A transition that the testkit signed, as the client sends it.
pub(crate) fn ready(signed: &Signed) -> piao_client::Signed {
    piao_client::Signed::parse(Arc::clone(&signed.jws), None).unwrap()
}

/// The middle and the slow end of some times.
pub(crate) fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    format!("p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100))
}
