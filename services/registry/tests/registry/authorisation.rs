//! Every operation of the document × every role.

use piao_domain::key::Algorithm;
use piao_protocol::jwk::kid;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::platform::table::every_operation_has_a_row;
use piao_testkit::platform::{ROLES, Roles, TestPlatform};

type Row = piao_testkit::platform::table::Row<ROLES>;

const NO: &str = "409 role.forbidden";
const UNKNOWN: &str = "401 unknown_party";
const ELSE: &str = "422 schema";
const NO_TOKEN: &str = "401 unauthorized";
const HIDDEN: &str = "404 not_found";
const FORBIDDEN: &str = "403 forbidden";

/// The bureau alone knows of them, and whoever the row is about.
const fn hidden(holder: &'static str, node: &'static str) -> [&'static str; ROLES] {
    ["200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, holder, HIDDEN, node, NO_TOKEN]
}

/// Only a bureau may sign it.
const BY_BUREAU: [&str; ROLES] = ["201", NO, NO, NO, NO, NO, NO, NO, NO, UNKNOWN];

/// In the order in which they are asked.
fn rows(platform: &TestPlatform, roles: &Roles) -> Vec<Row> {
    [reads(platform, roles), party_writes(roles), key_writes(roles)].into_iter().flatten().collect()
}

fn reads(platform: &TestPlatform, roles: &Roles) -> Vec<Row> {
    let of = |actor: &Actor, expect| {
        Row::read("GET /v1/parties/{party}", format!("/v1/parties/{}", actor.party), expect)
    };
    vec![
        Row::read(
            "GET /v1/parties",
            "/v1/parties",
            [
                "200", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN,
                FORBIDDEN, NO_TOKEN,
            ],
        ),
        of(&roles.seller, ["200", "200", "200", "200", "200", "200", "200", "200", "200", NO_TOKEN]),
        of(&roles.holder, hidden("200", HIDDEN)),
        of(&platform.chain.bureau, hidden(HIDDEN, HIDDEN)),
        of(&platform.chain.node, hidden(HIDDEN, "200")),
    ]
}

fn party_writes(roles: &Roles) -> Vec<Row> {
    let owner = format!("/v1/parties/{}", roles.seller.party);
    let reason = format!(r#"{{"party":"{}","reason":"audit"}}"#, roles.seller.party);
    let newcomer = Actor::new("uscc:91110000710925462X", Algorithm::Es256k);
    let enroll = format!(r#"{{"key":{}}}"#, roles.holder.jwk_json());
    vec![
        Row::write("POST /v1/parties", "/v1/parties", "party.register", body::register(&newcomer), BY_BUREAU),
        // Nobody enrolls by another's key.
        Row::write(
            "POST /v1/parties",
            "/v1/parties",
            "party.enroll",
            enroll,
            [ELSE, ELSE, ELSE, ELSE, ELSE, ELSE, "409 party.exists", ELSE, ELSE, ELSE],
        ),
        Row::write(
            "POST /v1/parties/{party}:suspend",
            format!("{owner}:suspend"),
            "party.suspend",
            reason.clone(),
            ["201", "409 party.suspended", NO, NO, NO, NO, NO, NO, NO, UNKNOWN],
        ),
        Row::write(
            "POST /v1/parties/{party}:reinstate",
            format!("{owner}:reinstate"),
            "party.reinstate",
            reason,
            BY_BUREAU,
        ),
    ]
}

fn key_writes(roles: &Roles) -> Vec<Row> {
    let owner = format!("/v1/parties/{}", roles.seller.party);
    let party = format!(r#""party":"{}""#, roles.seller.party);
    let jwk = |label: &str| Actor::person(label, Algorithm::EdDsa).jwk_json();
    let kid = kid(&roles.seller.key.id());
    // The URL names whose keys they are, and a transition of somebody else is about other keys.
    let by_owner = [ELSE, "201", ELSE, ELSE, ELSE, ELSE, ELSE, ELSE, ELSE, ELSE];
    vec![
        Row::write(
            "POST /v1/parties/{party}/keys",
            format!("{owner}/keys"),
            "key.add",
            format!(r#"{{"key":{}}}"#, jwk("second")),
            by_owner,
        ),
        Row::write(
            "POST /v1/parties/{party}/keys/{kid}:revoke",
            format!("{owner}/keys/{kid}:revoke"),
            "key.revoke",
            format!(r#"{{"kid":"{kid}"}}"#),
            by_owner,
        ),
        // The owner signs with the key that it has just revoked.
        Row::write(
            "POST /v1/parties/{party}:reset",
            format!("{owner}:reset"),
            "key.reset",
            format!(r#"{{{party},"reason":"lost","key":{}}}"#, jwk("third")),
            ["201", "409 key.revoked", NO, NO, NO, NO, NO, NO, NO, UNKNOWN],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_is_its_own() {
    let platform = crate::platform().await;
    let roles = Roles::new();
    roles.join(&platform).await;
    let rows = rows(&platform, &roles);
    every_operation_has_a_row(&piao_registry::openapi(), &rows);
    platform.check_table(roles.each(&platform), &rows).await;
    platform.stop().await;
}
