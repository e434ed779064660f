use piao_testkit::body;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_is_replayed_is_the_same_again() {
    let platform = crate::platform().await;
    let bureau = &platform.chain.bureau;
    for version in 1..=3 {
        platform.accept_at(bureau, "/v1/rule-sets", "rules.deploy", &body::rules(version)).await;
    }
    let from = platform.now().date().to_string();
    let (activate, retire) = (body::activate(2, &from), r#"{"id":"test","version":3}"#);
    platform.accept_at(bureau, "/v1/rule-sets/test/2:activate", "rules.activate", &activate).await;
    platform.accept_at(bureau, "/v1/rule-sets/test/3:retire", "rules.retire", retire).await;
    // Reading waits for the height of the last answer, so all of it is followed.
    assert_eq!(
        platform.get("/v1/rule-sets").by(bureau).send().await.json()["data"].as_array().unwrap().len(),
        3
    );

    let before = crate::schema::dump(&platform.database).await;
    let service = piao_rules::service().unwrap();
    let mut heights = Vec::new();
    // Nothing more is decided, so the service that runs beside it has nothing to apply meanwhile.
    let reached = service.rebuild(&platform.platform, &mut |height| heights.push(height)).await.unwrap();
    assert_eq!(heights.last().copied(), reached);
    assert!(reached >= Some(5), "{reached:?}");
    assert_eq!(crate::schema::dump(&platform.database).await, before);
    assert_eq!(before.len(), 3);
    platform.stop().await;
}
