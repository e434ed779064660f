//! Limits, over HTTP: who asks too much is turned away, comes again, and has lost nothing.

use std::time::Duration;

use futures_util::future::join_all;
use piao_domain::command::Command;
use piao_domain::key::Algorithm;
use piao_edge::http::{Limits, Rate};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::ledger::accept;
use crate::support::stage::{Answer, Front, Stage};
use crate::support::{Actor, METRO, NOW, PATIENCE, TENCENT, register};

/// So rare that a slow machine sees no second one.
const HOUR: Duration = Duration::from_secs(3_600);

fn bearer(stage: &Stage, actor: &Actor) -> String {
    format!("Bearer {}", actor.read_token(&stage.genesis, NOW + 60))
}

async fn me(front: &Front, authorization: &str, address: &str) -> Answer {
    front.get("/v1/me", &[("authorization", authorization), ("x-forwarded-for", address)]).await
}

/// A 429 that says when to come again.
fn limited(answer: &Answer) {
    assert_eq!(answer.code(), (429, "rate_limited".to_owned()), "{}", answer.body);
    assert_eq!(answer.json()["retryable"], true);
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3_600).contains(&seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_sends_what_nobody_signed_is_not_listened_to_for_a_while() {
    let stage = Stage::new().await;
    let running = stage.start();
    let limits = Limits { failures: Rate::new(2, HOUR), behind_proxy: true, ..Limits::default() };
    let front = stage.front_with(&running, limits);
    let good = bearer(&stage, &Actor::bureau());
    for _ in 0..3 {
        assert_eq!(me(&front, "Bearer nonsense", "192.0.2.1").await.status, 401);
    }
    limited(&me(&front, "Bearer nonsense", "192.0.2.1").await);
    limited(&me(&front, &good, "198.51.100.1, 192.0.2.1").await);
    assert_eq!(me(&front, &good, "192.0.2.2").await.status, 200);
    // Whoever runs it still sees how it is.
    for probe in ["/healthz", "/readyz", "/metrics"] {
        let answer = front.get(probe, &[("x-forwarded-for", "192.0.2.1")]).await;
        assert_eq!(answer.status, 200, "{probe}");
    }
    let metrics = front.get("/metrics", &[]).await.body;
    assert!(metrics.contains("piao_problems_total{code=\"rate_limited\"} 2"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_tries_queries_is_not_listened_to_and_a_slip_of_a_known_pen_is_nobody_s_attack() {
    let stage = Stage::new().await;
    let running = stage.start();
    let limits = Limits { failures: Rate::new(2, HOUR), behind_proxy: true, ..Limits::default() };
    let front = stage.front_with(&running, limits);
    for expect in [401, 401, 401, 429] {
        let answer = front.get("/v1/me?wrong=1", &[("x-forwarded-for", "192.0.2.1")]).await;
        assert_eq!(answer.status, expect, "{}", answer.body);
    }
    let known = bearer(&stage, &Actor::bureau());
    for _ in 0..5 {
        let headers = [("authorization", known.as_str()), ("x-forwarded-for", "192.0.2.2")];
        assert_eq!(front.get("/v1/me?wrong=1", &headers).await.status, 422);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_come_at_once_are_counted_before_they_wait_and_once_only() {
    const LISTENED_TO: u32 = 6;
    let stage = Stage::new().await;
    let running = stage.start();
    let limits = Limits { failures: Rate::new(LISTENED_TO, HOUR), behind_proxy: true, ..Limits::default() };
    let front = stage.front_with(&running, limits);
    let strangers = (0..40).map(|seed| Actor::person(60 + seed)).collect::<Vec<_>>();
    let crowd = async |strangers: &[Actor], address: &str, writes: bool| {
        let asked = strangers.iter().map(async |stranger| {
            let token = bearer(&stage, stranger);
            let from = ("x-forwarded-for", address);
            if writes {
                let jws = stranger.sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
                front.post(&jws, &[from]).await
            } else {
                front.get("/v1/me", &[("authorization", &token), ("piao-min-height", "0"), from]).await
            }
        });
        let answers = join_all(asked).await;
        answers.iter().filter(|answer| answer.status != 401).for_each(limited);
        answers.iter().filter(|answer| answer.status == 401).count()
    };
    for (writes, address) in [(true, "192.0.2.1"), (false, "192.0.2.2")] {
        assert_eq!(crowd(&strangers, address, writes).await, LISTENED_TO as usize, "{address}");
    }
    // Half of them, and the other half, where each is counted once.
    for half in strangers.chunks(3).take(2) {
        assert_eq!(crowd(half, "192.0.2.3", true).await, 3);
    }
    assert_eq!(crowd(&strangers[..1], "192.0.2.3", true).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_wrongly_with_a_known_key_is_told_so_before_anything_is_waited_for() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front(&running);
    let good = bearer(&stage, &Actor::bureau());
    let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, "A".repeat(86));
    // The key is known from block 0 on.
    assert_eq!(front.get("/v1/me", &[("authorization", good.as_str())]).await.status, 200);
    let began = std::time::Instant::now();
    let headers = [("authorization", forged.as_str()), ("piao-min-height", "99999999")];
    assert_eq!(front.get("/v1/me", &headers).await.status, 401);
    assert!(began.elapsed() < Duration::from_secs(4), "not after the longest wait for a height");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_opens_connections_and_asks_nothing_leaves_room_for_others() {
    let stage = Stage::new().await;
    let running = stage.start();
    let open = async |front: &Front| TcpStream::connect(front.handle.address).await.unwrap();
    let is_closed = async |mut connection: TcpStream| {
        timeout(PATIENCE, connection.read(&mut [0; 1])).await.unwrap().map_or(true, |bytes| bytes == 0)
    };
    // Four fifths of all, what is kept for the machine itself, and no more. One worker takes them in their order.
    let front = stage.front_with(&running, Limits { connections_max: 5, ..Limits::default() });
    let mut idle = Vec::new();
    for _ in 0..4 + CONNECTIONS_KEPT {
        idle.push(open(&front).await);
    }
    assert!(is_closed(open(&front).await).await);
    // What is closed makes room again.
    drop(idle);
    let answered = async {
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        while reqwest::get(front.url("/healthz")).await.is_err() {
            beat.tick().await;
        }
    };
    timeout(PATIENCE, answered).await.unwrap();
    // A proxy's address is everybody's.
    let limits = Limits { connections_max: 5, behind_proxy: true, ..Limits::default() };
    let front = stage.front_with(&running, limits);
    let mut idle = Vec::new();
    for _ in 0..5 + CONNECTIONS_KEPT {
        idle.push(open(&front).await);
    }
    assert!(is_closed(open(&front).await).await);
}

/// As many as the limits keep for whoever probes from the machine itself.
const CONNECTIONS_KEPT: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn a_party_that_submits_too_much_waits_and_every_other_does_not() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let front = stage.front_with(&running, Limits { writes: Rate::new(1, HOUR), ..Limits::default() });
    let bureau = Actor::bureau();
    let metro = || register(&Actor::enterprise(METRO, 10));
    // What others send in its name costs the bureau nothing.
    let signed = bureau.sign(&stage.genesis, metro());
    let forged = format!("{}.{}", signed.rsplit_once('.').unwrap().0, "A".repeat(86));
    assert_eq!(front.post(&forged, &[]).await.code(), (401, "bad_signature".to_owned()));
    assert_eq!(front.post(&bureau.sign(&stage.genesis, metro()), &[]).await.status, 201);
    let tencent = bureau.sign(&stage.genesis, register(&Actor::enterprise(TENCENT, 11)));
    limited(&front.post(&tencent, &[]).await);
    assert_eq!(stage.ledger.recorded(), 1, "nothing was recorded");
    let person = Actor::person(40);
    let enroll = person.sign(&stage.genesis, Command::PartyEnroll { key: person.new_key() });
    assert_eq!(front.post(&enroll, &[]).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_that_reads_too_much_waits_and_a_node_does_not() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front_with(&running, Limits { reads: Rate::new(1, HOUR), ..Limits::default() });
    let bureau = bearer(&stage, &Actor::bureau());
    assert_eq!(me(&front, &bureau, "").await.status, 200);
    limited(&me(&front, &bureau, "").await);
    let node = bearer(&stage, &Actor::new("node:one", Algorithm::EdDsa, 2));
    for _ in 0..3 {
        assert_eq!(me(&front, &node, "").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_public_is_shared_out_by_address() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front_with(&running, Limits { public: Rate::new(2, HOUR), ..Limits::default() });
    assert_eq!(front.get("/openapi.json", &[]).await.status, 200);
    assert_eq!(front.get("/nowhere", &[]).await.status, 404);
    limited(&front.get("/docs", &[]).await);
    assert_eq!(me(&front, &bearer(&stage, &Actor::bureau()), "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_turns_away_everything_but_probes() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front_with(&running, Limits { requests_in_flight_max: 0, ..Limits::default() });
    let answer = front.get("/v1/me", &[("accept-language", "en")]).await;
    assert_eq!(answer.code(), (503, "overloaded".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.json()["title"], "Too busy; nothing was recorded.");
    assert_eq!(front.get("/healthz", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_enrols_so_many_persons_and_whoever_is_known_goes_on() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    let limits = Limits { enrolments: Rate::new(2, HOUR), behind_proxy: true, ..Limits::default() };
    let front = stage.front_with(&running, limits);
    let from = async |jws: &str, address| front.post(jws, &[("x-forwarded-for", address)]).await;
    let enroll = |seed| {
        let person = Actor::person(seed);
        person.sign(&stage.genesis, Command::PartyEnroll { key: person.new_key() })
    };
    for seed in [40, 41] {
        assert_eq!(from(&enroll(seed), "192.0.2.1").await.status, 201);
    }
    let third = enroll(42);
    limited(&from(&third, "192.0.2.1").await);
    assert_eq!(stage.ledger.recorded(), 2, "nothing was recorded");
    let bureau = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    assert_eq!(from(&bureau, "192.0.2.1").await.status, 201);
    let person = Actor::person(40);
    let add = person.sign(&stage.genesis, Command::KeyAdd { key: Actor::person(50).new_key() });
    assert_eq!(from(&add, "192.0.2.1").await.status, 201);
    // Not a transition of anybody else either: it is nobody's, and counts as a failure.
    let nobody = Actor::person(43);
    let add = nobody.sign(&stage.genesis, Command::KeyAdd { key: Actor::person(50).new_key() });
    assert_eq!(from(&add, "192.0.2.1").await.code(), (401, "unknown_party".to_owned()));
    assert_eq!(from(&third, "192.0.2.2").await.status, 201, "the very same, from elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_persons_of_an_address_write_no_more_than_their_share_together() {
    let stage = Stage::new().await;
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let running = stage.start();
    // Each has a share of writes of its own, which is no bound: a person is whoever makes a key.
    let limits = Limits {
        writes: Rate::new(2, HOUR),
        persons: Rate::new(2, HOUR),
        behind_proxy: true,
        ..Limits::default()
    };
    let front = stage.front_with(&running, limits);
    let from = async |jws: &str, address| front.post(jws, &[("x-forwarded-for", address)]).await;
    let enroll = |seed| {
        let person = Actor::person(seed);
        person.sign(&stage.genesis, Command::PartyEnroll { key: person.new_key() })
    };
    assert_eq!(from(&enroll(40), "192.0.2.1").await.status, 201);
    assert_eq!(from(&enroll(41), "192.0.2.1").await.status, 201);
    limited(&from(&enroll(42), "192.0.2.1").await);
    assert_eq!(from(&enroll(42), "192.0.2.2").await.status, 201);
    let bureau = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(METRO, 10)));
    assert_eq!(from(&bureau, "192.0.2.1").await.status, 201, "an office has its own share wherever it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_has_much_in_flight_leaves_room_for_others() {
    let stage = Stage::new().await;
    let running = stage.start();
    let limits = Limits { requests_in_flight_max: 5, behind_proxy: true, ..Limits::default() };
    let front = stage.front_with(&running, limits);
    let bearer = bearer(&stage, &Actor::bureau());
    let waiting =
        (20..24).map(|seed| {
            let jws = Actor::bureau()
                .sign(&stage.genesis, Command::KeyAdd { key: Actor::enterprise(METRO, seed).new_key() });
            let front = &front;
            async move {
                front.post(&jws, &[("prefer", "wait=30"), ("x-forwarded-for", "192.0.2.1")]).await.status
            }
        });
    let beside = async {
        let mut due = tokio::time::interval(Duration::from_millis(20));
        // Nothing is decided yet, so the four stay as soon as they are in; before that nobody else takes their room.
        let open = "piao_submissions_total{service=\"edge_test\",type=\"key.add\"} 4";
        while !stage.platform.metrics.render().unwrap().contains(open) {
            due.tick().await;
        }
        let turned_away = loop {
            due.tick().await;
            let answer = me(&front, &bearer, "192.0.2.1").await;
            if answer.status != 200 {
                break answer;
            }
        };
        assert_eq!(turned_away.code(), (429, "rate_limited".to_owned()), "{}", turned_away.body);
        assert_eq!(turned_away.header("retry-after"), Some("1"));
        assert_eq!(me(&front, &bearer, "192.0.2.2").await.status, 200);
        stage.ledger.serve(&stage.platform.bus, accept)
    };
    let both = async { tokio::join!(join_all(waiting), beside) };
    let (statuses, _ledger) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert_eq!(statuses, [201; 4]);
    assert_eq!(me(&front, &bearer, "192.0.2.1").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_too_much_waits_for_the_ledger_more_is_taken_only_after_it_has_caught_up() {
    let mut stage = Stage::new().await;
    stage.platform.journal.open_max = 2;
    let running = stage.start();
    let front = stage.front(&running);
    let mut recorded = Vec::new();
    for (uscc, seed) in [(METRO, 10), (TENCENT, 11)] {
        let jws = Actor::bureau().sign(&stage.genesis, register(&Actor::enterprise(uscc, seed)));
        assert_eq!(front.post(&jws, &[("prefer", "wait=0")]).await.status, 202);
        recorded.push(jws);
    }
    let person = Actor::person(40);
    let third = person.sign(&stage.genesis, Command::PartyEnroll { key: person.new_key() });
    let turned_away = front.post(&third, &[]).await;
    assert_eq!(turned_away.code(), (503, "overloaded".to_owned()));
    assert_eq!(turned_away.header("retry-after"), Some("1"));
    let again = front.post(&recorded[0], &[("prefer", "wait=0")]).await;
    assert_eq!(again.status, 202, "what was recorded stays recorded: {}", again.body);
    let _ledger = stage.ledger.serve(&stage.platform.bus, accept);
    let taken = async {
        let mut due = tokio::time::interval(Duration::from_millis(20));
        loop {
            due.tick().await;
            let answer = front.post(&third, &[]).await;
            if answer.status != 503 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, taken).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_turned_away_comes_again_over_the_same_connection() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front_with(&running, Limits { requests_in_flight_max: 0, ..Limits::default() });
    let mut connection = TcpStream::connect(front.handle.address).await.unwrap();
    for _ in 0..3 {
        let answer = asked(&mut connection, &posted("", b"abc")).await;
        assert!(!answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
    // The body comes after its head, as that of a caller far away.
    let request = posted("", b"abc");
    let (head, body) = request.split_at(request.len() - 3);
    connection.write_all(head).await.unwrap();
    tokio::task::yield_now().await;
    let answer = asked(&mut connection, body).await;
    assert!(!answer.contains("\r\nconnection: close\r\n"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_turned_away_and_keeps_the_body_is_told_that_the_connection_ends() {
    let stage = Stage::new().await;
    let running = stage.start();
    let front = stage.front_with(&running, Limits { requests_in_flight_max: 0, ..Limits::default() });
    let check = async |head: &str| {
        let mut connection = TcpStream::connect(front.handle.address).await.unwrap();
        let answer = asked(&mut connection, &posted(head, b"")).await;
        assert!(answer.contains("\r\nconnection: close\r\n"), "{head}: {answer}");
    };
    check("content-length: 3\r\n").await;
    check("content-length: 1099511627776\r\n").await;
}

/// A transition as it is posted, with so much of its body.
fn posted(head: &str, body: &[u8]) -> Vec<u8> {
    let length =
        if head.is_empty() { format!("content-length: {}\r\n", body.len()) } else { head.to_owned() };
    let head = "POST /v1/transitions HTTP/1.1\r\nhost: piao\r\ncontent-type: application/jose\r\n";
    [head.as_bytes(), length.as_bytes(), b"\r\n", body].concat()
}

/// What a full server answers, in lower case.
async fn asked(connection: &mut TcpStream, request: &[u8]) -> String {
    connection.write_all(request).await.unwrap();
    let answer = answered(connection).await;
    assert!(answer.starts_with("http/1.1 503"), "{answer}");
    answer
}

async fn answered(connection: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).ends_with('}') {
        let read = timeout(PATIENCE, connection.read_buf(&mut answer)).await.unwrap().unwrap();
        assert!(read > 0, "closed without a word: {}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8(answer).unwrap().to_lowercase()
}
