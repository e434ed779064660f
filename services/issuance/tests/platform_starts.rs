//! The platform in one process carries an invoice from rules to issue.

use piao_domain::key::Algorithm;
use piao_testkit::actor::Actor;
use piao_testkit::platform::{Carrier, Options, TestPlatform};
use piao_testkit::{body, given};

async fn check(carrier: Carrier) {
    let options = Options { carrier, ..Options::default() };
    let platform = TestPlatform::start_with(&[given!(piao_issuance)], options).await;
    let seller = Actor::new("uscc:91440300708461136T", Algorithm::Es256k);
    let bureau = &platform.chain.bureau;
    platform.accept(bureau, "party.register", &body::register(&seller)).await;
    platform.accept(bureau, "rules.deploy", &body::rules(1)).await;
    let today = platform.now().date().to_string();
    platform.accept(bureau, "rules.activate", &body::activate(1, &today)).await;
    let apply = platform.sign(&seller, "quota.apply", &body::apply(platform.now().month(), 3));
    let answer = platform.submit("/v1/quotas", &apply, None).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let answer = platform.submit("/v1/quotas", &apply, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_decided_in_one_process() {
    check(Carrier::InProcess).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_decided_over_a_broker() {
    check(Carrier::RabbitMq).await;
}
