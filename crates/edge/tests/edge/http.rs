//! What every service's HTTP does, whatever it serves.

use piao_domain::command::Command;
use piao_domain::key::Algorithm;
use serde_json::json;

use crate::support::ledger::{accept, read};
use crate::support::stage::{Answer, Front, Stage};
use crate::support::{Actor, METRO, NOW, register};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_fresh_token_of_a_live_key_opens_anything() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let (bureau, genesis) = (Actor::bureau(), &*stage.genesis);
    let stranger = Actor::enterprise(METRO, 10);
    let thief = Actor { party: Actor::node().party, key: bureau.key };
    let bureau = Actor::bureau();
    let other_key = Actor::new("bureau:shenzhen", Algorithm::Es256k, 50);
    let good = bureau.read_token(genesis, NOW + 300);
    let check = async |authorization: String, expect: u16| {
        let answer = front.get("/v1/me", &[("authorization", &authorization)]).await;
        assert_eq!(answer.status, expect, "{authorization} {}", answer.body);
    };
    check(format!("Bearer {good}"), 200).await;
    check(format!("bearer {good}"), 200).await;
    check(format!("Basic {good}"), 401).await;
    check(good.clone(), 401).await;
    check("Bearer ".to_owned(), 401).await;
    check(format!("Bearer {good}x"), 401).await;
    check(format!("Bearer {}", bureau.read_token(genesis, NOW)), 401).await;
    check(format!("Bearer {}", bureau.read_token(genesis, NOW + 301)), 401).await;
    check(format!("Bearer {}", stranger.read_token(genesis, NOW + 60)), 401).await;
    check(format!("Bearer {}", thief.read_token(genesis, NOW + 60)), 401).await;
    check(format!("Bearer {}", other_key.read_token(genesis, NOW + 60)), 401).await;
    assert_eq!(front.get("/v1/me", &[]).await.code(), (401, "unauthorized".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_there_is_not_is_refused_and_not_passed_over() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let bearer = format!("Bearer {}", Actor::bureau().read_token(&stage.genesis, NOW + 60));
    let check = async |path: &str, expect: Option<(&str, Option<&str>)>| {
        let answer = front.get(path, &[("authorization", &bearer)]).await;
        let Some((pointer, known)) = expect else {
            return assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        };
        assert_eq!(answer.code(), (422, "schema".to_owned()), "{path}");
        let error = &answer.json()["errors"][0];
        assert_eq!((error["pointer"].as_str(), error["expected"].as_str()), (Some(pointer), known), "{path}");
    };
    check("/v1/parties?limit=2", None).await;
    check("/v1/parties?", None).await;
    check("/v1/parties?limit=2&stat=live", Some(("?stat", Some("cursor|limit")))).await;
    check("/v1/parties?%6Cimit=2", None).await;
    check("/v1/parties?Limit=2", Some(("?Limit", Some("cursor|limit")))).await;
    check("/v1/me?x", Some(("?x", None))).await;
    let told = async |path: &str| {
        front.get(path, &[("authorization", &bearer), ("accept-language", "en")]).await.json()
    };
    let told_me = told("/v1/me?x").await;
    assert!(
        told_me["errors"][0]["detail"].as_str().unwrap().contains("takes no query parameters"),
        "{told_me}"
    );
    let told_parties = told("/v1/parties?x").await;
    assert!(told_parties["errors"][0]["detail"].as_str().unwrap().contains("limit"), "{told_parties}");
    // A stranger is told nothing of parameters, wherever they would be read.
    for path in ["/v1/parties?limit=1&limit=2", "/v1/parties?limit=x", "/v1/me?x"] {
        assert_eq!(front.get(path, &[]).await.code(), (401, "unauthorized".to_owned()), "{path}");
    }
    check("/v1/%70arties?Limit=2", Some(("?Limit", Some("cursor|limit")))).await;
    check("/v1/parties?limit=2&limit=3", Some(("?limit", None))).await;
    check("/healthz?x=1", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_reads_nothing_from_the_next_block_on() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let front = stage.front(&running);
    let (first, second) = (Actor::bureau(), Actor::new("bureau:shenzhen", Algorithm::EdDsa, 60));
    let added = first.sign(&stage.genesis, Command::KeyAdd { key: second.new_key() });
    assert_eq!(front.post(&added, &[]).await.status, 201);
    let bearer = |actor: &Actor| format!("Bearer {}", actor.read_token(&stage.genesis, NOW + 60));
    assert_eq!(front.get("/v1/me", &[("authorization", &bearer(&first))]).await.status, 200);
    let revoked = second.sign(&stage.genesis, Command::KeyRevoke { key: first.key.id() });
    assert_eq!(front.post(&revoked, &[]).await.status, 201);
    assert_eq!(front.get("/v1/me", &[("authorization", &bearer(&first))]).await.status, 401);
    assert_eq!(front.get("/v1/me", &[("authorization", &bearer(&second))]).await.status, 200);
    // What the revoked key signs is still submitted: the ledger refuses it, on the record.
    let late = first.sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    assert_eq!(front.post(&late, &[]).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_waits_for_the_height_that_it_asks_for() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let bearer = format!("Bearer {}", Actor::bureau().read_token(&stage.genesis, NOW + 60));
    let at = async |height: &str| {
        front.get("/v1/me", &[("authorization", &bearer), ("piao-min-height", height)]).await
    };
    assert_eq!(at("0").await.header("piao-height"), Some("0"));
    assert_eq!(at("x").await.code(), (422, "schema".to_owned()));
    let appended = async {
        let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
        let (height, announcement) = stage.ledger.append(vec![(jws.clone(), accept(&read(&jws)))]);
        stage.platform.bus.publish_block(height, announcement).await.unwrap();
    };
    let (answer, ()) = tokio::join!(at("1"), appended);
    assert_eq!((answer.status, answer.header("piao-height")), (200, Some("1")));
    let behind = at("2").await;
    assert_eq!(behind.code(), (503, "behind".to_owned()));
    assert_eq!(behind.header("retry-after"), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_page_by_page_in_a_stable_order() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let bearer = format!("Bearer {}", Actor::bureau().read_token(&stage.genesis, NOW + 60));
    let page = async |query: &str| -> Answer {
        front
            .get(&format!("/v1/parties{query}"), &[("authorization", &bearer), ("piao-min-height", "0")])
            .await
    };
    let first = page("?limit=1").await.json();
    assert_eq!(first["data"], json!(["bureau:shenzhen"]));
    let next = format!("?limit=1&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(page(&next).await.json(), json!({"data": ["node:one"], "next": null}));
    for wrong in ["?limit=0", "?limit=201", "?limit=x", "?cursor=!", "?cursor=Zm9v"] {
        assert_eq!(page(wrong).await.code(), (422, "schema".to_owned()), "{wrong}");
    }
    let node = format!("Bearer {}", Actor::node().read_token(&stage.genesis, NOW + 60));
    let answer = front.get("/v1/parties", &[("authorization", &node)]).await;
    assert_eq!(answer.code(), (403, "forbidden".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_and_documents_are_public() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let bearer = format!("Bearer {}", Actor::bureau().read_token(&stage.genesis, NOW + 60));
    let headers = [("authorization", bearer.as_str()), ("piao-min-height", "0")];
    assert_eq!(front.get("/v1/me", &headers).await.status, 200);
    let ok = async |front: &Front, path: &str| {
        let answer = front.get(path, &[]).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.body);
        answer
    };
    ok(&front, "/healthz").await;
    let ready = ok(&front, "/readyz").await.json();
    let expect =
        json!([{"service": "edge_test", "ready": true, "height": 0, "lag_blocks": 0, "waits_for": []}]);
    assert_eq!(ready, expect);
    let metrics = ok(&front, "/metrics").await.body;
    assert!(metrics.contains("piao_follow_height{service=\"edge_test\"} 0"), "{metrics}");
    let document = ok(&front, "/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let every = ["/docs", "/healthz", "/metrics", "/openapi.json", "/readyz"];
    let services = ["/v1/me", "/v1/parties", "/v1/transitions", "/v1/transitions/{id}"];
    assert_eq!(paths, [&every[..], &services].concat());
    assert!(ok(&front, "/docs").await.body.contains("POST /v1/transitions"));
    running.stop().await;
    assert_eq!(front.get("/readyz", &[]).await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_served_is_a_problem_document_too() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = front.get("/nowhere", &[("traceparent", &parent), ("accept-language", "en")]).await;
    assert_eq!(answer.code(), (404, "not_found".to_owned()));
    assert_eq!(answer.json()["trace_id"], trace);
    assert!(answer.header("traceparent").is_some_and(|header| header.contains(trace)));
    assert_eq!(answer.json()["title"], "There is nothing here.");
    assert_eq!(answer.header("content-language"), Some("en"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_takes_other_methods_names_them() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let check = async |method: &str, path: &str, expect: (u16, Option<&str>)| {
        let answer = front.ask(method, path).await;
        assert_eq!((answer.status, answer.header("allow")), expect, "{method} {path} {}", answer.body);
    };
    check("PUT", "/v1/parties", (405, Some("GET, HEAD"))).await;
    check("DELETE", "/v1/transitions", (405, Some("POST"))).await;
    check("HEAD", "/healthz", (200, None)).await;
    assert_eq!(front.ask("HEAD", "/healthz").await.body, "");
    assert_eq!(front.ask("HEAD", "/v1/me").await.status, 401, "as GET without a token");
    check("POST", "/docs", (405, Some("GET, HEAD"))).await;
    check("PUT", "/nowhere", (404, None)).await;
    assert_eq!(front.ask("PATCH", "/v1/me").await.code(), (405, "method_not_allowed".to_owned()));
}
