//! What is answered is what the OpenAPI document says, to a validator that nobody here wrote.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_testkit::body;
use piao_testkit::platform::{Answer, Roles, TestPlatform};
use serde_json::{Value, json};

use super::documents::FOLDER;
use super::python;
use super::stage::{number, platform};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/answers.py");

/// The paths that can be read once one invoice is issued, and another claimed, locked and booked.
async fn given(platform: &TestPlatform, roles: &Roles) -> Vec<String> {
    let Roles { seller, buyer, holder, .. } = roles;
    roles.join(platform).await;
    platform.put_rules_in_force().await;
    platform.accept(seller, "quota.apply", &body::apply(platform.now().month(), 10)).await;
    let (named, bearer) = (number(platform, 1), number(platform, 2));
    let secret = ClaimSecret::from_seed(&[7; 32]);
    let key = base64url::encode(secret.key().as_bytes());
    let issued = platform.accept(seller, "invoice.issue", &body::issue(&named, Some(buyer), None)).await;
    platform.accept(seller, "invoice.issue", &body::issue(&bearer, None, Some(&key))).await;
    let proof = secret.sign_claim(platform.chain.id(), &bearer, &holder.party);
    let proof = base64url::encode(proof.as_bytes());
    platform.accept(holder, "claim.take", &body::take(&bearer, Some(&proof))).await;
    platform.accept(holder, "claim.present", &body::present(&bearer, buyer)).await;
    let lock = platform.accept(buyer, "reimbursement.lock", &body::lock(&bearer, "A-1")).await;
    platform.accept(buyer, "booking.book", &body::book(&bearer)).await;
    let quotas = platform.get("/v1/quotas").by(seller).send().await.ok();
    let quota = quotas["data"][0]["id"].as_str().expect("a quota").to_owned();
    let mut paths = vec![
        format!("/v1/quotas/{quota}/entries"),
        format!("/v1/locks/{}", lock.id),
        format!("/v1/parties/{}", seller.party),
        format!("/v1/rule-sets:binding?enterprise={}", seller.party),
        format!("/v1/transitions/{}/proof", issued.id),
    ];
    for number in [named, bearer] {
        paths.extend([format!("/v1/invoices/{number}"), format!("/v1/invoices/{number}/history")]);
    }
    for id in [issued.id, lock.id] {
        paths.push(format!("/v1/transitions/{id}"));
    }
    let fixed = [
        "/docs",
        "/healthz",
        "/log/checkpoint",
        "/log/proof/0",
        "/log/tile/0/000.p/1",
        "/metrics",
        "/openapi.json",
        "/readyz",
        "/v1/blocks?from=0",
        "/v1/blocks/0",
        "/v1/blocks/1",
        "/v1/bookings",
        "/v1/claims",
        "/v1/inbox",
        "/v1/invoices",
        "/v1/locks",
        "/v1/parties",
        "/v1/quotas",
        "/v1/rule-sets",
        "/v1/rule-sets/test/1",
        "/v1/locks?limit=0",
    ];
    paths.extend(fixed.map(str::to_owned));
    paths
}

/// Waits until a checkpoint covers what was decided.
async fn checkpointed(platform: &TestPlatform, proof: &str) {
    let covered = async {
        let mut due = tokio::time::interval(Duration::from_millis(50));
        loop {
            due.tick().await;
            if platform.get(proof).by(&platform.chain.bureau).send().await.status == 200 {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), covered).await.expect("a checkpoint in time");
}

fn answered(method: &str, path: &str, answer: &Answer) -> Value {
    let media = answer.header("content-type").unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    json!({ "method": method, "path": path, "status": answer.status, "media": media, "body": answer.body })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_what_the_document_says() {
    let platform = platform().await;
    let roles = Roles::new();
    let paths = given(&platform, &roles).await;
    let proof = paths.iter().find(|path| path.ends_with("/proof")).expect("a proof");
    checkpointed(&platform, proof).await;
    let mut answers = Vec::new();
    for path in &paths {
        for caller in
            [&platform.chain.bureau, &platform.chain.node, &roles.seller, &roles.buyer, &roles.holder]
        {
            answers.push(answered("get", path, &platform.get(path).by(caller).send().await));
        }
    }
    let mut draft: Value = serde_json::from_str(&body::issue("", Some(&roles.buyer), None)).expect("JSON");
    draft.as_object_mut().expect("members").remove("number");
    let issue = body::issue(&number(&platform, 3), Some(&roles.buyer), None);
    let lock = body::lock(&number(&platform, 2), "A-2");
    for (path, caller, question) in [
        ("/v1/invoices:prepare", &roles.seller, draft.to_string()),
        ("/v1/invoices:check", &roles.seller, issue.clone()),
        ("/v1/invoices:check", &roles.seller, issue.replace("600", "601")),
        ("/v1/locks:check", &roles.buyer, lock.clone()),
        ("/v1/locks:check", &roles.other, lock.clone()),
        ("/v1/locks:check", &roles.other, "{}".to_owned()),
    ] {
        let answer = platform.post(path).by(caller).json(question).send().await;
        answers.push(answered("post", path, &answer));
    }
    let path = "/v1/transitions";
    for (caller, kind, body) in [
        (&roles.seller, "invoice.issue", &issue),
        (&roles.other, "reimbursement.lock", &lock),
        (&roles.nobody, "reimbursement.lock", &lock),
    ] {
        let signed = platform.sign(caller, kind, body);
        for _ in 0..2 {
            answers.push(answered("post", path, &platform.submit(path, &signed, None).await));
        }
    }
    platform.stop().await;
    let faults = python::run(&[PROGRAM], Path::new(FOLDER), &json!(answers).to_string()).await;
    assert_eq!(faults, "");
    let read = |answer: &&Value| answer["method"] == "get" && answer["status"] == 200;
    let read = answers.iter().filter(read).map(|answer| answer["path"].to_string()).collect::<BTreeSet<_>>();
    let asked = paths.iter().map(|path| json!(path.split('?').next()).to_string()).collect::<BTreeSet<_>>();
    assert_eq!(read, asked, "everything is read by somebody");
}
