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

/// Whoever sees a public key can register it, since nothing has to be signed with it: that must keep its owner from
/// nothing, and let nobody sign for another.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_party_added_first_is_registered_added_and_signed_with() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    let owner = || Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
    let person = || Actor::person("second", Algorithm::EdDsa);
    let squatter = Actor::new("uscc:91440300708437873H", Algorithm::EdDsa);
    let other = Actor::new("uscc:914403001922038216", Algorithm::Es256);
    let posing = |party: &Actor, with: Actor| Actor { party: party.party.clone(), key: with.key };
    let keys_path = |actor: &Actor| format!("/v1/parties/{}/keys", actor.party);
    let add = |key: &Actor| format!(r#"{{"key":{}}}"#, key.jwk_json());
    for enterprise in [&squatter, &other] {
        platform.accept_at(bureau, "/v1/parties", "party.register", &body::register(enterprise)).await;
    }
    for key in [owner(), person()] {
        platform.accept_at(&squatter, &keys_path(&squatter), "key.add", &add(&key)).await;
    }
    platform.accept_at(bureau, "/v1/parties", "party.register", &body::register(&owner())).await;
    platform.accept_at(&person(), "/v1/parties", "party.enroll", &add(&person())).await;
    platform.accept_at(&owner(), &keys_path(&owner()), "key.add", &add(&person())).await;

    // Each signs and reads for itself, with the same keys; who never registered one does neither.
    let mine = |actor: &Actor| format!("/v1/parties/{}", actor.party);
    let signs = async |actor: &Actor, label: &str| {
        let more = add(&Actor::person(label, Algorithm::Es256));
        let written = platform.submit_as(actor, &keys_path(actor), "key.add", &more).await.said();
        (written, platform.get(&mine(actor)).by(actor).send().await.said())
    };
    let said = |written: &str, read: &str| (written.to_owned(), read.to_owned());
    let squatting = posing(&squatter, owner());
    assert_eq!(signs(&squatting, "third").await, said("201", "200"));
    for actor in [owner(), person(), posing(&owner(), person()), posing(&squatter, person())] {
        assert_eq!(signs(&actor, "fourth").await.1, "200", "{}", actor.party);
    }
    assert_eq!(signs(&owner(), "fifth").await, said("201", "200"));
    let stolen = posing(&other, owner());
    assert_eq!(signs(&stolen, "sixth").await, said("401 unknown_key", "401 unauthorized"));

    // What becomes of it with the one changes nothing for the other.
    let id = kid(&owner().key.id());
    let revoke = format!("{}/{id}:revoke", keys_path(&squatter));
    platform.accept_at(&squatter, &revoke, "key.revoke", &format!(r#"{{"kid":"{id}"}}"#)).await;
    assert_eq!(signs(&squatting, "seventh").await, said("409 key.revoked", "401 unauthorized"));
    assert_eq!(signs(&owner(), "seventh").await, said("201", "200"));
    let back = platform.submit_as(&squatter, &keys_path(&squatter), "key.add", &add(&owner())).await;
    assert_eq!(back.said(), "409 key.exists", "what was revoked never comes back");
    platform.stop().await;
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
