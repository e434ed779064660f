//! Where a 202 points: what became of a transition, at a process that has no ledger.

use piao_protocol::receipt::Receipt;
use serde_json::json;

use crate::support::ledger::{accept, read};
use crate::support::stage::{Answer, Front, Stage};
use crate::support::{Actor, METRO, NOW, TENCENT, register};

async fn look(stage: &Stage, front: &Front, location: &str, caller: &Actor) -> Answer {
    let bearer = format!("Bearer {}", caller.read_token(&stage.genesis, NOW + 60));
    front.get(location, &[("authorization", &bearer)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_finds_the_receipt_there_and_nobody_else_finds_anything() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let (bureau, node) = (Actor::bureau(), Actor::node());
    let jws = bureau.sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let recorded = front.post(&jws, &[("prefer", "wait=0")]).await;
    assert_eq!(recorded.status, 202, "{}", recorded.body);
    let location = recorded.header("location").unwrap();
    let hidden = async || {
        let answer = look(&stage, &front, location, &node).await;
        assert_eq!(answer.code(), (404, "not_found".to_owned()));
        let thief = Actor { party: Actor::bureau().party, key: Actor::node().key };
        let answer = look(&stage, &front, location, &thief).await;
        assert_eq!(answer.code(), (401, "unauthorized".to_owned()));
        assert_eq!(front.get(location, &[]).await.code(), (401, "unauthorized".to_owned()));
    };

    let open = look(&stage, &front, location, &bureau).await;
    assert_eq!((open.status, open.json()), (202, json!({"transition": read(&jws).id().to_string()})));
    assert_eq!(open.header("retry-after"), Some("1"));
    assert_eq!(open.header("location"), Some(location));
    hidden().await;

    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let receipt = front.post(&jws, &[("prefer", "wait=20")]).await.body;
    let decided = look(&stage, &front, location, &bureau).await;
    assert_eq!((decided.status, decided.header("piao-height")), (200, Some("1")), "{}", decided.body);
    assert_eq!(Receipt::parse(&decided.json()["receipt"].to_string()), Receipt::parse(&receipt));
    assert_eq!(
        decided.json().as_object().unwrap().len(),
        1,
        "the transition's bytes went when its receipt came"
    );
    hidden().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_submitted_elsewhere_is_found_by_its_signer_once_its_block_is_here() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let bureau = Actor::bureau();
    let jws = bureau.sign(&stage.genesis, register(&Actor::enterprise(TENCENT, 11)));
    let location = format!("/v1/transitions/{}", read(&jws).id());
    let before = look(&stage, &front, &location, &bureau).await;
    assert_eq!(before.code(), (404, "not_found".to_owned()));
    let (height, announcement) = stage.ledger.append(vec![(jws.clone(), accept(&read(&jws)))]);
    stage.platform.bus.publish_block(height, announcement).await.unwrap();
    let bearer = format!("Bearer {}", bureau.read_token(&stage.genesis, NOW + 60));
    let after = front.get(&location, &[("authorization", &bearer), ("piao-min-height", "1")]).await;
    assert_eq!((after.status, &after.json()["receipt"]["height"]), (200, &json!(1)), "{}", after.body);
    let shape = front.get("/v1/transitions/4f3a", &[("authorization", &bearer)]).await;
    assert_eq!(shape.code(), (422, "schema".to_owned()));
}
