//! Following: order, gaps, repeats, broken links, copies, rebuilds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use piao_domain::command::{Command, Kind};
use piao_domain::key::Algorithm;
use piao_domain::party::{KeyState, Standing};
use piao_domain::rejection::Code;
use piao_domain::time::Time;
use piao_edge::follow::{
    Block, FollowError, KeyRecord, LedgerReader, LinkError, PartyRecord, Place, get_party, keys_of,
    list_parties, place,
};
use piao_edge::service::{Edge, Running, Service};
use piao_protocol::block::Header;
use piao_protocol::digest::StateRoot;
use piao_protocol::export::block_line;
use piao_protocol::log::empty_root;

use crate::support::ledger::{accept, lines, one_by_one, read, reject, slow_link};
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, NOW, PATIENCE, TENCENT, register, suspend};

/// Waits until a height is applied.
pub(crate) async fn reached(edge: &Edge, height: u64) {
    let waiting = async {
        while edge.height().is_none_or(|at| at < height) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

pub(crate) async fn everything(edge: &Edge) -> (Vec<PartyRecord>, Vec<KeyRecord>) {
    let read = edge.read(async |connection| {
        let parties = list_parties(connection, None, 100).await?;
        let mut keys = Vec::new();
        for record in &parties {
            keys.extend(keys_of(connection, &record.party, 100).await?);
        }
        Ok((parties, keys))
    });
    read.await.unwrap()
}

pub(crate) fn accepted(jws: String) -> (String, piao_protocol::outcome::Outcome) {
    let outcome = accept(&read(&jws));
    (jws, outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_silence_the_ledger_is_asked() {
    let stage = Stage::new().await;
    let running = stage.start();
    reached(running.edge(), 0).await;
    stage.ledger.append(Vec::new());
    reached(running.edge(), stage.ledger.height()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_whose_blocks_do_not_link_stops_the_service() {
    let stage = Stage::new().await;
    let first = stage.genesis.first_block();
    let next = |header: &Header, time: i64| {
        header.next(Time::from_unix(time), 0, empty_root(), StateRoot::NONE).unwrap()
    };
    let line = |header: &Header| Bytes::from(block_line(header, &[], &[]).unwrap());
    let (one, other_one) = (next(&first, NOW), next(&first, NOW + 1));
    let stray = next(&other_one, NOW + 2);
    let mut platform = stage.platform.clone();
    platform.ledger = lines(vec![line(&first), line(&one), line(&stray)]);
    let mut running = stage.service().start(&platform);
    let stopped = tokio::time::timeout(PATIENCE, running.failed()).await.unwrap();
    assert!(matches!(stopped, Err(FollowError::Link(LinkError::Header { height: 2, .. }))), "{stopped:?}");
    assert_eq!(running.edge().height(), Some(1));
    assert!(!running.edge().is_ready().await);
    running.stop().await;

    // A ledger that was set back and went on differently is not followed either.
    platform.ledger = lines(vec![line(&first), line(&other_one), line(&stray)]);
    let mut running = stage.service().start(&platform);
    let stopped = tokio::time::timeout(PATIENCE, running.failed()).await.unwrap();
    assert!(matches!(stopped, Err(FollowError::Link(LinkError::Header { height: 2, .. }))), "{stopped:?}");

    platform.ledger = lines(vec![line(&first), line(&one), Bytes::from_static(b"{}")]);
    let mut running = stage.service().start(&platform);
    let stopped = tokio::time::timeout(PATIENCE, running.failed()).await.unwrap();
    assert!(matches!(stopped, Err(FollowError::Decode(_))), "{stopped:?}");
}

#[test]
fn a_block_is_known_next_beyond_a_gap_or_wrong() {
    let genesis = crate::support::genesis();
    let first = genesis.first_block();
    let next = |header: &Header, time: i64| {
        header.next(Time::from_unix(time), 0, empty_root(), StateRoot::NONE).unwrap()
    };
    let (one, two) = (next(&first, NOW), next(&next(&first, NOW), NOW));
    let check = |applied: Option<&Header>, block: &Header, expect: Result<Place, ()>| {
        let placed = place(genesis.chain(), genesis.hash(), applied, block).map_err(|_| ());
        assert_eq!(placed, expect, "{applied:?} {block:?}");
    };
    check(None, &first, Ok(Place::Next));
    check(None, &one, Ok(Place::Gap { from: 0 }));
    check(Some(&first), &first, Ok(Place::Known));
    check(Some(&first), &one, Ok(Place::Next));
    check(Some(&first), &two, Ok(Place::Gap { from: 1 }));
    check(Some(&two), &one, Ok(Place::Known));
    check(Some(&one), &next(&first, NOW + 1), Err(()));
    check(Some(&next(&first, NOW + 1)), &two, Err(()));
    let other = {
        let mut content = genesis.content().clone();
        content.seed = [8; 16];
        piao_protocol::genesis::Genesis::create(&content).unwrap()
    };
    check(None, &other.first_block(), Err(()));
    check(Some(&first), &next(&other.first_block(), NOW), Err(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn parties_and_keys_become_what_the_blocks_say() {
    let stage = Stage::new().await;
    let genesis = &*stage.genesis;
    let (bureau, metro, tencent) =
        (Actor::bureau(), Actor::enterprise(METRO, 10), Actor::enterprise(TENCENT, 11));
    let metro_two = Actor::new(&format!("uscc:{METRO}"), Algorithm::EdDsa, 12);
    let metro_three = Actor::new(&format!("uscc:{METRO}"), Algorithm::Es256, 13);
    let person = Actor::person(14);
    let reason = || piao_domain::command::ReasonCode::parse("lost").unwrap();
    let reset = Command::KeyReset { enterprise: metro.uscc(), key: metro_three.new_key(), reason: reason() };
    let reinstate = Command::PartyReinstate { party: tencent.party.clone(), reason: reason() };
    let refused = bureau.sign(genesis, suspend(&person));
    stage.ledger.append(vec![
        accepted(bureau.sign(genesis, register(&metro))),
        accepted(bureau.sign(genesis, register(&tencent))),
        accepted(person.sign(genesis, Command::PartyEnroll { key: person.new_key() })),
        accepted(metro.sign(genesis, Command::KeyAdd { key: metro_two.new_key() })),
        (refused, reject(Code::PartyUnknown)),
        accepted(bureau.sign(genesis, suspend(&tencent))),
    ]);
    stage.ledger.append(vec![
        accepted(metro_two.sign(genesis, Command::KeyRevoke { key: metro.key.id() })),
        accepted(bureau.sign(genesis, suspend(&metro))),
        accepted(bureau.sign(genesis, reset)),
        accepted(bureau.sign(genesis, reinstate)),
    ]);
    let running = stage.start();
    reached(running.edge(), 2).await;

    let (parties, keys) = everything(running.edge()).await;
    let standings: Vec<_> = parties.iter().map(|record| (record.party.clone(), record.standing)).collect();
    let mut expect = vec![
        (bureau.party.clone(), Standing::Active),
        (Actor::node().party, Standing::Active),
        (person.party.clone(), Standing::Active),
        (tencent.party.clone(), Standing::Active),
        (metro.party.clone(), Standing::Suspended),
    ];
    expect.sort_by_key(|(party, _)| party.to_string());
    assert_eq!(standings, expect);
    let state = |actor: &Actor| {
        let found = keys.iter().find(|record| record.kid == actor.key.id()).unwrap();
        assert_eq!((&found.party, found.key.public), (&actor.party, *actor.key.public()));
        found.key.state
    };
    assert_eq!(state(&metro), KeyState::Revoked);
    assert_eq!(state(&metro_two), KeyState::Revoked);
    assert_eq!(state(&metro_three), KeyState::Live);
    assert_eq!(state(&person), KeyState::Live);
    assert_eq!(keys.len(), 7);
    let found =
        running.edge().read(async |connection| get_party(connection, &metro.party).await).await.unwrap();
    assert_eq!(found.map(|record| record.standing), Some(Standing::Suspended));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_the_block_of_the_registration_leaves_one_live_key() {
    let stage = Stage::new().await;
    let (bureau, metro) = (Actor::bureau(), Actor::enterprise(METRO, 10));
    let new = Actor::enterprise(METRO, 11);
    let reason = piao_domain::command::ReasonCode::parse("lost").unwrap();
    let reset = Command::KeyReset { enterprise: metro.uscc(), key: new.new_key(), reason };
    stage.ledger.append(vec![
        accepted(bureau.sign(&stage.genesis, register(&metro))),
        accepted(bureau.sign(&stage.genesis, reset)),
    ]);
    let running = stage.start();
    reached(running.edge(), 1).await;
    let (_, keys) = everything(running.edge()).await;
    let theirs = keys.iter().filter(|record| record.party == metro.party);
    let mut states: Vec<_> = theirs.map(|record| (record.kid, record.key.state)).collect();
    states.sort_by_key(|(kid, _)| *kid == new.key.id());
    assert_eq!(states, [(metro.key.id(), KeyState::Revoked), (new.key.id(), KeyState::Live)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_two_parties_is_revoked_and_reset_for_each_by_itself() {
    let stage = Stage::new().await;
    let genesis = &*stage.genesis;
    let (bureau, metro, tencent) =
        (Actor::bureau(), Actor::enterprise(METRO, 10), Actor::enterprise(TENCENT, 11));
    // Keys 20 to 22, as each of the two signs with them.
    let with = |owner: &Actor, seed| Actor::new(&owner.party.to_string(), Algorithm::EdDsa, seed);
    let add = |owner: &Actor, seed| {
        accepted(owner.sign(genesis, Command::KeyAdd { key: with(owner, seed).new_key() }))
    };
    let revoke = |owner: &Actor, seed| {
        accepted(owner.sign(genesis, Command::KeyRevoke { key: with(owner, seed).key.id() }))
    };
    let reason = piao_domain::command::ReasonCode::parse("lost").unwrap();
    let reset = |seed| {
        let (enterprise, key) = (metro.uscc(), with(&metro, seed).new_key());
        accepted(bureau.sign(genesis, Command::KeyReset { enterprise, key, reason: reason.clone() }))
    };
    stage.ledger.append(vec![
        accepted(bureau.sign(genesis, register(&metro))),
        accepted(bureau.sign(genesis, register(&tencent))),
        add(&metro, 20),
        add(&tencent, 20),
        add(&metro, 21),
        revoke(&metro, 20),
    ]);
    // In one block the one loses key 21 and gets 22, and the other gets 21.
    stage.ledger.append(vec![add(&tencent, 21), add(&tencent, 22), reset(22), revoke(&tencent, 22)]);
    let running = stage.start();
    reached(running.edge(), 2).await;
    let (_, keys) = everything(running.edge()).await;
    let check = |owner: &Actor, seed: u8, expect: KeyState| {
        let kid = with(owner, seed).key.id();
        let found = keys.iter().find(|record| record.party == owner.party && record.kid == kid);
        assert_eq!(found.map(|record| record.key.state), Some(expect), "{seed} of {}", owner.party);
    };
    check(&metro, 20, KeyState::Revoked);
    check(&tencent, 20, KeyState::Live);
    check(&metro, 21, KeyState::Revoked);
    check(&tencent, 21, KeyState::Live);
    check(&metro, 22, KeyState::Live);
    check(&tencent, 22, KeyState::Revoked);
    // Whoever was served with a key before is served as its own party only.
    let front = stage.front(&running);
    let me = async |actor: &Actor| {
        let token = format!("Bearer {}", actor.read_token(genesis, NOW + 60));
        front.get("/v1/me", &[("authorization", token.as_str())]).await.status
    };
    assert_eq!(me(&with(&tencent, 20)).await, 200);
    assert_eq!(me(&with(&metro, 20)).await, 401);
    assert_eq!(me(&with(&metro, 22)).await, 200);
    assert_eq!(me(&with(&tencent, 22)).await, 401);
    // A revocation is forgotten for the one whose it is.
    let (height, line) = stage.ledger.append(vec![revoke(&metro, 22), add(&metro, 23), revoke(&tencent, 20)]);
    stage.platform.bus.publish_block(height, line).await.unwrap();
    reached(running.edge(), 3).await;
    assert_eq!(me(&with(&tencent, 20)).await, 401);
    assert_eq!(me(&with(&tencent, 21)).await, 200);
    assert_eq!(me(&with(&metro, 22)).await, 401);
    assert_eq!(me(&with(&metro, 23)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_a_service_share_a_schema_and_both_wake_their_callers() {
    let stage = Stage::new().await;
    let (one, two) = (stage.start(), stage.start());
    let (front_one, front_two) = (stage.front(&one), stage.front(&two));
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let bureau = Actor::bureau();
    let sign =
        |seed| bureau.sign(&stage.genesis, Command::KeyAdd { key: Actor::enterprise(METRO, seed).new_key() });
    let posts = (0..10_u8).map(|round| {
        let jws = sign(20 + round);
        let front = if round % 2 == 0 { &front_one } else { &front_two };
        async move { front.post(&jws, &[]).await.status }
    });
    assert_eq!(futures_util::future::join_all(posts).await, [201; 10]);
    let height = stage.ledger.height();
    reached(one.edge(), height).await;
    reached(two.edge(), height).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_gives_the_same_again_and_keeps_what_is_open() {
    let stage = Stage::new().await;
    let bureau = Actor::bureau();
    let running = stage.start();
    let front = stage.front(&running);
    let registered = bureau.sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    stage.ledger.append(vec![accepted(registered.clone())]);
    stage.ledger.append(vec![accepted(bureau.sign(&stage.genesis, suspend(&Actor::enterprise(METRO, 10))))]);
    reached(running.edge(), 2).await;
    let open = bureau.sign(&stage.genesis, register(&Actor::enterprise(TENCENT, 11)));
    assert_eq!(front.post(&open, &[("prefer", "wait=0")]).await.status, 202);
    let before = everything(running.edge()).await;
    front.handle.stop().await;
    running.stop().await;

    let heights = AtomicU64::new(0);
    let mut progress = |height| heights.store(height, Ordering::SeqCst);
    let service = Service::new("edge_test", Kind::ALL).unwrap().project(piao_edge::follow::InvoiceProjection);
    assert_eq!(service.rebuild(&stage.platform, &mut progress).await.unwrap(), Some(2));
    assert_eq!(heights.load(Ordering::SeqCst), 2);

    let running = stage.start();
    reached(running.edge(), 2).await;
    assert_eq!(everything(running.edge()).await, before);
    let receipt = running.edge().receipt(read(&registered).id(), Time::from_unix(NOW)).await.unwrap();
    assert_eq!(receipt.map(|receipt| receipt.height), Some(1));
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    reached(running.edge(), 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_beside_a_rebuild_says_how_low_the_read_model_is_again() {
    let stage = Stage::new().await;
    let running = stage.start();
    stage.ledger.append(vec![accepted(
        Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10))),
    )]);
    reached(running.edge(), 1).await;
    // Another copy has just begun, and the ledger gives nothing to go on with.
    *stage.ledger.reachable.lock().unwrap() = false;
    let begun = stage.service().rebuild(&stage.platform, &mut |_| {}).await;
    assert!(matches!(begun, Err(FollowError::Ledger(_))), "{begun:?}");
    let lower = async {
        let mut due = tokio::time::interval(Duration::from_millis(20));
        while running.edge().height().is_some() {
            due.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, lower).await.expect("the height goes back");
    *stage.ledger.reachable.lock().unwrap() = true;
    stage.ledger.append(vec![accepted(
        Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(TENCENT, 11))),
    )]);
    reached(running.edge(), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_away_is_asked_again() {
    let stage = Stage::new().await;
    *stage.ledger.reachable.lock().unwrap() = false;
    let running: Running = stage.start();
    assert!(!running.edge().is_ready().await);
    *stage.ledger.reachable.lock().unwrap() = true;
    let ready = async {
        while !running.edge().is_ready().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap();
    assert_eq!(running.edge().height(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_started_without_the_ledger_gets_ready_although_announcements_never_pause() {
    let stage = Stage::new().await;
    let first = stage.start();
    reached(first.edge(), 0).await;
    first.stop().await;
    *stage.ledger.reachable.lock().unwrap() = false;
    let running = stage.start();
    reached(running.edge(), 0).await;
    let (height, announcement) = stage.ledger.append(Vec::new());
    stage.platform.bus.publish_block(height, announcement).await.unwrap();
    reached(running.edge(), height).await;
    assert!(!running.edge().is_ready().await, "nobody has said yet that this is the last");
    *stage.ledger.reachable.lock().unwrap() = true;
    let ready = async {
        while !running.edge().is_ready().await {
            let (height, announcement) = stage.ledger.append(Vec::new());
            stage.platform.bus.publish_block(height, announcement).await.unwrap();
            reached(running.edge(), height).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_not_ready_before_the_ledger_says_that_there_is_no_more() {
    let stage = Stage::new().await;
    (0..3).for_each(|_| drop(stage.ledger.append(Vec::new())));
    let given = stage.ledger.blocks(0, 10).await.unwrap();
    let mut platform = stage.platform.clone();
    platform.ledger = one_by_one(given);
    let running = stage.service().start(&platform);
    reached(running.edge(), 3).await;
    assert!(!running.edge().is_ready().await, "nobody has said yet that block 3 is the last");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_slow_link_fewer_blocks_are_asked_for_until_they_come() {
    let stage = Stage::new().await;
    (0..40).for_each(|_| drop(stage.ledger.append(Vec::new())));
    let given = stage.ledger.blocks(0, 50).await.unwrap();
    let mut platform = stage.platform.clone();
    platform.ledger = slow_link(given);
    let running = stage.service().start(&platform);
    reached(running.edge(), 40).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_make_a_block_by_accident() {
    let stage = Stage::new().await;
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    stage.ledger.append(vec![accepted(jws)]);
    let line = stage.ledger.blocks(1, 1).await.unwrap().remove(0);
    let block = Block::decode(&line).unwrap();
    assert_eq!((block.height(), block.entries().len()), (1, 1));
    assert_eq!(block.entries()[0].receipt().block, block.hash());
    for end in 0..line.len() - 1 {
        assert!(Block::decode(&line[..end]).is_err(), "cut at {end}");
    }
    let text = std::str::from_utf8(&line).unwrap();
    for (from, to) in [
        ("\"count\":1", "\"count\":2"),
        ("\"outcomes\":[", "\"outcomes\":[],\"x\":["),
        ("\"v\":1", "\"v\":2"),
        ("accepted", "rejected"),
    ] {
        assert!(Block::decode(text.replace(from, to).as_bytes()).is_err(), "{from} {to}");
    }
    assert!(stage.ledger.blocks(5, 10).await.unwrap().is_empty());
}
