//! Keys that were stolen, lent or revoked, and what was signed for another chain: tried on every operation that they would
//! open.

use futures_util::future::join_all;
use piao_domain::key::Algorithm;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_protocol::jwk::kid;
use piao_protocol::jws::SigningKey;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::chain::TestChain;
use piao_testkit::platform::table::Call;

use super::matrix::calls::{self, Called, Seen};
use super::matrix::table::{Expected, Role, Whose};
use super::stage::Stage;

/// Everything that the enterprise may do, each ready to be done.
async fn allowed(stage: &Stage, seen: &Seen) -> Vec<Called> {
    let expected = Expected::read();
    let mut ready = Vec::new();
    for operation in expected.operations() {
        for whose in Whose::ALL {
            let enterprise = expected.cell(&operation, whose, Role::Enterprise);
            let is_public = expected.cell(&operation, whose, Role::Nobody).starts_with('2');
            if enterprise.starts_with('2') && !is_public {
                ready.extend(calls::call(stage, seen, &operation, whose, Role::Enterprise).await);
            }
        }
    }
    ready
}

/// Does them all as somebody, at once, and says what each was answered.
async fn tried(stage: &Stage, actor: &Actor, ready: &[Called]) -> Vec<(String, String)> {
    let platform = &stage.platform;
    let each = ready.iter().map(async |called| {
        let answer = platform.call(actor, &called.path, &called.call).await;
        let kind = if let Call::Write(kind, _) = called.call { kind } else { "read" };
        (kind.to_owned(), answer.said())
    });
    join_all(each).await
}

/// Every write is answered with one code, and everything that is read with another.
fn answered(tried: &[(String, String)], write: &str, read: &str) {
    for (kind, said) in tried {
        assert_eq!(said, if kind == "read" { read } else { write }, "{kind}");
    }
    let reads = tried.iter().filter(|(kind, _)| kind == "read").count();
    assert!(reads >= 12 && tried.len() - reads >= 12, "{reads} reads of {}", tried.len());
}

/// A party with the key of another.
fn with_key_of(party: &Actor, key: &Actor) -> Actor {
    let secret = SigningKey::from_secret(key.key.public().algorithm(), &key.key.secret());
    Actor { party: party.party.clone(), key: secret.expect("a key") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_key_opens_nothing_once_it_is_revoked_or_reset_and_what_it_did_before_stays() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    let ready = allowed(&stage, &seen).await;
    let platform = &stage.platform;
    let Stage { enterprise, other, .. } = &stage;
    let second = Actor { party: enterprise.party.clone(), ..Actor::person("second", Algorithm::EdDsa) };
    let thief_s = Actor { party: enterprise.party.clone(), ..Actor::person("the thief's", Algorithm::Es256) };
    let add = |key: &Actor| format!(r#"{{"key":{}}}"#, key.jwk_json());
    platform.accept(enterprise, "key.add", &add(&second)).await;
    let before = platform.accept(enterprise, "key.add", &add(&thief_s)).await;
    let receipt = format!("/v1/transitions/{}", before.id);
    let told = platform.get(&receipt).by(&second).send().await.ok();

    // Known as this party's, and no other's.
    let mut as_other = tried(&stage, &with_key_of(other, enterprise), &ready).await;
    // Of keys the path says whose they are.
    as_other.retain(|(kind, said)| !kind.starts_with("key.") || said != "422 schema");
    answered(&as_other, "401 unknown_key", "401 unauthorized");
    // Signed while the key was good, and sent when it is not.
    let kept = platform.sign(enterprise, "quota.apply", &body::apply(platform.now().month(), 1));
    let revoke = format!(r#"{{"kid":"{}"}}"#, kid(&enterprise.key.id()));
    platform.accept(&second, "key.revoke", &revoke).await;
    assert_eq!(platform.submit("/v1/quotas", &kept, None).await.said(), "409 key.revoked");
    answered(&tried(&stage, enterprise, &ready).await, "409 key.revoked", "401 unauthorized");

    // The thief had added a key with the stolen one; what the bureau resets is gone, whoever added it.
    let third = Actor { party: enterprise.party.clone(), ..Actor::person("third", Algorithm::Es256k) };
    let (party, jwk) = (&enterprise.party, third.jwk_json());
    let reset = format!(r#"{{"party":"{party}","reason":"stolen","key":{jwk}}}"#);
    platform.accept(&platform.chain.bureau, "key.reset", &reset).await;
    for gone in [&thief_s, &second, enterprise] {
        answered(&tried(&stage, gone, &ready).await, "409 key.revoked", "401 unauthorized");
    }
    assert_eq!(platform.get(&receipt).by(&third).send().await.ok(), told, "what was decided stays");
    let again = platform.submit("/v1/transitions", &before, None).await;
    assert_eq!(again.said(), "200", "{}", again.body);
    stage.platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_signed_for_one_chain_counts_on_another() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    let ready = allowed(&stage, &seen).await;
    let Stage { platform, enterprise, person, .. } = &stage;
    let now = platform.now();
    // The same parties with the same keys; only the seed in its genesis file differs.
    let other = TestChain::new(now.plus(-1), 2);
    let mut signed = Vec::new();
    for called in &ready {
        let path = &called.path;
        match &called.call {
            Call::Write(kind, body) => {
                let elsewhere = enterprise.sign(other.id(), now, kind, body);
                let answer = platform.submit(path, &elsewhere, None).await;
                assert_eq!(answer.said(), "422 wrong_chain", "{path}");
                signed.push(elsewhere.id);
            }
            Call::Read | Call::Open | Call::Ask(_) => {
                let token = enterprise.key.sign_read_token(&enterprise.party, other.id(), now, now.plus(120));
                let token = format!("Bearer {token}");
                let request = match &called.call {
                    Call::Ask(question) => platform.post(path).json(question.clone()),
                    Call::Read | Call::Open | Call::Write(..) => platform.get(path),
                };
                let answer = request.header("authorization", &token).send().await;
                assert_eq!(answer.said(), "401 unauthorized", "{path}");
            }
        }
    }
    assert!(signed.len() >= 12, "{} writes", signed.len());
    for id in signed {
        assert!(platform.reader.decided(&id).await.unwrap().is_none(), "{id} is on the record");
    }
    // A claim key signs who takes the invoice, for one chain.
    let number = stage.issued(person).await;
    let proof = ClaimSecret::from_seed(&[8; 32]).sign_claim(other.id(), &number, &person.party);
    let take = body::take(&number, Some(&base64url::encode(proof.as_bytes())));
    let answer = platform.submit_as(person, "/v1/claims", "claim.take", &take).await;
    assert_eq!(answer.said(), "409 claim.proof");
    stage.platform.stop().await;
}
