//! Every operation of the document × every role.

use piao_testkit::body;
use piao_testkit::platform::table::every_operation_has_a_row;
use piao_testkit::platform::{ROLES, Roles};

type Row = piao_testkit::platform::table::Row<ROLES>;

const NO: &str = "409 role.forbidden";
const UNKNOWN: &str = "401 unknown_party";
const NO_TOKEN: &str = "401 unauthorized";

/// Only a bureau may sign it.
const BY_BUREAU: [&str; ROLES] = ["201", NO, NO, NO, NO, NO, NO, NO, NO, UNKNOWN];

/// Every party may read rules: whoever is bound by them must know them.
const BY_PARTIES: [&str; ROLES] = ["200", "200", "200", "200", "200", "200", "200", "200", "200", NO_TOKEN];

fn rows(roles: &Roles, today: &str) -> Vec<Row> {
    let write = |operation, path, kind, body| Row::write(operation, path, kind, body, BY_BUREAU);
    let read = |operation, path| Row::read(operation, path, BY_PARTIES);
    let binding = format!("/v1/rule-sets:binding?enterprise={}", roles.buyer.party);
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
