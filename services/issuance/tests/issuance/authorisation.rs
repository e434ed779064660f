//! Who may do what: every operation of the document, by everybody.

use piao_domain::key::Algorithm;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::platform::ROLES;
use piao_testkit::platform::table::{self, Call, every_operation_has_a_row};

use crate::support::World;

type Row = table::Row<ROLES>;

const NO: &str = "409 role.forbidden";
const UNKNOWN: &str = "401 unknown_party";
const FORBIDDEN: &str = "403 forbidden";
const HIDDEN: &str = "404 not_found";
const NO_TOKEN: &str = "401 unauthorized";

/// Only a bureau may sign it.
const BY_BUREAU: [&str; ROLES] = ["201", NO, NO, NO, NO, NO, NO, NO, NO, UNKNOWN];
/// Only enterprises may read it; what a bureau is answered.
const fn by_enterprises(bureau: &'static str) -> [&'static str; ROLES] {
    [bureau, "200", "200", "200", "200", "200", FORBIDDEN, FORBIDDEN, FORBIDDEN, NO_TOKEN]
}
/// Only enterprises may sign it: what the issuer is answered, and every other.
const fn signed_by_enterprises(other: &'static str) -> [&'static str; ROLES] {
    [NO, "201", other, other, other, other, NO, NO, NO, UNKNOWN]
}
/// The issuer and a bureau.
const OF_THE_QUOTA: [&str; ROLES] =
    ["200", "200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, NO_TOKEN];
/// The issuer, the named buyer, whoever locked it, whom it is presented to, the holder and a bureau.
const OF_THE_INVOICE: [&str; ROLES] =
    ["200", "200", "200", "200", "200", HIDDEN, "200", HIDDEN, HIDDEN, NO_TOKEN];
/// A list of one's own, for everybody who can have any.
const OWN: [&str; ROLES] = ["200", "200", "200", "200", "200", "200", "200", "200", FORBIDDEN, NO_TOKEN];

struct Stage {
    world: World,
    owner: Actor,
    presented: Actor,
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
        let owner = Actor::new("uscc:91110000802100433B", Algorithm::Es256k);
        let presented = Actor::new("uscc:91440300192181490G", Algorithm::EdDsa);
        let nobody = Actor::person("nobody", Algorithm::Es256k);
        let number = world.number(1);
        let stage = Self { world, owner, presented, nobody, granted, waiting: [first, second], number };
        stage.bring_about().await;
        stage
    }

    /// An invoice that names a buyer, is held by a person and presented to one enterprise, and was settled by another, to
    /// which it is presented no longer.
    async fn bring_about(&self) {
        let Self { world, owner, presented, number, .. } = self;
        let bureau = &world.chain.bureau;
        world.join(owner).await;
        world.join(presented).await;
        let anybody = body::rules(2).replace(r#""buyer_only":true"#, r#""buyer_only":false"#);
        world.accept(bureau, "rules.deploy", &anybody).await;
        let today = world.now().date().to_string();
        world.accept(bureau, "rules.activate", &body::activate(2, &today)).await;
        let secret = ClaimSecret::from_seed(&[7; 32]);
        let key = base64url::encode(secret.key().as_bytes());
        let issue = body::issue(number, Some(&world.buyer), Some(&key));
        world.accept(&world.seller, "invoice.issue", &issue).await;
        world.claim(number, &secret, &world.person).await;
        world.accept(&world.person, "claim.present", &body::present(number, presented)).await;
        world.accept(&world.person, "claim.present", &body::present(number, owner)).await;
        let lock = world.accept(owner, "reimbursement.lock", &body::lock(number, "BX-1")).await;
        world.accept(owner, "booking.book", &body::book(number)).await;
        world.accept(owner, "reimbursement.settle", &body::use_lock(number, &lock.id, 1)).await;
        world.accept(&world.person, "claim.withdraw", &body::present(number, owner)).await;
    }

    /// In the order of [`ROLES`].
    fn callers(&self) -> [&Actor; ROLES] {
        let Self { world, owner, presented, nobody, .. } = self;
        let World { seller, buyer, other, person, stranger, .. } = world;
        let chain = &world.chain;
        [&chain.bureau, seller, buyer, owner, presented, other, person, stranger, &chain.node, nobody]
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
                signed_by_enterprises("201"),
            ),
            decide("POST /v1/quotas/{id}:grant", grant, "quota.grant", r#""amount":1,"count":1"#),
            decide(
                "POST /v1/quotas/{id}:adjust",
                granted,
                "quota.adjust",
                r#""amount":800000000001,"count":100"#,
            ),
            decide("POST /v1/quotas/{id}:refuse", refuse, "quota.refuse", r#""reason":"test""#),
            Row::read("GET /v1/quotas", "/v1/quotas", by_enterprises("200")),
            Row::read(
                "GET /v1/quotas/{id}/entries",
                format!("/v1/quotas/{}/entries", granted.id),
                OF_THE_QUOTA,
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
                signed_by_enterprises("409 number.outside_segment"),
            ),
            ask("POST /v1/invoices:prepare", by_enterprises(FORBIDDEN)),
            ask("POST /v1/invoices:check", by_enterprises(FORBIDDEN)),
            Row::read("GET /v1/invoices", "/v1/invoices", OWN),
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
