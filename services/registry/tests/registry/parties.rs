use piao_domain::key::Algorithm;
use piao_protocol::jwk::kid;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use serde_json::{Value, json};

fn enroll(person: &Actor) -> String {
    format!(r#"{{"key":{}}}"#, person.jwk_json())
}

fn keys_of(actor: &Actor) -> Value {
    let jwk: Value = serde_json::from_str(&actor.jwk_json()).unwrap();
    json!([{"kid": kid(&actor.key.id()), "jwk": jwk, "state": "live"}])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reads_of_a_party_what_concerns_them() {
    let platform = crate::platform().await;
    let (bureau, node) = (&platform.chain.bureau, &platform.chain.node);
    let enterprise = Actor::new("uscc:91440300708461136T", Algorithm::Es256);
    let other = Actor::new("uscc:914403001922038216", Algorithm::Es256k);
    let (person, stranger) =
        (Actor::person("one", Algorithm::EdDsa), Actor::person("two", Algorithm::Es256k));
    for registered in [&enterprise, &other] {
        platform.accept_at(bureau, "/v1/parties", "party.register", &body::register(registered)).await;
    }
    for enrolled in [&person, &stranger] {
        platform.accept_at(enrolled, "/v1/parties", "party.enroll", &enroll(enrolled)).await;
    }

    let public = json!({"party": "uscc:91440300708461136T", "kind": "enterprise", "name": "测试企业",
        "region": "440300", "industry": "I65", "standing": "active"});
    let bare = |actor: &Actor, kind: &str| json!({"party": actor.party.to_string(), "kind": kind, "standing": "active", "keys": keys_of(actor)});
    let mut whole = public.clone();
    whole["keys"] = keys_of(&enterprise);
    let check = async |reader: &Actor, party: &Actor, expect: Option<&Value>| {
        let answer = platform.get(&format!("/v1/parties/{}", party.party)).by(reader).send().await;
        let read = (answer.status == 200).then(|| answer.json());
        assert_eq!(read.as_ref(), expect, "{} reads {}: {}", reader.party, party.party, answer.body);
    };
    check(bureau, &enterprise, Some(&whole)).await;
    check(&enterprise, &enterprise, Some(&whole)).await;
    for reader in [&other, &person, node] {
        check(reader, &enterprise, Some(&public)).await;
    }
    check(bureau, &person, Some(&bare(&person, "person"))).await;
    check(&person, &person, Some(&bare(&person, "person"))).await;
    check(node, node, Some(&bare(node, "node"))).await;
    check(bureau, node, Some(&bare(node, "node"))).await;
    check(bureau, bureau, Some(&bare(bureau, "bureau"))).await;
    for reader in [&stranger, &enterprise, node] {
        check(reader, &person, None).await;
    }
    check(&person, bureau, None).await;
    check(&enterprise, node, None).await;
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_enterprise_is_shown_as_such_and_reads_itself_still() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    let enterprise = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
    let path = format!("/v1/parties/{}", enterprise.party);
    platform.accept_at(bureau, "/v1/parties", "party.register", &body::register(&enterprise)).await;
    let reason = format!(r#"{{"party":"{}","reason":"audit"}}"#, enterprise.party);
    let standing = async || platform.get(&path).by(&enterprise).send().await.json()["standing"].clone();

    platform.accept_at(bureau, &format!("{path}:suspend"), "party.suspend", &reason).await;
    assert_eq!(standing().await, "suspended");
    let jwk = Actor::person("second", Algorithm::EdDsa).jwk_json();
    let answer = platform
        .submit_as(&enterprise, &format!("{path}/keys"), "key.add", &format!(r#"{{"key":{jwk}}}"#))
        .await;
    assert_eq!(answer.said(), "409 party.suspended");
    platform.accept_at(bureau, &format!("{path}:reinstate"), "party.reinstate", &reason).await;
    assert_eq!(standing().await, "active");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_registration_is_refused_and_a_repeat_gets_the_same_receipt() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    let enterprise = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
    let signed = platform.sign(bureau, "party.register", &body::register(&enterprise));
    let first = platform.submit("/v1/parties", &signed, None).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let repeat = platform.submit("/v1/parties", &signed, None).await;
    assert_eq!((repeat.status, &repeat.body), (200, &first.body));
    let again =
        platform.submit_as(bureau, "/v1/parties", "party.register", &body::register(&enterprise)).await;
    assert_eq!(again.said(), "409 party.exists");
    assert_eq!(again.json()["receipt"]["code"], "party.exists");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_party_that_a_first_key_makes_is_enrolled_by_it() {
    let platform = crate::platform().await;
    let (person, other) = (Actor::person("one", Algorithm::EdDsa), Actor::person("two", Algorithm::EdDsa));
    let answer = platform.submit_as(&person, "/v1/parties", "party.enroll", &enroll(&other)).await;
    assert_eq!(answer.said(), "422 schema");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/body/key");
    let posing = Actor { party: other.party.clone(), key: Actor::person("one", Algorithm::EdDsa).key };
    let answer = platform.submit_as(&posing, "/v1/parties", "party.enroll", &enroll(&person)).await;
    assert_eq!(answer.said(), "422 schema");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/party");
    platform.stop().await;
}
