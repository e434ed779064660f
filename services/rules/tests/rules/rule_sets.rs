use piao_testkit::body;
use serde_json::{Value, json};

use piao_testkit::platform::TestPlatform;

/// Deploys version 1 to `count` of the set `test`.
async fn deploy(platform: &TestPlatform, count: u32) {
    for version in 1..=count {
        platform
            .accept_at(&platform.chain.bureau, "/v1/rule-sets", "rules.deploy", &body::rules(version))
            .await;
    }
}

fn today(platform: &TestPlatform) -> String {
    platform.now().date().to_string()
}

async fn activate(platform: &TestPlatform, version: u32) {
    let path = format!("/v1/rule-sets/test/{version}:activate");
    let body = body::activate(version, &today(platform));
    platform.accept_at(&platform.chain.bureau, &path, "rules.activate", &body).await;
}

async fn retire(platform: &TestPlatform, version: u32) {
    let path = format!("/v1/rule-sets/test/{version}:retire");
    let body = format!(r#"{{"id":"test","version":{version}}}"#);
    platform.accept_at(&platform.chain.bureau, &path, "rules.retire", &body).await;
}

async fn read(platform: &TestPlatform, version: u32) -> Value {
    let answer = platform.get(&format!("/v1/rule-sets/test/{version}")).by(&platform.chain.node).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_deployed_activated_and_retired() {
    let platform = crate::platform().await;
    deploy(&platform, 1).await;
    let read_now = async || {
        let read = read(&platform, 1).await;
        (read["status"].clone(), read["from"].clone())
    };
    let first = read(&platform, 1).await;
    assert_eq!(first["body"], serde_json::from_str::<Value>(&body::rules(1)).unwrap());
    assert_eq!(
        (&first["id"], &first["version"], &first["deployed_by"]),
        (&json!("test"), &json!(1), &json!("bureau:shenzhen"))
    );
    assert_eq!(first["transition"].as_str().map(str::len), Some(64));
    assert_eq!(first["deployed_at"], first["changed_at"]);
    assert_eq!(read_now().await, (json!("deployed"), Value::Null));
    activate(&platform, 1).await;
    assert_eq!(read_now().await, (json!("active"), json!(today(&platform))));
    retire(&platform, 1).await;
    assert_eq!(read_now().await, (json!("retired"), Value::Null));
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rule_book_refuses_changes_nothing() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    deploy(&platform, 1).await;
    let before = read(&platform, 1).await;
    let check = async |path: &str, kind: &str, body: &str, code: &str| {
        let answer = platform.submit_as(bureau, path, kind, body).await;
        assert_eq!(answer.said(), format!("409 {code}"), "{path}: {}", answer.body);
    };
    check("/v1/rule-sets", "rules.deploy", &body::rules(1), "rules.version").await;
    let past = body::activate(1, "2020-01-01");
    check("/v1/rule-sets/test/1:activate", "rules.activate", &past, "rules.invalid").await;
    let missing = body::activate(2, &today(&platform));
    check("/v1/rule-sets/test/2:activate", "rules.activate", &missing, "rules.version").await;
    let missing = r#"{"id":"test","version":2}"#;
    check("/v1/rule-sets/test/2:retire", "rules.retire", missing, "rules.version").await;
    assert_eq!(read(&platform, 1).await, before);
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_paged_in_order_of_version() {
    let platform = crate::platform().await;
    // Ten comes after nine, not after one.
    deploy(&platform, 10).await;
    activate(&platform, 2).await;
    activate(&platform, 10).await;
    retire(&platform, 3).await;
    let check = async |query: &str, expect: &[u64]| {
        for limit in [1, 2, 200] {
            assert_eq!(listed(&platform, query, limit).await, expect, "{query} by {limit}");
        }
    };
    check("", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).await;
    check("status=active", &[2, 10]).await;
    check("status=retired", &[3]).await;
    check("status=deployed", &[1, 4, 5, 6, 7, 8, 9]).await;
    platform.stop().await;
}

/// Every version of a list, read page by page.
async fn listed(platform: &TestPlatform, query: &str, limit: u32) -> Vec<u64> {
    let mut versions = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/rule-sets?limit={limit}&{query}{cursor}");
        let page = platform.get(&path).by(&platform.chain.node).send().await.json();
        versions.extend(page["data"].as_array().unwrap().iter().map(|row| row["version"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { return versions };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_malformed_is_told_apart() {
    let platform = crate::platform().await;
    deploy(&platform, 1).await;
    let check = async |path: &str, expect: &str, pointer: Option<&str>| {
        let answer = platform.get(path).by(&platform.chain.node).send().await;
        assert_eq!(answer.said(), expect, "{path}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["pointer"].as_str(), pointer, "{path}");
    };
    check("/v1/rule-sets/test/1", "200", None).await;
    check("/v1/rule-sets/t%65st/1", "200", None).await;
    check("/v1/rule-sets/test/2", "404 not_found", None).await;
    check("/v1/rule-sets/test/01", "404 not_found", None).await;
    check("/v1/rule-sets/test/1:activate", "404 not_found", None).await;
    check("/v1/rule-sets/Test/1", "404 not_found", None).await;
    check("/v1/rule-sets/other/1", "404 not_found", None).await;
    check("/v1/rule-sets/test", "404 not_found", None).await;
    check("/v1/rule-sets?status=draft", "422 schema", Some("?status")).await;
    check("/v1/rule-sets?limit=0", "422 schema", Some("?limit")).await;
    check("/v1/rule-sets?cursor=dGVzdC8w", "422 schema", Some("?cursor")).await;
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_names_another_version_than_the_transition_is_refused_unrecorded() {
    let platform = crate::platform().await;
    deploy(&platform, 1).await;
    let check = async |path: &str, kind: &str, body: &str, pointer: &str| {
        let answer = platform.submit_as(&platform.chain.bureau, path, kind, body).await;
        assert_eq!(answer.said(), "422 schema", "{path}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{path}");
    };
    let activate = body::activate(1, &today(&platform));
    let retire = r#"{"id":"test","version":1}"#;
    check("/v1/rule-sets/other/1:activate", "rules.activate", &activate, "/body/id").await;
    check("/v1/rule-sets/test/2:activate", "rules.activate", &activate, "/body/version").await;
    check("/v1/rule-sets/test/01:activate", "rules.activate", &activate, "/body/version").await;
    check("/v1/rule-sets/other/1:retire", "rules.retire", retire, "/body/id").await;
    check("/v1/rule-sets/test/2:retire", "rules.retire", retire, "/body/version").await;
    check("/v1/rule-sets/test/1:retire", "rules.activate", &activate, "/type").await;
    check("/v1/rule-sets", "rules.retire", retire, "/type").await;
    assert_eq!(read(&platform, 1).await["status"], "deployed");
    platform.stop().await;
}
