//! What can never be decided is put aside with its reason, and holds nothing up.

use bytes::Bytes;
use piao_bus::Command;
use piao_chain::execute::Safeguards;
use piao_domain::key::Algorithm;
use piao_protocol::encoding::base64url;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::bus::TestBus;
use piao_testkit::chain::TestChain;
use piao_testkit::world::World;
use piao_testkit::{body, invariants_sql};

/// A message that can never be decided, and a part of the reason for which it is put aside.
struct Bad {
    message: Vec<u8>,
    reason: &'static str,
}

fn bad(message: impl Into<Vec<u8>>, reason: &'static str) -> Bad {
    Bad { message: message.into(), reason }
}

fn apply(world: &World, actor: &Actor) -> Signed {
    world.sign(actor, "quota.apply", &body::apply(world.now().month(), 1))
}

fn malformed(world: &World) -> Vec<Bad> {
    let good = apply(world, &world.seller).jws;
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let no_transition = [
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        "{}".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}.{payload}.{}", &signature[..85]),
        format!("{header}.{payload}.{signature}="),
        format!(" {good}"),
        format!("{good}\r"),
        format!("{}.{payload}.{signature}", base64url::encode(b"{\"alg\":\"none\"}")),
        format!("{header}.{}.{signature}", base64url::encode(b"{\"v\":1}")),
        format!("{{\"transition\":\"{good}\"}}"),
    ];
    let mut bad_ones =
        no_transition.into_iter().map(|text| bad(text, "not a transition")).collect::<Vec<_>>();
    bad_ones.push(bad([0xff, 0xfe], "not UTF-8"));
    bad_ones.push(bad([good.as_bytes(), b"\n\xff"].concat(), "not UTF-8"));
    bad_ones
}

fn misattributed(world: &World) -> Vec<Bad> {
    let elsewhere = TestChain::new(world.now(), 2);
    let month = body::apply(world.now().month(), 1);
    let stranger = Actor::new("uscc:91440300708437873H", Algorithm::EdDsa);
    let thief = Actor { party: world.seller.party.clone(), key: Actor::new(OTHER, Algorithm::EdDsa).key };
    let forger = Actor {
        party: world.seller.party.clone(),
        ..Actor::new("uscc:91440300708437873H", Algorithm::Es256k)
    };
    let person = Actor::person("somebody", Algorithm::EdDsa);
    let impostor = Actor { party: person.party.clone(), ..Actor::person("somebody else", Algorithm::EdDsa) };
    let enroll =
        |actor: &Actor| world.sign(actor, "party.enroll", &format!(r#"{{"key":{}}}"#, actor.jwk_json())).jws;
    vec![
        bad(
            world.seller.sign(elsewhere.id(), world.now(), "quota.apply", &month).jws.as_bytes(),
            "signed for chain test-",
        ),
        bad(apply(world, &stranger).jws.as_bytes(), "unknown key"),
        bad(apply(world, &forger).jws.as_bytes(), "unknown key"),
        bad(apply(world, &thief).jws.as_bytes(), "unknown key"),
        bad(enroll(&impostor).as_bytes(), "a person enrols under the key that the body carries"),
    ]
}

const OTHER: &str = "uscc:9144030071526726XG";

/// One message for each byte of the signature, with that byte changed.
fn altered(world: &World, actor: &Actor) -> Vec<Bad> {
    let good = apply(world, actor).jws;
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature).unwrap();
    let alter = |place: usize| {
        let mut signature = signature.clone();
        signature[place] ^= 1 << (place % 8);
        bad(format!("{signed}.{}", base64url::encode(&signature)), "wrong signature")
    };
    (0..signature.len()).map(alter).collect()
}

/// A good transition and a bad line in one message, in both orders, and the reason.
fn mixed(world: &World, good: &[Signed]) -> Vec<Bad> {
    let other = altered(world, &world.other).swap_remove(10);
    let wrong = String::from_utf8(other.message).unwrap();
    vec![
        bad(format!("{}\n{wrong}", good[0].jws), "wrong signature"),
        bad(format!("{wrong}\n{}", good[1].jws), "wrong signature"),
        bad(format!("{}\nnonsense\n{}", good[2].jws, good[3].jws), "not a transition"),
    ]
}

async fn bad_messages_are_put_aside_and_hold_nothing_up(bus: TestBus) {
    let world = World::on(bus).await;
    let ledger = world.run(Safeguards::ALL).await;
    world.prepare().await;
    let before = world.follower().await.decisions().len();
    let inside = (0..4).map(|_| apply(&world, &world.seller)).collect::<Vec<_>>();
    let mut bad_ones = malformed(&world);
    bad_ones.extend(misattributed(&world));
    for actor in [&world.seller, &world.buyer, &world.other] {
        bad_ones.extend(altered(&world, actor));
    }
    bad_ones.extend(mixed(&world, &inside));
    let mut good = inside;
    for bad in &bad_ones {
        let command = Command { body: Bytes::copy_from_slice(&bad.message), transitions: 1 };
        world.bus.bus.publish_command(command).await.unwrap();
        let between = apply(&world, &world.buyer);
        world.publish(&between).await;
        good.push(between);
    }
    let ids = good.iter().map(|signed| signed.id).collect::<Vec<_>>();
    world.follower().await.all(&ids).await;
    let decided = world.follower().await.decisions().len();
    assert_eq!(decided, before + good.len(), "what is good is decided, and nothing else");
    let mut aside = world.quarantined(bad_ones.len()).await;
    assert_eq!(aside.len(), bad_ones.len(), "what is bad is put aside, once each");
    for Bad { message, reason } in &bad_ones {
        let place =
            aside.iter().position(|aside| aside.body == message.as_slice() && aside.reason.contains(reason));
        let place = place.unwrap_or_else(|| {
            let found =
                aside.iter().find(|aside| aside.body == message.as_slice()).map(|aside| &aside.reason);
            panic!("{}: {reason}, not {found:?}", String::from_utf8_lossy(message))
        });
        aside.swap_remove(place);
    }
    invariants_sql::hold(world.url()).await;
    ledger.drop_it().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_are_put_aside_and_hold_nothing_up_inside_one_process() {
    bad_messages_are_put_aside_and_hold_nothing_up(TestBus::in_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_are_put_aside_and_hold_nothing_up_over_rabbitmq() {
    bad_messages_are_put_aside_and_hold_nothing_up(TestBus::rabbitmq()).await;
}
