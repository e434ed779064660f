//! Every operation of the document × every role.

use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::body;

use piao_testkit::platform::TestPlatform;
use piao_testkit::platform::table::{Call, every_operation_has_a_row};

/// Who asks beside the bureau and the node of the chain, in the order of the columns below.
struct Roles {
    /// The enterprise that is asked about.
    owner: Actor,
    other_enterprise: Actor,
    holder: Actor,
    other_person: Actor,
    /// Not registered.
    nobody: Actor,
}

impl Roles {
    fn new() -> Self {
        Self {
            owner: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            other_enterprise: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            holder: Actor::person("holder", Algorithm::EdDsa),
            other_person: Actor::person("other", Algorithm::Es256k),
            nobody: Actor::new("uscc:9144030071526726XG", Algorithm::Es256),
        }
    }

    fn each<'a>(&'a self, platform: &'a TestPlatform) -> [&'a Actor; 7] {
        let Self { owner, other_enterprise, holder, other_person, nobody } = self;
        let (bureau, node) = (&platform.chain.bureau, &platform.chain.node);
        [bureau, owner, other_enterprise, holder, other_person, node, nobody]
    }

    async fn join(&self, platform: &TestPlatform) {
        for actor in [&self.owner, &self.other_enterprise, &self.holder, &self.other_person] {
            platform.join(actor).await;
        }
    }
}

type Row = piao_testkit::platform::table::Row<7>;

const FORBIDDEN: &str = "409 role.forbidden";
const UNKNOWN: &str = "401 unknown_party";
const NO_TOKEN: &str = "401 unauthorized";

/// Only a bureau may sign it.
const BY_BUREAU: [&str; 7] = ["201", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, UNKNOWN];

/// Every party may read rules: whoever is bound by them must know them.
const BY_PARTIES: [&str; 7] = ["200", "200", "200", "200", "200", "200", NO_TOKEN];

fn rows(roles: &Roles, today: &str) -> Vec<Row> {
    let write = |operation, path: &str, kind, body: String| Row {
        operation,
        path: path.to_owned(),
        call: Call::Write(kind, body),
        expect: BY_BUREAU,
    };
    let read = |operation, path: &str| Row {
        operation,
        path: path.to_owned(),
        call: Call::Read,
        expect: BY_PARTIES,
    };
    let binding = format!("/v1/rule-sets:binding?enterprise={}", roles.owner.party);
    vec![
        write("POST /v1/rule-sets", "/v1/rule-sets", "rules.deploy", body::rules(1)),
        write(
            "POST /v1/rule-sets/{id}/{version}:activate",
            "/v1/rule-sets/test/1:activate",
            "rules.activate",
            body::activate(1, today),
        ),
        read("GET /v1/rule-sets", "/v1/rule-sets"),
        read("GET /v1/rule-sets/{id}/{version}", "/v1/rule-sets/test/1"),
        read("GET /v1/rule-sets:binding", &binding),
        write(
            "POST /v1/rule-sets/{id}/{version}:retire",
            "/v1/rule-sets/test/1:retire",
            "rules.retire",
            r#"{"id":"test","version":1}"#.to_owned(),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_is_its_own() {
    let platform = crate::platform().await;
    let roles = Roles::new();
    roles.join(&platform).await;
    let rows = rows(&roles, &platform.now().date().to_string());
    every_operation_has_a_row(&piao_rules::openapi(), &rows);
    platform.check_table(roles.each(&platform), &rows).await;
    platform.stop().await;
}
