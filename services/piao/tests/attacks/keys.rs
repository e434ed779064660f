//! Keys that were stolen, lent or revoked, and what was signed for another chain: tried on every operation that they would
//! open, of every role that may open any.

use futures_util::future::join_all;
use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_protocol::encoding::base64url;
use piao_protocol::jwk::kid;
use piao_protocol::jws::SigningKey;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::chain::TestChain;
use piao_testkit::platform::TestPlatform;
use piao_testkit::platform::table::Call;

use super::matrix::calls::{self, Called, Seen};
use super::matrix::table::{Expected, Role, Whose};
use super::stage::{Stage, secret};

/// What somebody is told who has a key that opens nothing.
struct Told {
    write: &'static str,
    /// Of the party's own keys.
    keys: &'static str,
    read: &'static str,
}

const REVOKED: Told = Told { write: "409 key.revoked", keys: "409 key.revoked", read: "401 unauthorized" };
/// In another's hands. Of keys the path says whose they are.
const LENT: Told = Told { write: "401 unknown_key", keys: "422 schema", read: "401 unauthorized" };

/// Everything that a role may do, each ready to be done.
async fn allowed(stage: &Stage, seen: &Seen, role: Role) -> Vec<Called> {
    let expected = Expected::read();
    let mut ready = Vec::new();
    for operation in expected.operations() {
        for whose in Whose::ALL {
            let may = expected.cell(&operation, whose, role).starts_with('2');
            let is_public = expected.cell(&operation, whose, Role::Nobody).starts_with('2');
            if may && !is_public {
                ready.extend(calls::call(stage, seen, &operation, whose, role).await);
            }
        }
    }
    ready
}

/// Of how much of that a test must not fall short: reads and writes.
const fn least(role: Role) -> (usize, usize) {
    match role {
        Role::Bureau => (25, 16),
        Role::Node => (10, 2),
        Role::Enterprise => (30, 14),
        Role::Person => (15, 5),
        Role::Nobody => (0, 0),
    }
}

/// Does all that a role may as somebody, at once: none of it is answered otherwise than it should be.
async fn check(stage: &Stage, role: Role, actor: &Actor, ready: &[Called], told: &Told) {
    let each = ready.iter().map(async |called| {
        let answer = stage.platform.call(Some(actor), &called.path, &called.call).await;
        let (what, expect) = match &called.call {
            Call::Read | Call::Open | Call::Ask(_) => ("read", told.read),
            Call::Write("key.add" | "key.revoke", _) => ("write", told.keys),
            Call::Write(..) => ("write", told.write),
        };
        assert_eq!(answer.said(), expect, "{} by {role:?}: {}", called.path, answer.body);
        what
    });
    let done = join_all(each).await;
    let reads = done.iter().filter(|what| **what == "read").count();
    let (reads_min, writes_min) = least(role);
    assert!(reads >= reads_min && done.len() - reads >= writes_min, "{reads} reads of {}", done.len());
}

/// A party with the key of another.
fn with_key_of(party: &Actor, key: &Actor) -> Actor {
    let secret = SigningKey::from_secret(key.key.public().algorithm(), &key.key.secret());
    Actor { party: party.party.clone(), key: secret.expect("a key") }
}

/// A party with a key that it has beside its first, or will have.
fn further(party: &Actor, label: &str, algorithm: Algorithm) -> Actor {
    Actor { party: party.party.clone(), ..Actor::person(label, algorithm) }
}

