use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_highest_active_version_whose_day_has_come_binds_whom_its_scope_covers() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    let enterprise = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
    platform.join(&enterprise).await;
    let today = platform.now().date().to_string();
    let (past, future) = ("2020-01-01", "2999-01-01");
    let elsewhere =
        body::rules(1).replace("\"440300\"", "\"110000\"").replace("\"id\":\"test\"", "\"id\":\"elsewhere\"");
    let lenient = body::rules(2).replace("\"buyer_only\":true", "\"buyer_only\":false");
    for rules in [&body::rules(1), &elsewhere, &lenient, &body::rules(3)] {
        platform.accept_at(bureau, "/v1/rule-sets", "rules.deploy", rules).await;
    }
    let activate = async |version: u32, from: &str| {
        let path = format!("/v1/rule-sets/test/{version}:activate");
        platform.accept_at(bureau, &path, "rules.activate", &body::activate(version, from)).await;
    };
    let binds = async |date: &str| {
        let path = format!("/v1/rule-sets:binding?enterprise={}{date}", enterprise.party);
        let answer = platform.get(&path).by(&enterprise).send().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let read = answer.json();
        (read["rule_sets"].clone(), read["terms"]["buyer_only"].clone())
    };
    let version = |version: u32| json!([{"id": "test", "version": version}]);
    assert_eq!(binds("").await, (json!([]), Value::Bool(true)), "the built-in defaults hold");

    let elsewhere = body::activate(1, &today).replace("\"id\":\"test\"", "\"id\":\"elsewhere\"");
    platform.accept_at(bureau, "/v1/rule-sets/elsewhere/1:activate", "rules.activate", &elsewhere).await;
    activate(1, &today).await;
    assert_eq!(binds("").await, (version(1), Value::Bool(true)));
    activate(2, &today).await;
    activate(3, future).await;
    assert_eq!(binds("").await, (version(2), Value::Bool(false)));
    assert_eq!(binds(&format!("&date={future}")).await, (version(3), Value::Bool(true)));
    assert_eq!(binds(&format!("&date={past}")).await, (json!([]), Value::Bool(true)));
    let retire = r#"{"id":"test","version":2}"#;
    platform.accept_at(bureau, "/v1/rule-sets/test/2:retire", "rules.retire", retire).await;
    assert_eq!(binds("").await, (version(1), Value::Bool(true)), "the lower version binds again");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_and_when_must_be_well_formed_and_there() {
    let platform = crate::platform().await;
    let check = async |query: &str, expect: &str, pointer: Option<&str>| {
        let answer =
            platform.get(&format!("/v1/rule-sets:binding?{query}")).by(&platform.chain.node).send().await;
        assert_eq!(answer.said(), expect, "{query}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["pointer"].as_str(), pointer, "{query}");
    };
    let there = "enterprise=uscc:91440300708461136T";
    check(there, "404 not_found", None).await;
    check("enterprise=uscc:91440300708461136X", "422 schema", Some("?enterprise")).await;
    check("enterprise=node:one", "422 schema", Some("?enterprise")).await;
    check(&format!("{there}&date=2026-02-30"), "422 schema", Some("?date")).await;
    check("date=2026-02-28", "422 schema", Some("?enterprise")).await;
    platform.stop().await;
}
