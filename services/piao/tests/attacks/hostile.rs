//! Bodies, headers and connections that are meant to exhaust a server, on one process whose memory is looked at.

mod wire;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use piao_protocol::encoding::base64url;
use serde_json::Value;

use self::wire::Peer;
use super::installation::Installation;
use super::python;
use super::served::Served;

const DOCUMENT: &str = include_str!("../../../../openapi/piao.json");
const SERVICES: [&str; 6] = ["ledger", "registry", "rules", "issuance", "claims", "reimbursement"];

/// So many connections of a kind at one time.
const MANY: usize = 24;
/// What a bomb comes to when it is unpacked, in bytes; packed it fits into a body.
const BOMB_BYTES: usize = 90_000_000;
/// How much one connection goes on to send after it was refused, or while it reads nothing.
const FLOOD_BYTES: usize = 8 << 20;
/// What the process may have at most beyond what it had, in KiB: bodies and buffers of all connections of a round
/// together are 50 MiB. Unpacked, the bombs alone are forty times that.
const GROWN_KIB_MAX: u64 = 96 << 10;
/// What a second round may add to the most that the first one took, in KiB.
const AGAIN_KIB_MAX: u64 = 32 << 10;
/// A body has 10 s to come in.
const SLOW: std::ops::Range<u64> = 9..40;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_are_refused_and_take_no_more_memory_than_their_bounds() {
    let installation = Installation::new(&[&SERVICES]).await;
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&installation, &SERVICES, "warn", folder.path().join("said")).await;
    let bomb = bomb().await;
    // What one of each takes belongs to any process that has answered requests.
    round(&served, &bomb, 1).await;
    let before = served.memory("VmRSS");
    round(&served, &bomb, MANY).await;
    let first = served.memory("VmHWM");
    let ((), slow) = tokio::join!(round(&served, &bomb, MANY), slow(&served));
    let second = served.memory("VmHWM");
    println!("{before} KiB before, {first} and {second} KiB at most; the slow were refused after {slow:?}");
    assert!(first - before < GROWN_KIB_MAX, "{before} KiB became {first} KiB");
    assert!(second - first < AGAIN_KIB_MAX, "{first} KiB became {second} KiB");
    let ready = reqwest::get(served.url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), 200, "{}", ready.text().await.unwrap());
    let said = served.end().await;
    let said = String::from_utf8_lossy(&said);
    assert!(!said.contains("panicked"), "{said}");
    installation.bus.finish().await;
}

/// A body of gzip that is a thousand times as large when it is unpacked.
async fn bomb() -> Vec<u8> {
    let program = format!(
        "import base64, gzip\n\
         print(base64.urlsafe_b64encode(gzip.compress(b'[' * {BOMB_BYTES})).decode().rstrip('='))"
    );
    let packed = python::run(&["-c", &program], &std::env::temp_dir(), "").await;
    let packed = base64url::decode(packed.trim()).expect("base64url");
    assert!(packed.len() < 96 << 10, "{} bytes", packed.len());
    packed
}

/// Everything that is quickly refused, each so many times at once.
async fn round(served: &Served, bomb: &[u8], many: usize) {
    let times = |count: usize| 0..count;
    let refused =
        join_all(times(many).flat_map(|_| requests(bomb)).map(|(what, request, expect)| async move {
            let answer = Peer::connect(served.address).await.ask(&request).await;
            assert!(expect.contains(&answer.status()), "{what}: {}", answer.text());
        }));
    let flooded = join_all(times(many).map(|_| flood(served)));
    let deaf = join_all(times(many.div_ceil(8)).map(|_| deaf(served)));
    let pipelined = join_all(times(many.div_ceil(8)).map(|_| pipelined(served)));
    tokio::join!(refused, flooded, deaf, pipelined);
}

