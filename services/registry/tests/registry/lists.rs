use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::body;

use piao_testkit::platform::TestPlatform;

const ENTERPRISES: [&str; 3] =
    ["uscc:91440300708461136T", "uscc:914403001922038216", "uscc:9144030071526726XG"];

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_paged_in_a_stable_order() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    for (place, party) in ENTERPRISES.into_iter().enumerate() {
        let register = body::register(&Actor::new(party, Algorithm::Es256k));
        let register = if place == 2 { register.replace("\"440300\"", "\"440305\"") } else { register };
        platform.accept_at(bureau, "/v1/parties", "party.register", &register).await;
    }
    let person = Actor::person("one", Algorithm::EdDsa);
    let enroll = format!(r#"{{"key":{}}}"#, person.jwk_json());
    platform.accept_at(&person, "/v1/parties", "party.enroll", &enroll).await;
    let reason = format!(r#"{{"party":"{}","reason":"audit"}}"#, ENTERPRISES[1]);
    let path = format!("/v1/parties/{}:suspend", ENTERPRISES[1]);
    platform.accept_at(bureau, &path, "party.suspend", &reason).await;

    let person = person.party.to_string();
    let [a, b, c] = ENTERPRISES;
    let check = async |query: &str, expect: &[&str]| {
        let mut expect: Vec<String> = expect.iter().map(|party| (*party).to_owned()).collect();
        expect.sort();
        // Whatever the size of a page, the same comes in the same order.
        let whole = listed(&platform, query, 200).await;
        let mut sorted = whole.clone();
        sorted.sort();
        assert_eq!(sorted, expect, "{query}");
        assert_eq!(listed(&platform, query, 1).await, whole, "{query}");
        assert_eq!(listed(&platform, query, 2).await, whole, "{query}");
    };
    check("", &["bureau:shenzhen", "node:one", &person, a, b, c]).await;
    check("kind=bureau", &["bureau:shenzhen"]).await;
    check("kind=node", &["node:one"]).await;
    check("kind=person", &[&person]).await;
    check("kind=enterprise", &[a, b, c]).await;
    check("standing=suspended", &[b]).await;
    check("standing=active&kind=enterprise", &[a, c]).await;
    check("region=440305", &[c]).await;
    check("region=440300", &[a, b]).await;
    check("region=110000", &[]).await;
    check("region=440300&kind=person", &[]).await;
    platform.stop().await;
}

/// Every party of a list, read page by page.
async fn listed(platform: &TestPlatform, query: &str, limit: u32) -> Vec<String> {
    let mut parties = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/parties?limit={limit}&{query}{cursor}");
        let page = platform.get(&path).by(&platform.chain.bureau).send().await.json();
        let rows = page["data"].as_array().unwrap();
        parties.extend(rows.iter().map(|row| row["party"].as_str().unwrap().to_owned()));
        assert!(rows.iter().all(|row| row.get("keys").is_none()), "no keys in lists");
        let Some(next) = page["next"].as_str() else { return parties };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_of_another_shape_is_named() {
    let platform = crate::platform().await;
    let check = async |query: &str, pointer: &str| {
        let answer = platform.get(&format!("/v1/parties?{query}")).by(&platform.chain.bureau).send().await;
        assert_eq!(answer.said(), "422 schema", "{query}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}");
    };
    check("kind=issuer", "?kind").await;
    check("standing=gone", "?standing").await;
    check("region=shenzhen", "?region").await;
    check("limit=0", "?limit").await;
    check("limit=201", "?limit").await;
    check("cursor=!", "?cursor").await;
    platform.stop().await;
}
