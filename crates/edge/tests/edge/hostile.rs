//! What a hostile or careless client sends, over HTTP: each is refused at its place, and nothing of it is submitted.

use piao_domain::key::Algorithm;
use piao_protocol::encoding::base64url;

use crate::support::stage::{Front, Stage};
use crate::support::{Actor, METRO, NOW, register};

/// The payload of a lock, well formed but for what a row changes.
fn payload(stage: &Stage) -> String {
    format!(
        r#"{{"v":1,"chain":"{}","party":"bureau:shenzhen","nonce":"{}","iat":{NOW},"type":"reimbursement.lock","body":{{"invoice":"26950000000000000001","claim_ref":"BX-1","amount":10600,"lease_seconds":86400}}}}"#,
        stage.genesis.chain(),
        base64url::encode(&[1; 16])
    )
}

async fn check(front: &Front, jws: &str, expect: (u16, &str, &str), what: &str) {
    let answer = front.post(jws, &[]).await;
    let (status, code, pointer) = expect;
    assert_eq!(answer.code(), (status, code.to_owned()), "{what}: {}", answer.body);
    assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{what}: {}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_says_anything_twice_unknown_inexact_or_too_large_is_refused_at_its_place() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let good = payload(&stage);
    let rows: &[(&str, &str, &str)] = &[
        (r#""v":1"#, r#""v":1,"v":1"#, "/v"),
        (r#""v":1"#, r#""v":2"#, "/v"),
        (r#""v":1"#, r#""v":1,"crit":[]"#, "/crit"),
        (r#""v":1,"#, "", ""),
        (r#""amount":10600"#, r#""amount":10600,"amount":10600"#, "/body/amount"),
        (r#""amount":10600"#, r#""amount":10600,"discount":0"#, "/body/discount"),
        (r#""amount":10600"#, r#""amount":10600.0"#, "/body/amount"),
        (r#""amount":10600"#, r#""amount":1e4"#, "/body/amount"),
        (r#""amount":10600"#, r#""amount":9007199254740992"#, "/body/amount"),
        (r#""amount":10600"#, r#""amount":99999999999999999999999"#, "/body/amount"),
        (r#""amount":10600"#, r#""amount":"10600""#, "/body/amount"),
        (r#""amount":10600"#, r#""amount":null"#, "/body/amount"),
        (r#""amount":10600,"#, "", "/body"),
        (r#""claim_ref":"BX-1""#, r#""claim_ref":"""#, "/body/claim_ref"),
        (r#""claim_ref":"BX-1""#, r#""claim_ref":"\ud800""#, "/body/claim_ref"),
        (r#""invoice":"26950000000000000001""#, r#""invoice":"1""#, "/body/invoice"),
        (r#""iat":1"#, r#""iat":1."#, "/iat"),
        (r#""type":"reimbursement.lock""#, r#""type":"reimbursement.steal""#, "/type"),
        (r#""party":"bureau:shenzhen""#, r#""party":"Bureau:shenzhen""#, "/party"),
        (r#""nonce":"AQEBAQEBAQEBAQEBAQEBAQ""#, r#""nonce":"AQ""#, "/nonce"),
    ];
    for (part, instead, pointer) in rows {
        assert!(good.contains(part), "{part}");
        let jws = Actor::bureau().key.sign_transition(&good.replacen(part, instead, 1));
        check(&front, &jws, (422, "schema", pointer), instead).await;
    }
    let deep = format!(r#""amount":{}1{}"#, "[".repeat(200), "]".repeat(200));
    let deep = Actor::bureau().key.sign_transition(&good.replacen(r#""amount":10600"#, &deep, 1));
    let answer = front.post(&deep, &[]).await;
    assert_eq!(answer.code(), (422, "schema".to_owned()), "{}", answer.body);
    assert!(answer.json()["errors"][0]["pointer"].as_str().unwrap().starts_with("/body/amount/0/0"));
    let open = stage.platform.metrics.render().unwrap();
    assert!(!open.contains("piao_submissions_total{"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_says_more_less_or_another_algorithm_is_refused() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let good = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    let (header, rest) = good.split_once('.').unwrap();
    let header = String::from_utf8(base64url::decode(header).unwrap()).unwrap();
    let rows: &[(&str, &str, &str)] = &[
        (r#""alg":"ES256K""#, r#""alg":"none""#, "/alg"),
        (r#""alg":"ES256K""#, r#""alg":"HS256""#, "/alg"),
        (r#""alg":"ES256K""#, r#""alg":"RS256""#, "/alg"),
        (r#""alg":"ES256K""#, r#""alg":"ES256K","alg":"ES256K""#, "/alg"),
        (r#""alg":"ES256K""#, r#""alg":"ES256K","b64":false"#, "/b64"),
        (r#""alg":"ES256K""#, r#""alg":"ES256K","crit":["b64"]"#, "/crit"),
        (r#""alg":"ES256K""#, r#""alg":"ES256K","x5u":"http://127.0.0.1/""#, "/x5u"),
        (r#""typ":"piao-transition+jws""#, r#""typ":"JWT""#, "/typ"),
    ];
    for (part, instead, pointer) in rows {
        assert!(header.contains(part), "{header}");
        let jws = format!("{}.{rest}", base64url::encode(header.replacen(part, instead, 1).as_bytes()));
        check(&front, &jws, (422, "schema", pointer), instead).await;
    }
    // A good signature, and the algorithm of another key.
    for other in ["ES256", "EdDSA"] {
        let header = header.replacen("ES256K", other, 1);
        let jws = format!("{}.{rest}", base64url::encode(header.as_bytes()));
        check(&front, &jws, (401, "bad_signature", "/alg"), other).await;
    }
    let open = stage.platform.metrics.render().unwrap();
    assert!(!open.contains("piao_submissions_total{"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bit_of_a_signature_may_be_another() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    // Whose signature it is does not matter to a person's enrolment but its algorithm does.
    for algorithm in [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa] {
        let person = Actor::person_with(40, algorithm);
        let enroll = piao_domain::command::Command::PartyEnroll { key: person.new_key() };
        let good = person.sign(&stage.genesis, enroll);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let signature = base64url::decode(signature).unwrap();
        for place in 0..signature.len() {
            let mut altered = signature.clone();
            altered[place] ^= 1 << (place % 8);
            let jws = format!("{signed}.{}", base64url::encode(&altered));
            check(&front, &jws, (401, "bad_signature", ""), &format!("{algorithm:?} byte {place}")).await;
        }
    }
    let open = stage.platform.metrics.render().unwrap();
    assert!(!open.contains("piao_submissions_total{"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_place_is_explained_in_the_callers_language_and_values_stand_apart() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let bureau = Actor::bureau();
    let good = payload(&stage);
    let signed = |from: &str, to: &str| bureau.key.sign_transition(&good.replacen(from, to, 1));
    // The part of the request, its name, expected and actual, and words of both languages.
    type Row<'a> = (String, [Option<&'a str>; 3], [&'a str; 2]);
    let rows: [Row<'_>; 6] = [
        (
            signed(r#""v":1,"#, ""),
            [Some("member.missing"), Some("v"), None],
            ["缺少成员 v", "member v is missing"],
        ),
        (signed(r#""v":1"#, r#""v":1,"v":1"#), [Some("member.repeated"), None, None], ["重复", "twice"]),
        (
            signed(r#""v":1"#, r#""v":1,"w":1"#),
            [Some("member.unknown"), None, None],
            ["没有这个成员", "no such member"],
        ),
        (
            signed("10600", r#""10600""#),
            [Some("member.type"), Some("integer"), Some("string")],
            ["应为 integer", "must be integer"],
        ),
        (
            signed(r#""lease_seconds":86400"#, r#""lease_seconds":-1"#),
            [Some("member.range"), Some("0..4294967295"), None],
            ["0 至 4294967295", "0 to 4294967295"],
        ),
        ("a.b".to_owned(), [Some("jws.compact"), None, None], ["三段", "three parts"]),
    ];
    for (jws, [code, expected, actual], words) in rows {
        for (language, words) in ["zh", "en"].into_iter().zip(words) {
            let answer = front.post(&jws, &[("accept-language", language)]).await;
            let document = answer.json();
            let error = &document["errors"][0];
            assert_eq!(error["code"].as_str(), code, "{}", answer.body);
            assert_eq!(error["expected"].as_str(), expected, "{}", answer.body);
            assert_eq!(error["actual"].as_str(), actual, "{}", answer.body);
            assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{}", answer.body);
        }
    }
    let answer = front.post_json("{\n\"transition\":".to_owned()).await;
    let document = answer.json();
    assert_eq!(document["errors"][0]["code"], "json.end", "{}", answer.body);
    assert!(document["errors"][0]["detail"].as_str().unwrap().contains("第 2 行"), "{}", answer.body);
}
