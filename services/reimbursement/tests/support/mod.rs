//! One service on a platform of its own, with everybody who acts in these tests.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

mod parties;

use std::time::Duration;

use piao_domain::ids::TransitionId;
use piao_domain::time::Time;
use piao_protocol::receipt::Receipt;
use piao_testkit::actor::{Actor, Signed};
pub use piao_testkit::platform::{Answer, Given, ROLES, Roles, TestPlatform};

/// A service under test and everything behind it.
pub struct World {
    pub platform: TestPlatform,
    pub parties: Roles,
}

impl World {
    /// Starts a service, registers everybody, activates rules and grants the seller its numbers.
    pub async fn start(given: Given) -> Self {
        let world = Self { platform: TestPlatform::start(&[given]).await, parties: Roles::new() };
        world.prepare().await;
        world
    }

    /// The number of an invoice of the seller's segment.
    pub fn number(&self, sequence: u64) -> String {
        format!("{:02}950{sequence:015}", self.platform.now().month().short_year())
    }

    /// Signs and gives it to the ledger past the service, which accepts it.
    pub async fn accept(&self, actor: &Actor, kind: &str, body: &str) -> Receipt {
        let signed = self.platform.accept(actor, kind, body).await;
        self.decided(&signed.id).await
    }

    /// The receipt of a transition, once it is decided.
    pub async fn decided(&self, id: &TransitionId) -> Receipt {
        let found = async {
            let mut due = tokio::time::interval(Duration::from_millis(5));
            loop {
                due.tick().await;
                if let Some(decided) = self.platform.reader.decided(id).await.expect("a readable chain") {
                    return decided.receipt;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), found).await.expect("it is decided in time")
    }

    /// Signs and posts.
    pub async fn submit(&self, path: &str, actor: &Actor, kind: &str, body: &str) -> Answer {
        self.platform.submit_as(actor, path, kind, body).await
    }

    /// Posts what was signed, and waits for the decision.
    pub async fn post(&self, path: &str, signed: &Signed) -> Answer {
        self.platform.submit(path, signed, None).await
    }

    /// Posts what was signed, and waits for nothing.
    pub async fn post_without_waiting(&self, path: &str, signed: &Signed) -> Answer {
        let body = format!(r#"{{"transition":"{}"}}"#, signed.jws);
        self.platform.post(path).header("prefer", "wait=0").json(body).send().await
    }

    pub async fn get(&self, path: &str, caller: &Actor) -> Answer {
        self.platform.get(path).by(caller).send().await
    }

    pub async fn ask(&self, path: &str, caller: &Actor, question: &str) -> Answer {
        self.platform.post(path).by(caller).json(question).send().await
    }

    /// Waits until a time is over by the machine's clock; a few seconds at most.
    pub async fn pass(&self, time: Time) {
        let passed = async {
            let mut due = tokio::time::interval(Duration::from_millis(20));
            while self.platform.now() <= time {
                due.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), passed).await.expect("a time that is near");
    }

    pub async fn stop(self) {
        self.platform.stop().await;
    }
}

/// The rows of a list, each by one member.
pub fn column(answer: &Answer, member: &str) -> Vec<String> {
    let page = answer.ok();
    let rows = page["data"].as_array().unwrap_or_else(|| panic!("{page}"));
    rows.iter().map(|row| row[member].as_str().unwrap_or_default().to_owned()).collect()
}

/// Fails unless an answer is a problem with this code and this pointer first.
pub fn schema(answer: &Answer, pointer: &str) {
    assert_eq!(answer.code(), (422, "schema".to_owned()), "{}", answer.body);
    assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.body);
}
