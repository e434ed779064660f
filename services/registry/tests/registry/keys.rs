use piao_domain::key::Algorithm;
use piao_protocol::jwk::kid;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use serde_json::Value;

use piao_testkit::platform::TestPlatform;

/// Key ids with their states, as the bureau reads them.
async fn keys(platform: &TestPlatform, path: &str) -> Vec<(String, String)> {
    let read = platform.get(path).by(&platform.chain.bureau).send().await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut keys: Vec<_> =
        read["keys"].as_array().unwrap().iter().map(|key| (text(&key["kid"]), text(&key["state"]))).collect();
    keys.sort();
    keys
}

fn sorted(mut keys: Vec<(String, &str)>) -> Vec<(String, String)> {
    keys.sort();
    keys.into_iter().map(|(kid, state)| (kid, state.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_added_revoked_and_reset() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    let first = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
    let with = |label: &str, algorithm| Actor {
        party: first.party.clone(),
        key: Actor::person(label, algorithm).key,
    };
    let (second, third) = (with("second", Algorithm::EdDsa), with("third", Algorithm::Es256));
    let path = format!("/v1/parties/{}", first.party);
    let id = |actor: &Actor| kid(&actor.key.id());
    let revoke_path = |actor: &Actor| format!("{path}/keys/{}:revoke", id(actor));
    let revoke_body = |actor: &Actor| format!(r#"{{"kid":"{}"}}"#, id(actor));
    platform.accept_at(bureau, "/v1/parties", "party.register", &body::register(&first)).await;

    let add = format!(r#"{{"key":{}}}"#, second.jwk_json());
    platform.accept_at(&first, &format!("{path}/keys"), "key.add", &add).await;
    assert_eq!(keys(&platform, &path).await, sorted(vec![(id(&first), "live"), (id(&second), "live")]));
    assert_eq!(
        platform.submit_as(&first, &format!("{path}/keys"), "key.add", &add).await.said(),
        "409 key.exists"
    );
    assert_eq!(platform.get(&path).by(&second).send().await.status, 200, "the new key reads, too");

    platform.accept_at(&second, &revoke_path(&first), "key.revoke", &revoke_body(&first)).await;
    assert_eq!(keys(&platform, &path).await, sorted(vec![(id(&first), "revoked"), (id(&second), "live")]));
    assert_eq!(platform.get(&path).by(&first).send().await.said(), "401 unauthorized");
    let last = platform.submit_as(&second, &revoke_path(&second), "key.revoke", &revoke_body(&second)).await;
    assert_eq!(last.said(), "409 key.last");
    let revoked =
        platform.submit_as(&first, &revoke_path(&second), "key.revoke", &revoke_body(&second)).await;
    assert_eq!(revoked.said(), "409 key.revoked");

    let reset = format!(r#"{{"party":"{}","reason":"lost","key":{}}}"#, first.party, third.jwk_json());
    platform.accept_at(bureau, &format!("{path}:reset"), "key.reset", &reset).await;
    let expect = vec![(id(&first), "revoked"), (id(&second), "revoked"), (id(&third), "live")];
    assert_eq!(keys(&platform, &path).await, sorted(expect));
    assert_eq!(platform.get(&path).by(&third).send().await.status, 200);
    platform.stop().await;
}
