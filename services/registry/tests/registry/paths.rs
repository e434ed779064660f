//! A party has a colon in it, and so has the path of an action on it.

use piao_domain::key::Algorithm;
use piao_protocol::jwk::kid;
use piao_testkit::actor::Actor;
use piao_testkit::body;

const PARTY: &str = "uscc:91440300708461136T";

#[tokio::test(flavor = "multi_thread")]
async fn paths_with_colons_are_matched_as_they_come_and_percent_encoded() {
    let platform = crate::platform().await;
    let enterprise = Actor::new(PARTY, Algorithm::Es256k);
    platform
        .accept_at(&platform.chain.bureau, "/v1/parties", "party.register", &body::register(&enterprise))
        .await;

    let reason = format!(r#"{{"party":"{PARTY}","reason":"audit"}}"#);
    for path in [
        "/v1/parties/uscc:91440300708461136T:suspend",
        "/v1/parties/uscc%3A91440300708461136T:suspend",
        "/v1/parties/uscc%3a91440300708461136T%3Asuspend",
    ] {
        platform.accept_at(&platform.chain.bureau, path, "party.suspend", &reason).await;
    }
    platform
        .accept_at(
            &platform.chain.bureau,
            "/v1/parties/uscc%3A91440300708461136T:reinstate",
            "party.reinstate",
            &reason,
        )
        .await;

    let check = async |path: &str, expect: &str| {
        let answer = platform.get(path).by(&platform.chain.bureau).send().await;
        assert_eq!(answer.said(), expect, "{path}: {}", answer.body);
    };
    check("/v1/parties/uscc:91440300708461136T", "200").await;
    check("/v1/parties/uscc%3A91440300708461136T", "200").await;
    // Actions take POST; what is read in their place is a party of that name, and there is none.
    check("/v1/parties/uscc:91440300708461136T:suspend", "404 not_found").await;
    check("/v1/parties/uscc:91440300708461136T:", "404 not_found").await;
    check("/v1/parties/91440300708461136T", "404 not_found").await;
    check("/v1/parties/", "404 not_found").await;
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_names_something_else_than_the_transition_is_refused_unrecorded() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    let enterprise = Actor::new(PARTY, Algorithm::Es256k);
    let other = "uscc:914403001922038216";
    platform.accept_at(bureau, "/v1/parties", "party.register", &body::register(&enterprise)).await;
    let reason = format!(r#"{{"party":"{PARTY}","reason":"audit"}}"#);
    let jwk = Actor::person("second", Algorithm::EdDsa).jwk_json();
    let reset = format!(r#"{{"party":"{PARTY}","reason":"lost","key":{jwk}}}"#);
    let add = format!(r#"{{"key":{jwk}}}"#);
    let own_kid = kid(&enterprise.key.id());
    let revoke = format!(r#"{{"kid":"{own_kid}"}}"#);
    let bureau_kid = kid(&bureau.key.id());

    let check = async |actor: &Actor, path: String, kind: &str, body: &str, pointer: &str| {
        let answer = platform.submit_as(actor, &path, kind, body).await;
        assert_eq!(answer.said(), "422 schema", "{path}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{path}");
    };
    check(bureau, format!("/v1/parties/{other}:suspend"), "party.suspend", &reason, "/body/party").await;
    check(bureau, format!("/v1/parties/{other}:reinstate"), "party.reinstate", &reason, "/body/party").await;
    check(bureau, format!("/v1/parties/{other}:reset"), "key.reset", &reset, "/body/party").await;
    check(&enterprise, format!("/v1/parties/{other}/keys"), "key.add", &add, "/party").await;
    let path = format!("/v1/parties/{other}/keys/{own_kid}:revoke");
    check(&enterprise, path, "key.revoke", &revoke, "/party").await;
    let path = format!("/v1/parties/{PARTY}/keys/{bureau_kid}:revoke");
    check(&enterprise, path, "key.revoke", &revoke, "/body/kid").await;
    // Another type than the endpoint's.
    check(bureau, format!("/v1/parties/{PARTY}:suspend"), "party.reinstate", &reason, "/type").await;
    check(bureau, "/v1/parties".to_owned(), "party.suspend", &reason, "/type").await;
    platform.stop().await;
}
