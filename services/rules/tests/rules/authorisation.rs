//! Every operation of the document × every role.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::body;

use crate::stage::Stage;

/// Who asks, in the order of the columns below.
struct Roles {
    bureau: Actor,
    /// The enterprise that is asked about.
    owner: Actor,
    other_enterprise: Actor,
    holder: Actor,
    other_person: Actor,
    node: Actor,
    /// Not registered.
    nobody: Actor,
}

impl Roles {
    fn new(stage: &Stage) -> Self {
        let again = |actor: &Actor, algorithm| Actor::new(&actor.party.to_string(), algorithm);
        Self {
            bureau: again(&stage.chain.bureau, Algorithm::Es256k),
            owner: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            other_enterprise: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            holder: Actor::person("holder", Algorithm::EdDsa),
            other_person: Actor::person("other", Algorithm::Es256k),
            node: again(&stage.chain.node, Algorithm::EdDsa),
            nobody: Actor::new("uscc:9144030071526726XG", Algorithm::Es256),
        }
    }

    fn each(&self) -> [&Actor; 7] {
        let Self { bureau, owner, other_enterprise, holder, other_person, node, nobody } = self;
        [bureau, owner, other_enterprise, holder, other_person, node, nobody]
    }

    async fn join(&self, stage: &Stage) {
        for actor in [&self.owner, &self.other_enterprise, &self.holder, &self.other_person] {
            stage.join(actor).await;
        }
    }
}

/// What each role is answered.
struct Row {
    operation: &'static str,
    path: String,
    /// Type and body of what is posted; nothing where it is a read.
    writes: Option<(&'static str, String)>,
    expect: [&'static str; 7],
}

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
        writes: Some((kind, body)),
        expect: BY_BUREAU,
    };
    let read =
        |operation, path: &str| Row { operation, path: path.to_owned(), writes: None, expect: BY_PARTIES };
    let binding = format!("/v1/rule-sets:binding?enterprise={}", roles.owner.party);
    vec![
        write("post /v1/rule-sets", "/v1/rule-sets", "rules.deploy", body::rules(1)),
        write(
            "post /v1/rule-sets/{id}/{version}:activate",
            "/v1/rule-sets/test/1:activate",
            "rules.activate",
            body::activate(1, today),
        ),
        read("get /v1/rule-sets", "/v1/rule-sets"),
        read("get /v1/rule-sets/{id}/{version}", "/v1/rule-sets/test/1"),
        read("get /v1/rule-sets:binding", &binding),
        write(
            "post /v1/rule-sets/{id}/{version}:retire",
            "/v1/rule-sets/test/1:retire",
            "rules.retire",
            r#"{"id":"test","version":1}"#.to_owned(),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_is_its_own() {
    let stage = Stage::start().await;
    let roles = Roles::new(&stage);
    roles.join(&stage).await;
    let ask = async |row: &Row, actor: &Actor| match &row.writes {
        Some((kind, body)) => stage.submit(actor, &row.path, kind, body).await.said(),
        None => stage.get(Some(actor), &row.path).await.said(),
    };
    let rows = rows(&roles, &stage.now().date().to_string());
    for row in &rows {
        for (actor, expect) in roles.each().into_iter().zip(row.expect).take(6) {
            assert_eq!(ask(row, actor).await, expect, "{} by {}", row.operation, actor.party);
        }
    }
    // Each is waited for two seconds, in case that it is registered just now: all at once.
    let strangers = join_all(rows.iter().map(async |row| (row, ask(row, &roles.nobody).await)));
    for (row, said) in strangers.await {
        assert_eq!(said, row.expect[6], "{} by nobody", row.operation);
    }
    let bare = join_all(rows.iter().filter(|row| row.writes.is_none()).map(|row| stage.get(None, &row.path)));
    for answer in bare.await {
        assert_eq!(answer.said(), NO_TOKEN, "without a token");
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_has_a_row() {
    let stage = Stage::start().await;
    let tested: BTreeSet<String> =
        rows(&Roles::new(&stage), "2026-01-01").iter().map(|row| row.operation.to_owned()).collect();
    let document = serde_json::to_value(piao_rules::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let offered: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(tested, offered);
    stage.stop().await;
}
