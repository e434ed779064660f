//! The way of a transition, over HTTP.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use piao_bus::{InProcessBus, InProcessConfig};
use piao_domain::command::{Command, ReasonCode};
use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::time::Time;
use piao_edge::service::Running;
use piao_protocol::body::Body;
use piao_protocol::encoding::hex;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::ledger::{accept, read, reject};
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, NOW, PATIENCE, TENCENT, register, sealed, suspend};

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_transition_is_answered_with_its_receipt_and_a_repeat_with_the_same() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let front = stage.front(&running);
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));

    let first = front.post(&jws, &[]).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let receipt = Receipt::parse(&first.body).unwrap();
    assert_eq!(receipt.transition, read(&jws).id());
    assert_eq!((receipt.height, receipt.index), (1, 1));
    assert_eq!(first.header("piao-height"), Some("1"));
    assert_eq!(first.header("location"), Some(&*format!("/v1/transitions/{}", receipt.transition)));

    // Long after, with another signature over the same bytes: the receipt comes before every other check.
    stage.clock.0.store(NOW + 1_000_000, Ordering::SeqCst);
    let (signing_input, _) = jws.rsplit_once('.').unwrap();
    let forged = format!("{signing_input}.{}", "A".repeat(86));
    for repeat in [&jws, &forged] {
        let again = front.post(repeat, &[]).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_problem_with_its_receipt_in_the_callers_language() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, |_| reject(Code::PartyExists));
    let running = stage.start();
    let front = stage.front(&running);
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    for (language, title) in [("", "该主体已登记。"), ("en", "The party is registered already.")] {
        let answer = front.post(&jws, &[("accept-language", language)]).await;
        assert_eq!(answer.code(), (409, "party.exists".to_owned()));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let document = answer.json();
        assert_eq!(document["title"], title);
        assert_eq!(document["retryable"], false);
        assert_eq!(document["receipt"]["height"], 1);
        assert_eq!(document["trace_id"].as_str().unwrap().len(), 32);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_the_same_thing_again_is_told_in_what_it_differs() {
    let stage = Stage::new().await;
    let earlier = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let existing = read(&earlier).id();
    let _ledger = stage.ledger.serve(&stage.platform.bus, move |transition| match transition.id() {
        id if id == existing => accept(transition),
        _ => Outcome::Rejected(Rejection::existing(Code::PartyExists, existing)),
    });
    let running = stage.start();
    let front = stage.front(&running);
    assert_eq!(front.post(&earlier, &[]).await.status, 201);
    let later = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 11)));
    let answer = front.post(&later, &[]).await;
    assert_eq!(answer.code(), (409, "party.exists".to_owned()));
    assert_eq!(answer.json()["receipt"]["detail"]["existing"], existing.to_string());
    assert_eq!(answer.json()["differs"], json!(["/body/key/x", "/body/key/y"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_decided_in_time_is_recorded_and_decided_later() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let answer = front.post(&jws, &[("prefer", "wait=0")]).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let id = read(&jws).id();
    assert_eq!(answer.json(), json!({"transition": id.to_string()}));
    assert_eq!(answer.header("retry-after"), Some("1"));
    // No ledger has taken it yet: the message waits on the bus.
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let answer = front.post(&jws, &[("prefer", "wait=20")]).await;
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_in_time_stays_recorded_when_it_grows_stale() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let other = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(TENCENT, 11)));
    assert_eq!(front.post(&jws, &[("prefer", "wait=0")]).await.status, 202);
    stage.clock.0.store(NOW + 601, Ordering::SeqCst);
    let again = front.post(&jws, &[("prefer", "wait=0")]).await;
    assert_eq!(again.status, 202, "it is on its way, so it is not called refused: {}", again.body);
    assert_eq!(front.post(&other, &[]).await.code(), (422, "stale".to_owned()), "a new one is too late");
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let decided = front.post(&jws, &[("prefer", "wait=20")]).await;
    assert!(matches!(decided.status, 200 | 201), "{}", decided.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_edge_refuses_by_itself_is_named_and_never_submitted() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let (bureau, metro) = (Actor::bureau(), Actor::enterprise(METRO, 10));
    let other_chain = {
        let mut content = stage.genesis.content().clone();
        content.seed = [4; 16];
        piao_protocol::genesis::Genesis::create(&content).unwrap()
    };
    let signed = |command: Command| bureau.sign(&stage.genesis, command);
    let good = signed(register(&metro));
    let (signing_input, signature) = good.rsplit_once('.').unwrap();
    let altered =
        format!("{signing_input}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
    let other_key = Actor::new("bureau:shenzhen", Algorithm::Es256k, 77);
    let not_theirs = Actor { party: Actor::node().party, key: Actor::bureau().key };
    let enroll = Command::PartyEnroll { key: Actor::person(40).new_key() };
    let rows: Vec<(String, u16, &str, &str)> = vec![
        ("nonsense".to_owned(), 400, "malformed", "/transition"),
        (format!("{good}="), 400, "malformed", "/transition"),
        (good[..good.len() - 1].to_owned(), 400, "malformed", "/transition"),
        ("A".repeat(90_000), 400, "malformed", "/transition"),
        ("A".repeat(100_000), 413, "too_large", ""),
        (bureau.sign(&other_chain, register(&metro)), 422, "wrong_chain", "/chain"),
        (bureau.sign_at(&stage.genesis, register(&metro), NOW - 601), 422, "stale", "/iat"),
        (bureau.sign_at(&stage.genesis, register(&metro), NOW + 601), 422, "stale", "/iat"),
        (altered, 401, "bad_signature", ""),
        (other_key.sign(&stage.genesis, register(&metro)), 401, "unknown_key", "/kid"),
        (
            not_theirs.sign(&stage.genesis, Command::KeyAdd { key: metro.new_key() }),
            401,
            "unknown_key",
            "/kid",
        ),
        (
            metro.sign(&stage.genesis, Command::KeyAdd { key: metro.new_key() }),
            401,
            "unknown_party",
            "/party",
        ),
        (Actor::person(41).sign(&stage.genesis, enroll), 422, "schema", "/body/key"),
    ];
    for (jws, status, code, pointer) in rows {
        let answer = front.post(&jws, &[]).await;
        assert_eq!(answer.code(), (status, code.to_owned()), "{}", answer.body);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.body);
    }
    let answer = front.post_json("{\"transition\":\"a\",\"transition\":\"b\"}".to_owned()).await;
    assert_eq!(answer.code(), (400, "malformed".to_owned()));
    let open = stage.platform.metrics.render().unwrap();
    assert!(!open.contains("piao_submissions_total{"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_is_answered_with_the_digest_of_what_was_received() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let (signing_input, _) = jws.rsplit_once('.').unwrap();
    let answer = front.post(&format!("{signing_input}.{}", "A".repeat(86)), &[]).await;
    assert_eq!(answer.code(), (401, "bad_signature".to_owned()));
    let digest = hex::encode(&Sha256::digest(signing_input.as_bytes()));
    assert_eq!(answer.json()["signing_input_sha256"], digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_enrols_with_the_key_in_the_body() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let front = stage.front(&running);
    let person = Actor::person(40);
    let jws = person.sign(&stage.genesis, Command::PartyEnroll { key: person.new_key() });
    assert_eq!(front.post(&jws, &[]).await.status, 201);
    let token = person.read_token(&stage.genesis, NOW + 60);
    let answer = front.get("/v1/me", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.json(), json!(person.party.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_data_comes_with_its_digest_and_is_kept_encrypted_until_erased() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let front = stage.front(&running);
    let metro = Actor::enterprise(METRO, 10);
    let reason = ReasonCode::parse("audit").unwrap();
    let command = Command::PartySuspend { party: metro.party.clone(), reason };
    let body = Body::new(command).seal(sealed().digest()).unwrap();
    let jws = Actor::bureau().sign_body(&stage.genesis, &body, NOW);

    let answer = front.post(&jws, &[]).await;
    assert_eq!(answer.code(), (422, "sealed_missing".to_owned()));

    let wrong =
        json!({"salt": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "data": {"reason": "other", "a": 1}});
    let answer = front.post_json(json!({"transition": jws, "sealed": wrong}).to_string()).await;
    assert_eq!(answer.code(), (422, "sealed_mismatch".to_owned()));
    assert_eq!(answer.json()["canonical"], r#"{"a":1,"reason":"other"}"#);
    assert_eq!(answer.json()["digest"].as_str().map(str::len), Some(64));

    let right = serde_json::to_value(sealed()).unwrap();
    let answer = front.post_json(json!({"transition": jws, "sealed": right}).to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let (id, edge) = (read(&jws).id(), running.edge());
    let iat = Time::from_unix(NOW);
    assert_eq!(edge.sealed(id, iat).await.unwrap(), Some(sealed()));
    assert!(edge.erase_sealed(id, iat).await.unwrap());
    assert_eq!(edge.sealed(id, iat).await.unwrap(), None);
    // A repeat of the transition returns the receipt and drops the data.
    let again = front.post_json(json!({"transition": jws, "sealed": right}).to_string()).await;
    assert_eq!((again.status, &again.body), (200, &answer.body));
    assert_eq!(edge.sealed(id, iat).await.unwrap(), None);
    assert!(!edge.erase_sealed(id, iat).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_registered_while_it_is_waited_for_is_known_in_time() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let (bureau, metro) = (Actor::bureau(), Actor::enterprise(METRO, 10));
    let by_metro =
        metro.sign(&stage.genesis, Command::KeyAdd { key: Actor::enterprise(METRO, 12).new_key() });
    let registration = bureau.sign(&stage.genesis, register(&metro));
    let registered = async {
        let (height, announcement) =
            stage.ledger.append(vec![(registration.clone(), accept(&read(&registration)))]);
        stage.platform.bus.publish_block(height, announcement).await.unwrap();
    };
    let (answer, ()) = tokio::join!(front.post(&by_metro, &[("prefer", "wait=0")]), registered);
    assert_eq!(answer.status, 202, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_row_of_an_earlier_run_is_published_again() {
    let stage = Stage::new().await;
    let jws = Actor::bureau().sign(&stage.genesis, suspend(&Actor::enterprise(TENCENT, 10)));
    let lost = {
        // The bus of the first run forgets what it holds when the process ends.
        let mut platform = stage.platform.clone();
        platform.bus = Arc::new(InProcessBus::new(InProcessConfig::default()));
        let running = stage.service().start(&platform);
        let front = stage.front(&running);
        let answer = front.post(&jws, &[("prefer", "wait=0")]).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        front.handle.stop().await;
        running.stop().await;
        read(&jws).id()
    };
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let receipt = receipt_of(&running, lost).await;
    assert_eq!(receipt.height, 1);
}

/// Waits by asking: there is no request that could.
async fn receipt_of(running: &Running, id: TransitionId) -> Receipt {
    let iat = Time::from_unix(NOW);
    let waiting = async {
        loop {
            if let Some(receipt) = running.edge().receipt(id, iat).await.unwrap() {
                return receipt;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}
