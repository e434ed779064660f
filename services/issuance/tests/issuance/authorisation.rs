//! Who may do what: every operation of the document, by everybody.

use piao_domain::key::Algorithm;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::platform::table::{self, Call, every_operation_has_a_row};

use crate::support::World;

/// Bureau, issuer, another enterprise, the holder, another person, a node, nobody.
const ROLES: usize = 7;

type Row = table::Row<ROLES>;

const ROLE: &str = "409 role.forbidden";
const UNKNOWN: &str = "401 unknown_party";
const FORBIDDEN: &str = "403 forbidden";
const HIDDEN: &str = "404 not_found";
const NO_TOKEN: &str = "401 unauthorized";

/// Only a bureau may sign it.
const BY_BUREAU: [&str; ROLES] = ["201", ROLE, ROLE, ROLE, ROLE, ROLE, UNKNOWN];
/// Every enterprise may.
const BY_ENTERPRISES: [&str; ROLES] = [FORBIDDEN, "200", "200", FORBIDDEN, FORBIDDEN, FORBIDDEN, NO_TOKEN];
/// The issuer, the holder and a bureau.
const OF_THE_INVOICE: [&str; ROLES] = ["200", "200", HIDDEN, "200", HIDDEN, HIDDEN, NO_TOKEN];

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

    fn callers(&self) -> [&Actor; ROLES] {
        let world = &self.world;
        let node = &world.chain.node;
        [&world.chain.bureau, &world.seller, &world.other, &world.person, &world.stranger, node, &self.nobody]
    }

    fn rows(&self) -> Vec<Row> {
        self.quota_rows().into_iter().chain(self.invoice_rows()).collect()
    }

    fn quota_rows(&self) -> Vec<Row> {
        let (month, granted) = (self.world.now().month(), &self.granted);
        let [grant, refuse] = &self.waiting;
        // What a bureau decides is about an application that the seller made.
        let decide = |operation, of: &Signed, kind: &'static str, rest: &str| {
            let (_, verb) = kind.split_once('.').expect("a type");
            let (id, seller) = (&of.id, &self.world.seller.party);
            let body = format!(r#"{{"application":"{id}","issuer":"{seller}","month":"{month}",{rest}}}"#);
            Row::write(operation, format!("/v1/quotas/{id}:{verb}"), kind, body, BY_BUREAU)
        };
        vec![
            Row::write(
                "POST /v1/quotas",
                "/v1/quotas",
                "quota.apply",
                body::apply(month, 1),
                [ROLE, "201", "201", ROLE, ROLE, ROLE, UNKNOWN],
            ),
            decide("POST /v1/quotas/{id}:grant", grant, "quota.grant", r#""amount":1,"count":1"#),
            decide(
                "POST /v1/quotas/{id}:adjust",
                granted,
                "quota.adjust",
                r#""amount":800000000001,"count":100"#,
            ),
            decide("POST /v1/quotas/{id}:refuse", refuse, "quota.refuse", r#""reason":"test""#),
            Row::read(
                "GET /v1/quotas",
                "/v1/quotas",
                ["200", "200", "200", FORBIDDEN, FORBIDDEN, FORBIDDEN, NO_TOKEN],
            ),
            Row::read(
                "GET /v1/quotas/{id}/entries",
                format!("/v1/quotas/{}/entries", granted.id),
                ["200", "200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, NO_TOKEN],
            ),
        ]
    }

    fn invoice_rows(&self) -> Vec<Row> {
        let (world, number) = (&self.world, &self.number);
        let ask = |operation: &'static str, expect| {
            let (_, path) = operation.split_once(' ').expect("a method and a path");
            let draft = body::issue(&world.number(50), Some(&world.buyer), None);
            Row { operation, path: path.to_owned(), call: Call::Ask(draft), expect }
        };
        vec![
            Row::write(
                "POST /v1/invoices",
                "/v1/invoices",
                "invoice.issue",
                body::issue(&world.number(10), Some(&world.buyer), None),
                [ROLE, "201", "409 number.outside_segment", ROLE, ROLE, ROLE, UNKNOWN],
            ),
            ask("POST /v1/invoices:prepare", BY_ENTERPRISES),
            ask("POST /v1/invoices:check", BY_ENTERPRISES),
            Row::read(
                "GET /v1/invoices",
                "/v1/invoices",
                ["200", "200", "200", "200", "200", FORBIDDEN, NO_TOKEN],
            ),
            Row::read("GET /v1/invoices/{number}", format!("/v1/invoices/{number}"), OF_THE_INVOICE),
            Row::read(
                "GET /v1/invoices/{number}/history",
                format!("/v1/invoices/{number}/history"),
                OF_THE_INVOICE,
            ),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_for_those_it_is_for() {
    let stage = Stage::start().await;
    let rows = stage.rows();
    every_operation_has_a_row(&piao_issuance::openapi(), &rows);
    stage.world.check_table(stage.callers(), &rows).await;
    stage.world.stop().await;
}
