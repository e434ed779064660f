use piao_testkit::body;
use piao_testkit::platform::{Carrier, Options};

use crate::support::World;

async fn check(carrier: Carrier) {
    let world = World::start_with(Options { carrier, ..Options::default() }).await;
    let apply = world.sign(&world.seller, "quota.apply", &body::apply(world.now().month(), 3));
    for expect in [201, 200] {
        let answer = world.submit("/v1/quotas", &apply, None).await;
        assert_eq!(answer.status, expect, "{}", answer.body);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_decided_in_one_process() {
    check(Carrier::InProcess).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_decided_over_a_broker() {
    check(Carrier::RabbitMq).await;
}
