use piao_testkit::body;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_is_replayed_is_the_same_again() {
    let world = World::start().await;
    let applied = world.quota(5).await;
    let (number, secret) = world.issue(2).await;
    world.claim(&number, &secret, &world.person).await;
    world.accept(&world.person, "claim.present", &body::present(&number, &world.other)).await;
    world.accept(&world.other, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    world
        .refuse(&world.buyer, "reimbursement.lock", &body::lock(&number, "BX-1"), "claim.not_presented")
        .await;
    let before = shown(&world, &number, &applied.id.to_string()).await;
    let service = piao_issuance::service().unwrap();
    // Nothing more is decided, so the service that runs beside it has nothing to apply meanwhile.
    let reached = service.rebuild(&world.platform().platform, &mut |_| {}).await.unwrap();
    assert_eq!(reached, Some(world.height()));
    assert_eq!(shown(&world, &number, &applied.id.to_string()).await, before);
    world.stop().await;
}

/// What the bureau is shown, and what the seller's next invoice would be.
async fn shown(world: &World, number: &str, quota: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for path in [
        "/v1/quotas".to_owned(),
        format!("/v1/quotas/{quota}/entries"),
        "/v1/invoices".to_owned(),
        format!("/v1/invoices/{number}"),
        format!("/v1/invoices/{number}/history"),
    ] {
        answers.push(world.get(&path).by(&world.chain.bureau).send().await.ok().to_string());
    }
    let draft = body::issue(&world.number(3), Some(&world.buyer), None);
    answers
        .push(world.post("/v1/invoices:check").by(&world.seller).json(draft).send().await.ok().to_string());
    answers
}
