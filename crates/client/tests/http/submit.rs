use std::net::TcpListener;
use std::time::Duration;

use piao_client::{Client, ClientError, Endpoints, Settings, Signed, Submitted, Wait};
use piao_domain::command::Command;
use piao_domain::ids::{Code, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::rejection::{self, Rejection};
use piao_protocol::json;

use crate::server::{Fault, SOON};
use crate::{given, given_with, settings, unbook};

/// Whatever a service does on the way, the transition is decided in the end, and every time the very same bytes are
/// sent. `expect` is what the service saw, as methods.
async fn check(faults: &[Fault], expect: &[&str]) {
    let (client, service) = given(faults, None);
    let signed = client.sign(unbook()).unwrap();
    let decision = client.submit_until_decided(&signed, SOON).await;
    let decision = decision.unwrap_or_else(|error| panic!("{faults:?}: {error:?}"));
    assert_eq!((decision.receipt.transition, decision.code()), (signed.id(), "accepted"), "{faults:?}");
    let seen = service.seen();
    let methods: Vec<_> = seen.iter().filter_map(|seen| seen.line.split(' ').next()).collect();
    assert_eq!(methods, expect, "{faults:?}");
    for post in seen.iter().filter(|seen| seen.line.starts_with("POST")) {
        assert_eq!(post.body, signed.jws().as_bytes(), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_transition_is_sent_until_it_is_decided() {
    use Fault::*;
    check(&[], &["POST"]).await;
    check(&[HangAfterDeciding], &["POST", "POST"]).await;
    check(&[BreakAfterDeciding], &["POST", "POST"]).await;
    check(&[HangAfterDeciding, BreakAfterDeciding], &["POST", "POST", "POST"]).await;
    check(&[Problem(503, "unavailable", None)], &["POST", "POST"]).await;
    check(&[Problem(429, "rate_limited", Some(0)), Problem(503, "overloaded", Some(0))], &["POST"; 3]).await;
    check(&[Page(502), Page(504), Page(429)], &["POST"; 4]).await;
    check(&[Record], &["POST", "GET"]).await;
    check(&[RecordAndLose], &["POST", "GET", "POST"]).await;
    check(&[HangAfterDeciding, Problem(503, "unavailable", None), Page(502)], &["POST"; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_asks_for_a_second_gets_it() {
    let (client, service) = given(&[Fault::Problem(429, "rate_limited", Some(1))], None);
    client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await.unwrap();
    let seen = service.seen();
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_algorithm_is_signed_as_a_service_verifies_it() {
    for algorithm in [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa] {
        let (client, _service) = given_with(algorithm, &[], None);
        let decision = client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await.unwrap();
        assert_eq!(decision.code(), "accepted", "{algorithm:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_decision_with_its_explanation() {
    let (client, service) = given(&[], Some(Rejection::new(rejection::Code::LockExists)));
    let decision = client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await.unwrap();
    assert_eq!((decision.code(), service.seen().len()), ("lock.exists", 1));
    let explanation = decision.explanation.as_ref().unwrap();
    assert_eq!(explanation.differs, Some(vec!["/tax".to_owned()]));
    let refused = decision.accepted().unwrap_err();
    assert!(
        matches!(&refused, ClientError::Refused(refused) if refused.receipt.height == 812),
        "{refused:?}"
    );
    assert_eq!(refused.to_string(), "refused: lock.exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_attempt_is_one_attempt() {
    let (client, service) = given(&[Fault::Record], None);
    let signed = client.sign(unbook()).unwrap();
    let submitted = client.submit(&signed, Wait::seconds(3)).await.unwrap();
    assert!(
        matches!(submitted, Submitted::Recorded { id, retry_after: Duration::ZERO } if id == signed.id())
    );
    let seen = service.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line, "POST /v1/bookings/26950000000000000001:unbook");
    assert_eq!(
        (seen[0].headers["prefer"].as_str(), seen[0].headers["content-type"].as_str()),
        ("wait=3", "application/jose")
    );
    assert_eq!(client.resolve(&signed.id()).await.unwrap().map(|receipt| receipt.height), Some(812));
    let other = client.sign(unbook()).unwrap();
    assert_ne!(other.id(), signed.id());
    assert_eq!(client.resolve(&other.id()).await.unwrap(), None);
}

/// What is turned away before anything is written down comes back as it is, at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_is_not_tried_again() {
    let (client, service) = given(&[Fault::Problem(422, "schema", None)], None);
    let error = client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(
        (problem.status, problem.code.as_str(), problem.errors[0].pointer.as_str()),
        (422, "schema", "/body/tax")
    );
    assert!(matches!(error, ClientError::Problem(_)) && service.seen().len() == 1);
}

/// A key that was added just now is known soon. One that nobody registered is not sent again for the whole deadline.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_signer_is_given_up_long_before_the_deadline() {
    let check =
        async |faults: &[Fault], signer_wait_max: Duration, expect: Result<&str, &str>, posts: usize| {
            let (client, service) = given(faults, None);
            let client = client.with_settings(Settings { signer_wait_max, ..settings() });
            let decided = client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await;
            let code = match &decided {
                Ok(decision) => Ok(decision.code()),
                Err(error) => {
                    assert!(error.unknown_signer(), "{faults:?}: {error:?}");
                    Err(error.problem().unwrap().code.as_str())
                }
            };
            assert_eq!((code, service.seen().len()), (expect, posts), "{faults:?}");
        };
    let key = Fault::Problem(401, "unknown_key", Some(0));
    let party = Fault::Problem(401, "unknown_party", Some(0));
    check(&[key, party, key], SOON, Ok("accepted"), 4).await;
    check(&[key; 9], Duration::ZERO, Err("unknown_key"), 1).await;
    check(
        &[Fault::Problem(503, "unavailable", Some(0)), party, party],
        Duration::ZERO,
        Err("unknown_party"),
        2,
    )
    .await;
}

/// What may be on the record is never called anything else, and can be taken up from its text alone.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_can_be_resumed() {
    let check = async |faults: &[Fault], deadline: Duration, last: Option<&str>| {
        let (client, service) = given(faults, None);
        let signed = client.sign(unbook()).unwrap();
        let error = client.submit_until_decided(&signed, deadline).await.unwrap_err();
        let ClientError::OutcomeUnknown(unknown) = &error else { panic!("{faults:?}: {error:?}") };
        assert_eq!(error.problem().map(|problem| problem.code.as_str()), last, "{faults:?}");
        service.faults.lock().unwrap().clear();
        let resumed = Signed::parse(unknown.signed.jws().to_string(), None).unwrap();
        assert_eq!(resumed.id(), signed.id());
        assert_eq!(
            client.submit_until_decided(&resumed, SOON).await.unwrap().receipt.transition,
            signed.id()
        );
    };
    check(&[Fault::Problem(503, "unavailable", Some(30))], SOON, Some("unavailable")).await;
    check(&[Fault::HangAfterDeciding; 9], Duration::from_millis(1500), None).await;
    // An attempt that may have been written down, and then a definite no: still nobody knows.
    check(&[Fault::HangAfterDeciding, Fault::Problem(422, "stale", None)], SOON, Some("stale")).await;
    check(
        &[Fault::BreakAfterDeciding, Fault::Problem(429, "rate_limited", Some(30))],
        SOON,
        Some("rate_limited"),
    )
    .await;
    check(&[Fault::OtherReceipt], SOON, None).await;
    check(&[Fault::Page(200)], SOON, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_reached_a_service_is_not_unknown() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (client, _service) = given(&[], None);
    let nobody = Endpoints::one(&format!("http://127.0.0.1:{port}")).unwrap();
    let client = Client::new(nobody, client.chain().clone(), client.identity().cloned())
        .unwrap()
        .with_settings(settings());
    let signed = client.sign(unbook()).unwrap();
    let error = client.submit_until_decided(&signed, Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(error, ClientError::Transport { .. }), "{error:?}");

    let (client, _service) = given(&[Fault::Problem(429, "rate_limited", Some(30))], None);
    let error = client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await.unwrap_err();
    assert!(matches!(&error, ClientError::Problem(problem) if problem.status == 429), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_data_travels_beside_its_digest() {
    let (client, service) = given(&[Fault::HangAfterDeciding], None);
    let party = PartyId::parse("uscc:914403001922038216").unwrap();
    let command = Command::PartySuspend { party, reason: Code::parse("inspection").unwrap() };
    let data = json::from_str(r#"{"reason":"说明"}"#).unwrap();
    let signed = client.sign_sealed(command.clone(), data).unwrap();
    client.submit_until_decided(&signed, SOON).await.unwrap();
    let seen = service.seen();
    assert_eq!(seen[0].line, "POST /v1/parties/uscc:914403001922038216:suspend");
    assert_eq!((seen.len(), &seen[0].body), (2, &seen[1].body));
    assert!(!format!("{signed:?}").contains("说明"));

    let missing = Signed::parse(signed.jws().to_string(), None).unwrap_err();
    assert!(matches!(missing, ClientError::SealedMissing));
    let other = client.sign_sealed(command, json::Json::empty()).unwrap().sealed().cloned();
    assert!(matches!(Signed::parse(signed.jws().to_string(), other), Err(ClientError::Sealed(_))));
    let nothing_sealed = client.sign_sealed(unbook(), json::Json::empty()).unwrap_err();
    assert!(matches!(nothing_sealed, ClientError::Body(_)));
}

#[test]
fn what_is_no_transition_is_not_taken_up() {
    for text in ["", "a.b.c", "e30.e30.AAAA"] {
        assert!(matches!(Signed::parse(text, None), Err(ClientError::Transition(_))), "{text:?}");
    }
}
