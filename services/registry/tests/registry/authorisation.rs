//! Every operation of the document × every role.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use piao_domain::key::Algorithm;
use piao_protocol::jwk::kid;
use piao_testkit::actor::Actor;
use piao_testkit::body;

use crate::stage::Stage;

/// Who asks, in the order of the columns below.
struct Roles {
    bureau: Actor,
    /// The enterprise that the rows are about.
    owner: Actor,
    other_enterprise: Actor,
    /// The person that the rows are about.
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
        for enterprise in [&self.owner, &self.other_enterprise] {
            stage.accept(&self.bureau, "/v1/parties", "party.register", &body::register(enterprise)).await;
        }
        for person in [&self.holder, &self.other_person] {
            let enroll = format!(r#"{{"key":{}}}"#, person.jwk_json());
            stage.accept(person, "/v1/parties", "party.enroll", &enroll).await;
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
const ELSE: &str = "422 schema";
const NO_TOKEN: &str = "401 unauthorized";
const HIDDEN: &str = "404 not_found";

/// Only a bureau may sign it.
const BY_BUREAU: [&str; 7] = ["201", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, UNKNOWN];

/// In the order in which they are asked.
fn rows(roles: &Roles) -> Vec<Row> {
    [reads(roles), party_writes(roles), key_writes(roles)].into_iter().flatten().collect()
}

fn reads(roles: &Roles) -> Vec<Row> {
    let of = |actor: &Actor, expect| Row {
        operation: "get /v1/parties/{party}",
        path: format!("/v1/parties/{}", actor.party),
        writes: None,
        expect,
    };
    const NO_BUREAU: &str = "403 forbidden";
    vec![
        Row {
            operation: "get /v1/parties",
            path: "/v1/parties".to_owned(),
            writes: None,
            expect: ["200", NO_BUREAU, NO_BUREAU, NO_BUREAU, NO_BUREAU, NO_BUREAU, NO_TOKEN],
        },
        of(&roles.owner, ["200", "200", "200", "200", "200", "200", NO_TOKEN]),
        of(&roles.holder, ["200", HIDDEN, HIDDEN, "200", HIDDEN, HIDDEN, NO_TOKEN]),
        of(&roles.bureau, ["200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, NO_TOKEN]),
        of(&roles.node, ["200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, "200", NO_TOKEN]),
    ]
}

fn write(
    operation: &'static str,
    path: String,
    (kind, body): (&'static str, String),
    expect: [&'static str; 7],
) -> Row {
    Row { operation, path, writes: Some((kind, body)), expect }
}

fn party_writes(roles: &Roles) -> Vec<Row> {
    let owner = format!("/v1/parties/{}", roles.owner.party);
    let reason = format!(r#"{{"party":"{}","reason":"audit"}}"#, roles.owner.party);
    let newcomer = Actor::new("uscc:91110000710925462X", Algorithm::Es256k);
    let enroll = format!(r#"{{"key":{}}}"#, roles.holder.jwk_json());
    vec![
        write(
            "post /v1/parties",
            "/v1/parties".to_owned(),
            ("party.register", body::register(&newcomer)),
            BY_BUREAU,
        ),
        // Nobody enrolls by another's key.
        write(
            "post /v1/parties",
            "/v1/parties".to_owned(),
            ("party.enroll", enroll),
            [ELSE, ELSE, ELSE, "409 party.exists", ELSE, ELSE, ELSE],
        ),
        write(
            "post /v1/parties/{party}:suspend",
            format!("{owner}:suspend"),
            ("party.suspend", reason.clone()),
            ["201", "409 party.suspended", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, UNKNOWN],
        ),
        write(
            "post /v1/parties/{party}:reinstate",
            format!("{owner}:reinstate"),
            ("party.reinstate", reason),
            BY_BUREAU,
        ),
    ]
}

fn key_writes(roles: &Roles) -> Vec<Row> {
    let owner = format!("/v1/parties/{}", roles.owner.party);
    let party = format!(r#""party":"{}""#, roles.owner.party);
    let jwk = |label: &str| Actor::person(label, Algorithm::EdDsa).jwk_json();
    let kid = kid(&roles.owner.key.id());
    // The URL names whose keys they are, and a transition of somebody else is about other keys.
    let by_owner = [ELSE, "201", ELSE, ELSE, ELSE, ELSE, ELSE];
    vec![
        write(
            "post /v1/parties/{party}/keys",
            format!("{owner}/keys"),
            ("key.add", format!(r#"{{"key":{}}}"#, jwk("second"))),
            by_owner,
        ),
        write(
            "post /v1/parties/{party}/keys/{kid}:revoke",
            format!("{owner}/keys/{kid}:revoke"),
            ("key.revoke", format!(r#"{{"kid":"{kid}"}}"#)),
            by_owner,
        ),
        // The owner signs with the key that it has just revoked.
        write(
            "post /v1/parties/{party}:reset",
            format!("{owner}:reset"),
            ("key.reset", format!(r#"{{{party},"reason":"lost","key":{}}}"#, jwk("third"))),
            ["201", "409 key.revoked", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, UNKNOWN],
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
    let rows = rows(&roles);
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
        rows(&Roles::new(&stage)).iter().map(|row| row.operation.to_owned()).collect();
    let document = serde_json::to_value(piao_registry::openapi()).unwrap();
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
