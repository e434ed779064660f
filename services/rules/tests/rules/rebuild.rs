use piao_testkit::body;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_is_replayed_is_the_same_again() {
    let stage = Stage::start().await;
    let bureau = &stage.chain.bureau;
    for version in 1..=3 {
        stage.accept(bureau, "/v1/rule-sets", "rules.deploy", &body::rules(version)).await;
    }
    let from = stage.now().date().to_string();
    let (activate, retire) = (body::activate(2, &from), r#"{"id":"test","version":3}"#);
    stage.accept(bureau, "/v1/rule-sets/test/2:activate", "rules.activate", &activate).await;
    stage.accept(bureau, "/v1/rule-sets/test/3:retire", "rules.retire", retire).await;
    // Reading waits for the height of the last answer, so all of it is followed.
    assert_eq!(stage.get(Some(bureau), "/v1/rule-sets").await.json()["data"].as_array().unwrap().len(), 3);

    let (platform, _fresh) = stage.stop().await;
    let before = crate::schema::dump(&platform.db).await;
    let service = piao_rules::service().unwrap();
    let mut heights = Vec::new();
    let reached = service.rebuild(&platform, &mut |height| heights.push(height)).await.unwrap();
    assert_eq!(heights.last().copied(), reached);
    assert!(reached >= Some(5), "{reached:?}");
    assert_eq!(crate::schema::dump(&platform.db).await, before);
    assert_eq!(before.len(), 3);
}
