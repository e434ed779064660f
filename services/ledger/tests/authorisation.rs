//! Every operation of the ledger by every role, and what a block by itself looks like.

use std::collections::BTreeSet;
use std::time::Duration;

use piao_domain::key::Algorithm;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::platform::TestPlatform;

/// Bureau, node, the signer, who is named, another enterprise, one registered nowhere, and nobody at all.
const ROLES: usize = 7;

/// An operation and what each role is answered: a status, and a code where there is one.
struct Row {
    operation: &'static str,
    path: String,
    expect: [&'static str; ROLES],
}

struct World {
    platform: TestPlatform,
    seller: Actor,
    buyer: Actor,
    other: Actor,
    stranger: Actor,
    invoice: Signed,
}

const CONCERNED: [&str; ROLES] =
    ["200", "200", "200", "200", "404 not_found", "401 unauthorized", "401 unauthorized"];
const OURS: [&str; ROLES] =
    ["200", "200", "403 forbidden", "403 forbidden", "403 forbidden", "401 unauthorized", "401 unauthorized"];
const PUBLIC: [&str; ROLES] = ["200"; ROLES];

impl World {
    async fn start() -> Self {
        let platform = TestPlatform::start(&[]).await;
        let seller = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
        let buyer = Actor::new("uscc:914403001922038216", Algorithm::Es256);
        let other = Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa);
        let stranger = Actor::new("uscc:91440300708437873H", Algorithm::Es256);
        let bureau = &platform.chain.bureau;
        for enterprise in [&seller, &buyer, &other] {
            platform.accept(bureau, "party.register", &body::register(enterprise)).await;
        }
        platform.accept(bureau, "rules.deploy", &body::rules(1)).await;
        let today = platform.now().date().to_string();
        platform.accept(bureau, "rules.activate", &body::activate(1, &today)).await;
        platform.accept(&seller, "quota.apply", &body::apply(platform.now().month(), 10)).await;
        let number = format!("{:02}950{:015}", platform.now().month().short_year(), 1);
        let invoice =
            platform.accept(&seller, "invoice.issue", &body::issue(&number, Some(&buyer), None)).await;
        Self { platform, seller, buyer, other, stranger, invoice }
    }

    fn roles(&self) -> [Option<&Actor>; ROLES] {
        let chain = &self.platform.chain;
        [
            Some(&chain.bureau),
            Some(&chain.node),
            Some(&self.seller),
            Some(&self.buyer),
            Some(&self.other),
            Some(&self.stranger),
            None,
        ]
    }

    fn rows(&self) -> Vec<Row> {
        let id = &self.invoice.id;
        let row = |operation, path: String, expect| Row { operation, path, expect };
        vec![
            row("GET /v1/transitions/{id}", format!("/v1/transitions/{id}"), CONCERNED),
            row("GET /v1/transitions/{id}/proof", format!("/v1/transitions/{id}/proof"), CONCERNED),
            row("GET /v1/blocks", "/v1/blocks?from=0&limit=2".to_owned(), OURS),
            row("GET /v1/blocks/{height}", "/v1/blocks/1".to_owned(), OURS),
            row("GET /log/checkpoint", "/log/checkpoint".to_owned(), PUBLIC),
            row("GET /log/tile/{path}", "/log/tile/0/000.p/1".to_owned(), PUBLIC),
        ]
    }

    async fn check(&self, row: &Row) {
        for (role, expect) in self.roles().into_iter().zip(row.expect) {
            let request = self.platform.get(&row.path);
            let request = if let Some(actor) = role { request.by(actor) } else { request };
            let answer = request.send().await;
            let (status, code) = answer.code();
            let who = role.map(|actor| actor.party.to_string()).unwrap_or_default();
            assert_eq!(
                format!("{status} {code}").trim_end(),
                expect,
                "{} by {who}: {}",
                row.path,
                answer.body
            );
        }
    }

    /// Waits until a checkpoint covers the invoice, so that its proof can be had.
    async fn checkpointed(&self) {
        let path = format!("/v1/transitions/{}/proof", self.invoice.id);
        let covered = async {
            let mut due = tokio::time::interval(Duration::from_millis(50));
            loop {
                due.tick().await;
                if self.platform.get(&path).by(&self.seller).send().await.status == 200 {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), covered).await.expect("a checkpoint in time");
    }
}

/// `POST /v1/transitions` needs no token: the signature says who it is.
async fn every_role_submits(world: &World) {
    let month = world.platform.now().month();
    let expect = ["409 role.forbidden", "409 role.forbidden", "201", "201", "201", "401 unknown_party"];
    for (actor, expect) in world.roles().into_iter().flatten().zip(expect) {
        let signed = world.platform.sign(actor, "quota.apply", &body::apply(month, 1));
        let answer = world.platform.submit("/v1/transitions", &signed, None).await;
        let (status, code) = answer.code();
        assert_eq!(format!("{status} {code}").trim_end(), expect, "by {}: {}", actor.party, answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_it_should() {
    let world = World::start().await;
    let rows = world.rows();
    let document: serde_json::Value =
        serde_json::to_value(piao_ledger::openapi()).expect("a document is JSON");
    let paths = document["paths"].as_object().expect("paths");
    let documented = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("operations").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let tested = rows.iter().map(|row| row.operation.to_owned()).chain(["POST /v1/transitions".to_owned()]);
    assert_eq!(documented.collect::<BTreeSet<_>>(), tested.collect::<BTreeSet<_>>());
    world.checkpointed().await;
    for row in &rows {
        world.check(row).await;
    }
    every_role_submits(&world).await;
    world.platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_by_itself_is_the_line_that_an_export_has() {
    let world = World::start().await;
    let bureau = &world.platform.chain.bureau;
    let get = async |path: &str| world.platform.get(path).by(bureau).send().await;
    let lines = get("/v1/blocks?from=0&limit=500").await.body;
    for (height, line) in lines.lines().enumerate() {
        let answer = get(&format!("/v1/blocks/{height}")).await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.ok()["header"]["height"], height);
        assert_eq!(answer.body.trim_end(), line);
    }
    let next = lines.lines().count();
    assert!(next > 6, "{next} blocks");
    let check = async |height: &str, expect: (u16, &str)| {
        let (status, code) = get(&format!("/v1/blocks/{height}")).await.code();
        assert_eq!((status, code.as_str()), expect, "{height}");
    };
    check(&next.to_string(), (404, "not_found")).await;
    check("18446744073709551615", (404, "not_found")).await;
    check("01", (422, "schema")).await;
    check("-1", (422, "schema")).await;
    check("x", (422, "schema")).await;
    world.platform.stop().await;
}
