//! What a service makes of announcements: those of the ledger, and anybody else's.

use std::sync::Arc;

use bytes::Bytes;
use piao_domain::command::Command;
use piao_domain::time::Time;
use piao_protocol::announcement::announce;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::digest::StateRoot;
use piao_protocol::export::block_line;
use piao_protocol::log::empty_root;

use crate::follow::{accepted, everything, reached};
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, NOW, TENCENT, register};

#[tokio::test(flavor = "multi_thread")]
async fn announcements_that_are_lost_repeated_or_out_of_order_change_nothing() {
    let stage = Stage::new().await;
    let bureau = Actor::bureau();
    let blocks: Vec<_> = (10..14)
        .map(|seed| {
            let jws = bureau
                .sign(&stage.genesis, Command::KeyAdd { key: Actor::enterprise(METRO, seed).new_key() });
            stage.ledger.append(vec![accepted(jws)])
        })
        .collect();
    let running = stage.start();
    // Not one was announced: they are fetched at the start.
    reached(running.edge(), 4).await;
    let later = bureau.sign(&stage.genesis, Command::KeyAdd { key: Actor::enterprise(METRO, 20).new_key() });
    let lost = stage.ledger.append(vec![accepted(later)]);
    let announced = stage.ledger.append(Vec::new());
    let announce = async |(height, announcement): &(u64, Bytes)| {
        stage.platform.bus.publish_block(*height, announcement.clone()).await.unwrap();
    };
    for block in [&blocks[3], &blocks[0], &announced, &lost, &announced, &announced] {
        announce(block).await;
    }
    reached(running.edge(), 6).await;
    let (_, keys) = everything(running.edge()).await;
    // Two of genesis, four and one.
    assert_eq!(keys.len(), 7);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_broker_stops_nobody() {
    let stage = Stage::new().await;
    let running = stage.start();
    reached(running.edge(), 0).await;
    let (height, announcement) = stage.ledger.append(Vec::new());
    let bus = &stage.platform.bus;
    bus.publish_block(1, Bytes::from_static(b"nonsense")).await.unwrap();
    bus.publish_block(u64::MAX, Bytes::new()).await.unwrap();
    reached(running.edge(), 1).await;
    bus.publish_block(height, announcement).await.unwrap();
    stage.ledger.append(Vec::new());
    reached(running.edge(), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_the_log_did_not_sign_is_not_applied() {
    let stage = Stage::new().await;
    let running = stage.start();
    reached(running.edge(), 0).await;
    // With the ledger away nothing but the signature tells the true announcement from the others.
    *stage.ledger.reachable.lock().unwrap() = false;
    let by_bureau = |enterprise: &str, seed| {
        Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(enterprise, seed)))
    };
    let forged = {
        let (jws, outcome) = accepted(by_bureau(TENCENT, 11));
        let first = stage.genesis.first_block();
        let header = first.next(Time::from_unix(NOW), 1, empty_root(), StateRoot::NONE).unwrap();
        block_line(&header, &[&jws], &[outcome]).unwrap()
    };
    let (height, announcement) = stage.ledger.append(vec![accepted(by_bureau(METRO, 10))]);
    let signature = announcement.rsplit(|byte| *byte == b'\n').next().unwrap();
    let of_another = [forged.as_bytes(), signature].concat();
    let by_another = announce(forged.clone(), &LogSigner::from_seed(&[8; 32]));
    for message in [forged.into_bytes(), of_another, by_another.into_bytes(), announcement.to_vec()] {
        stage.platform.bus.publish_block(height, message.into()).await.unwrap();
    }
    reached(running.edge(), 1).await;
    let (parties, _) = everything(running.edge()).await;
    let enterprise = |uscc, seed| parties.iter().any(|row| row.party == Actor::enterprise(uscc, seed).party);
    assert_eq!((enterprise(METRO, 10), enterprise(TENCENT, 11)), (true, false));
    let metrics = stage.platform.metrics.render().unwrap();
    assert!(metrics.contains("piao_announcements_refused_total{service=\"edge_test\"} 3"), "{metrics}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_garbage_does_not_keep_a_service_from_asking_the_ledger() {
    let stage = Stage::new().await;
    let running = stage.start();
    reached(running.edge(), 0).await;
    stage.ledger.append(Vec::new());
    // From several sides, each message another and large, so that there is always one more to look at.
    let floods = (0..4_u8).map(|side| {
        let bus = Arc::clone(&stage.platform.bus);
        tokio::spawn(async move {
            for number in 0_u64.. {
                let mut garbage = vec![side; 64 * 1024];
                garbage.extend(number.to_be_bytes());
                bus.publish_block(1, garbage.into()).await.unwrap();
                tokio::task::yield_now().await;
            }
        })
    });
    let floods = floods.collect::<Vec<_>>();
    reached(running.edge(), 1).await;
    floods.iter().for_each(tokio::task::JoinHandle::abort);
    running.stop().await;
}
