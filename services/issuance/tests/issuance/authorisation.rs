//! Who may do what: every operation of the document, by everybody.

use std::collections::BTreeSet;

use piao_domain::key::Algorithm;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::platform::table::operations;

use crate::support::World;

/// An operation, and its status for bureau, issuer, another enterprise, holder, another person, node and nobody.
const ROWS: &[(&str, [u16; 7])] = &[
    ("POST /v1/quotas", [409, 201, 201, 409, 409, 409, 401]),
    ("POST /v1/quotas/{id}:grant", [201, 409, 409, 409, 409, 409, 401]),
    ("POST /v1/quotas/{id}:adjust", [201, 409, 409, 409, 409, 409, 401]),
    ("POST /v1/quotas/{id}:refuse", [201, 409, 409, 409, 409, 409, 401]),
    ("GET /v1/quotas", [200, 200, 200, 403, 403, 403, 401]),
    ("GET /v1/quotas/{id}/entries", [200, 200, 404, 404, 404, 404, 401]),
    ("POST /v1/invoices", [409, 201, 409, 409, 409, 409, 401]),
    ("POST /v1/invoices:prepare", [403, 200, 200, 403, 403, 403, 401]),
    ("POST /v1/invoices:check", [403, 200, 200, 403, 403, 403, 401]),
    ("GET /v1/invoices", [200, 200, 200, 200, 200, 403, 401]),
    ("GET /v1/invoices/{number}", [200, 200, 404, 200, 404, 404, 401]),
    ("GET /v1/invoices/{number}/history", [200, 200, 404, 200, 404, 404, 401]),
];

struct Stage {
    world: World,
    nobody: Actor,
    granted: Signed,
    waiting: [Signed; 2],
    number: String,
}

impl Stage {
    async fn start() -> Self {
        let world = World::start().await;
        let granted = world.quota(100).await;
        let beyond = body::apply(world.now().month(), 2_000_000);
        let first = world.accept(&world.seller, "quota.apply", &beyond).await;
        let second = world.accept(&world.seller, "quota.apply", &beyond).await;
        let (number, secret) = world.issue(1).await;
        world.claim(&number, &secret, &world.person).await;
        let nobody = Actor::person("nobody", Algorithm::Es256k);
        Self { world, nobody, granted, waiting: [first, second], number }
    }

    fn callers(&self) -> [&Actor; 7] {
        let world = &self.world;
        let node = &world.chain.node;
        [&world.chain.bureau, &world.seller, &world.other, &world.person, &world.stranger, node, &self.nobody]
    }

    /// The path, type and body of an operation; nothing to sign for a question. Invoices have numbers of their own.
    fn request(&self, operation: &str, place: u64) -> (String, Option<(&'static str, String)>) {
        let world = &self.world;
        let [grant, refuse] = &self.waiting;
        let target = |of: &Signed| {
            let month = world.now().month();
            format!(r#""application":"{}","issuer":"{}","month":"{month}""#, of.id, world.seller.party)
        };
        let (_, path) = operation.split_once(' ').unwrap();
        let (id, signed) = match operation {
            "POST /v1/quotas" => (&self.granted, Some(("quota.apply", body::apply(world.now().month(), 1)))),
            "POST /v1/quotas/{id}:grant" => {
                (grant, Some(("quota.grant", format!(r#"{{{},"amount":1,"count":1}}"#, target(grant)))))
            }
            "POST /v1/quotas/{id}:adjust" => {
                let body = format!(r#"{{{},"amount":800000000001,"count":100}}"#, target(&self.granted));
                (&self.granted, Some(("quota.adjust", body)))
            }
            "POST /v1/quotas/{id}:refuse" => {
                (refuse, Some(("quota.refuse", format!(r#"{{{},"reason":"test"}}"#, target(refuse)))))
            }
            "POST /v1/invoices" => {
                let body = body::issue(&world.number(10 + place), Some(&world.buyer), None);
                (&self.granted, Some(("invoice.issue", body)))
            }
            _ => (&self.granted, None),
        };
        (path.replace("{id}", &id.id.to_string()).replace("{number}", &self.number), signed)
    }

    async fn status(&self, operation: &str, place: usize) -> u16 {
        let (world, caller) = (&self.world, self.callers()[place]);
        let (path, signed) = self.request(operation, place as u64);
        let draft = body::issue(&world.number(50), Some(&world.buyer), None);
        let answer = match signed {
            Some((kind, body)) => world.submit_as(caller, &path, kind, &body).await,
            None if operation.starts_with("POST") => world.post(&path).by(caller).json(draft).send().await,
            None => world.get(&path).by(caller).send().await,
        };
        answer.status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_for_those_it_is_for() {
    let stage = Stage::start().await;
    for (operation, expect) in ROWS {
        // The bureau last: what it decides can be decided once.
        for place in (0..7).rev() {
            let status = stage.status(operation, place).await;
            assert_eq!(status, expect[place], "{operation} by {}", stage.callers()[place].party);
        }
        let (path, signed) = stage.request(operation, 0);
        if signed.is_none() {
            let request = if operation.starts_with("POST") {
                stage.world.post(&path).json("{}")
            } else {
                stage.world.get(&path)
            };
            assert_eq!(
                request.send().await.code(),
                (401, "unauthorized".to_owned()),
                "{operation} without a token"
            );
        }
    }
    stage.world.stop().await;
}

#[test]
fn every_operation_has_a_row() {
    let rows: BTreeSet<String> = ROWS.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(operations(&piao_issuance::openapi()), rows);
}