/// The body of `key.add`.
fn add(key: &Actor) -> String {
    format!(r#"{{"key":{}}}"#, key.jwk_json())
}

/// Revokes a key with another one of its party, until every service knows.
async fn revoke(platform: &TestPlatform, by: &Actor, gone: &Actor) {
    let body = format!(r#"{{"kid":"{}"}}"#, kid(&gone.key.id()));
    platform.accept(by, "key.revoke", &body).await;
    platform.followed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_key_opens_nothing_once_it_is_revoked_or_reset_and_what_it_did_before_stays() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    let role = Role::Enterprise;
    let ready = allowed(&stage, &seen, role).await;
    let Stage { platform, enterprise, other, .. } = &stage;
    let second = further(enterprise, "second", Algorithm::EdDsa);
    let thief_s = further(enterprise, "the thief's", Algorithm::Es256);
    platform.accept(enterprise, "key.add", &add(&second)).await;
    let before = platform.accept(enterprise, "key.add", &add(&thief_s)).await;
    let receipt = format!("/v1/transitions/{}", before.id);
    let told = platform.get(&receipt).by(&second).send().await.ok();

    check(&stage, role, &with_key_of(other, enterprise), &ready, &LENT).await;
    // Signed while the key was good, and sent when it is not.
    let kept = platform.sign(enterprise, "quota.apply", &body::apply(platform.now().month(), 1));
    revoke(platform, &second, enterprise).await;
    assert_eq!(platform.submit("/v1/quotas", &kept, None).await.said(), "409 key.revoked");
    check(&stage, role, enterprise, &ready, &REVOKED).await;

    // The thief had added a key with the stolen one; what the bureau resets is gone, whoever added it.
    let third = further(enterprise, "third", Algorithm::Es256k);
    let (party, jwk) = (&enterprise.party, third.jwk_json());
    let reset = format!(r#"{{"party":"{party}","reason":"stolen","key":{jwk}}}"#);
    platform.accept(&platform.chain.bureau, "key.reset", &reset).await;
    platform.followed().await;
    for gone in [&thief_s, &second, enterprise] {
        check(&stage, role, gone, &ready, &REVOKED).await;
    }
    assert_eq!(platform.get(&receipt).by(&third).send().await.ok(), told, "what was decided stays");
    let again = platform.submit("/v1/transitions", &before, None).await;
    assert_eq!(again.said(), "200", "{}", again.body);
    stage.platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_a_node_and_a_bureau_whom_nobody_resets_shut_a_thief_out_with_another_key_of_theirs() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    // The bureau last: what the others try needs its first key.
    for role in [Role::Person, Role::Node, Role::Bureau] {
        shut_out(&stage, &seen, role).await;
    }
    stage.platform.stop().await;
}

async fn shut_out(stage: &Stage, seen: &Seen, role: Role) {
    let ready = allowed(stage, seen, role).await;
    let (platform, stolen) = (&stage.platform, role.actor(stage));
    let second = further(stolen, "second", Algorithm::EdDsa);
    let thief_s = further(stolen, "the thief's", Algorithm::Es256);
    platform.accept(stolen, "key.add", &add(&second)).await;
    let before = platform.accept(stolen, "key.add", &add(&thief_s)).await;
    let receipt = format!("/v1/transitions/{}", before.id);
    let told = platform.get(&receipt).by(&second).send().await.ok();

    let other = if role == Role::Person { &stage.another } else { &stage.other };
    check(stage, role, &with_key_of(other, stolen), &ready, &LENT).await;
    // Signed while the key was good, and sent when it is not.
    let kept = platform.sign(stolen, "key.add", &add(&further(stolen, "kept", Algorithm::Es256k)));
    revoke(platform, &second, stolen).await;
    assert_eq!(platform.submit("/v1/transitions", &kept, None).await.said(), "409 key.revoked");
    check(stage, role, stolen, &ready, &REVOKED).await;

    // What was added with the stolen key is a key like others, until it is revoked, too.
    assert_eq!(platform.get(&receipt).by(&thief_s).send().await.ok(), told, "{role:?}");
    revoke(platform, &second, &thief_s).await;
    check(stage, role, &thief_s, &ready, &REVOKED).await;
    assert_eq!(platform.get(&receipt).by(&second).send().await.ok(), told, "what was decided stays");
    let again = platform.submit("/v1/transitions", &before, None).await;
    assert_eq!(again.said(), "200", "{role:?}: {}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_signed_for_one_chain_counts_on_another() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    let Stage { platform, person, .. } = &stage;
    let now = platform.now();
    // The same parties with the same keys; only the seed in its genesis file differs.
    let other = TestChain::new(now.plus(-1), 2);
    let mut signed = Vec::new();
    for role in [Role::Enterprise, Role::Person, Role::Node, Role::Bureau] {
        for called in allowed(&stage, &seen, role).await {
            signed.extend(elsewhere(platform, role.actor(&stage), &called, &other).await);
        }
    }
    assert!(signed.len() >= 37, "{} writes", signed.len());
    for id in signed {
        assert!(platform.reader.decided(&id).await.unwrap().is_none(), "{id} is on the record");
    }
    // A claim key signs who takes the invoice, for one chain.
    let number = stage.issued(person).await;
    let proof = secret().sign_claim(other.id(), &number, &person.party);
    let take = body::take(&number, Some(&base64url::encode(proof.as_bytes())));
    let answer = platform.submit_as(person, "/v1/claims", "claim.take", &take).await;
    assert_eq!(answer.said(), "409 claim.proof");
    stage.platform.stop().await;
}

/// Does what somebody may, signed for another chain: it is told so. Gives the transition, where it is one.
async fn elsewhere(
    platform: &TestPlatform,
    actor: &Actor,
    called: &Called,
    chain: &TestChain,
) -> Option<TransitionId> {
    let (now, path) = (platform.now(), &called.path);
    let request = match &called.call {
        Call::Write(kind, body) => {
            let signed = actor.sign(chain.id(), now, kind, body);
            let answer = platform.submit(path, &signed, None).await;
            assert_eq!(answer.said(), "422 wrong_chain", "{path}");
            return Some(signed.id);
        }
        Call::Ask(question) => platform.post(path).json(question.clone()),
        Call::Read | Call::Open => platform.get(path),
    };
    let token = actor.key.sign_read_token(&actor.party, chain.id(), now, now.plus(120));
    let answer = request.header("authorization", &format!("Bearer {token}")).send().await;
    assert_eq!(answer.said(), "401 unauthorized", "{path}");
    None
}