/// What is sent, and with which statuses it is refused.
fn requests(bomb: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    let json =
        "POST /v1/locks HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let with = |head: &str, body: &[u8]| {
        let length = format!("content-length: {}\r\n\r\n", body.len());
        [json.as_bytes(), head.as_bytes(), length.as_bytes(), body].concat()
    };
    let nested = |open: &str, close: &str| {
        format!(
            r#"{{"transition":"a.b.c","sealed":{{"salt":"","data":{}1{}}}}}"#,
            open.repeat(12_000),
            close.repeat(12_000)
        )
    };
    let headers = (0..5_000).map(|place| format!("x-{place}: {place}\r\n")).collect::<String>();
    let long = "x".repeat(1 << 20);
    vec![
        ("gzip bomb", with("content-encoding: gzip\r\n", bomb), &[400, 415]),
        ("deep list", with("", "[".repeat(90_000).as_bytes()), &[400, 422]),
        ("deep object", with("", r#"{"a":"#.repeat(16_000).as_bytes()), &[400, 422]),
        ("deep sealed list", with("", nested("[", "]").as_bytes()), &[400, 422]),
        ("deep sealed object", with("", nested(r#"{"a":"#, "}").as_bytes()), &[400, 413, 422]),
        ("huge, as it says", [json, "content-length: 1099511627776\r\n\r\n{"].concat().into_bytes(), &[413]),
        (
            "no length",
            [json, "content-length: 99999999999999999999999\r\n\r\n{"].concat().into_bytes(),
            &[400],
        ),
        (
            "two lengths",
            [json, "content-length: 1\r\ncontent-length: 2\r\n\r\n{}"].concat().into_bytes(),
            &[400],
        ),
        (
            "a length and chunks",
            [json, "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"].concat().into_bytes(),
            &[400],
        ),
        (
            "packed chunks",
            [json, "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"].concat().into_bytes(),
            &[400],
        ),
        (
            "chunks without a size",
            [json, "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n"].concat().into_bytes(),
            &[400],
        ),
        ("many headers", [json, &headers, "\r\n"].concat().into_bytes(), &[400, 413, 431, Peer::CLOSED]),
        (
            "a long header",
            [json, "x-a: ", &long, "\r\n\r\n"].concat().into_bytes(),
            &[400, 413, 431, Peer::CLOSED],
        ),
        (
            "a long path",
            format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n").into_bytes(),
            &[400, 414, 431, Peer::CLOSED],
        ),
    ]
}

/// Sends chunk after chunk without end; is told that it is too much, and goes on.
async fn flood(served: &Served) {
    let mut peer = Peer::connect(served.address).await;
    peer.send(b"POST /v1/locks HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n").await;
    peer.send(b"transfer-encoding: chunked\r\n\r\n").await;
    let chunk = [b"10000\r\n", &vec![b'['; 1 << 16][..], b"\r\n"].concat();
    for _ in 0..2 {
        peer.send(&chunk).await;
    }
    let answer = peer.answer().await;
    assert_eq!(answer.status(), 413, "{}", answer.text());
    peer.flood(&chunk, FLOOD_BYTES).await;
}

/// Asks and asks, and never reads an answer.
async fn deaf(served: &Served) {
    let ask = "GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1_000);
    Peer::connect(served.address).await.flood(ask.as_bytes(), FLOOD_BYTES).await;
}

/// A thousand questions on one connection before the first answer is read are answered in order.
async fn pipelined(served: &Served) {
    const COUNT: usize = 1_000;
    let asked = (1..=COUNT).map(|place| {
        let close = if place == COUNT { "connection: close\r\n" } else { "" };
        let trace = format!("traceparent: 00-{place:032x}-0000000000000001-01\r\n");
        format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{trace}{close}\r\n")
    });
    let answers = Peer::connect(served.address).await.ask(asked.collect::<String>().as_bytes()).await;
    let traces = answers.text().split("traceparent: 00-").skip(1).map(|rest| &rest[..32]);
    let traces = traces.map(|trace| usize::from_str_radix(trace, 16).expect("a trace")).collect::<Vec<_>>();
    assert_eq!(traces, (1..=COUNT).collect::<Vec<_>>());
}

/// Bodies and heads that come a byte at a time, or not at all: each is given up in its time. Gives the longest time.
async fn slow(served: &Served) -> Duration {
    let head = "POST /v1/locks HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 90000\r\n\r\n";
    let bodies = join_all((0..MANY).map(|place| async move {
        let began = Instant::now();
        let mut peer = Peer::connect(served.address).await;
        peer.send(head.as_bytes()).await;
        // Half of them send nothing more.
        let answer = if place % 2 == 0 { peer.answer().await } else { peer.drip(b'[').await };
        assert_eq!(answer.status(), 408, "{}", answer.text());
        assert!(answer.text().contains("slow_body"), "{}", answer.text());
        began.elapsed()
    }));
    let heads = join_all((0..MANY).map(|_| async move {
        let began = Instant::now();
        let mut peer = Peer::connect(served.address).await;
        peer.send(b"POST /v1/locks HTTP/1.1\r\nx-").await;
        let answer = peer.drip(b'a').await;
        assert!([408, Peer::CLOSED].contains(&answer.status()), "{}", answer.text());
        began.elapsed()
    }));
    let (bodies, heads) = tokio::join!(bodies, heads);
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let answers = document["paths"]["/v1/locks"]["post"]["responses"].as_object().unwrap();
    assert!(answers.contains_key("408"), "the document knows {:?}", answers.keys());
    for took in bodies.iter().chain(&heads) {
        assert!(SLOW.contains(&took.as_secs()), "{took:?}");
    }
    bodies.into_iter().chain(heads).max().unwrap_or_default()
}
