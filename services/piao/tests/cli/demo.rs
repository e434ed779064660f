//! The demo as people see it, and what it leaves serving.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use super::given::Desk;

/// What `GET /healthz` answers.
fn health(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The first and the last block of each of the timeline's lines, in order.
fn heights(timeline: &str) -> Vec<(u64, u64)> {
    let told = timeline.lines().filter(|line| line.contains("  ok  ") || line.contains("  REFUSED  "));
    told.map(|line| {
        assert!(line.contains(": "), "it says who did what: {line}");
        let blocks = line.split_whitespace().next().unwrap();
        let (first, last) = blocks.split_once('-').unwrap_or((blocks, blocks));
        (first.parse().unwrap(), last.parse().unwrap())
    })
    .collect()
}

#[test]
fn the_demo_tells_who_did_what_and_is_left_serving() {
    let mut desk = Desk::new();
    // What is meant for other commands of whoever tries it is not meant for the demo's own chain.
    desk.set("PIAO_GENESIS_FILE", "nowhere.json");
    let mut demo = desk.start("demo --keep --language en");
    let said = BufReader::new(demo.child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let serving = said.into_iter().find(|line| line.contains("serving at http://")).unwrap();
    let (address, folder) = serving
        .split_once("serving at http://")
        .and_then(|(_, rest)| rest.split_once(", its files in "))
        .and_then(|(address, rest)| Some((address, rest.split_once(';')?.0)))
        .unwrap();
    assert!(health(address).starts_with("HTTP/1.1 200 "), "{address}");
    assert!(Path::new(folder).join("genesis.json").exists(), "{folder}");
    let mut timeline = String::new();
    let mut stdout = demo.child.stdout.take().unwrap();
    demo.signal("TERM");
    stdout.read_to_string(&mut timeline).unwrap();
    assert!(demo.child.wait().unwrap().success());
    assert!(!Path::new(folder).exists(), "{folder}");

    // Each line: the block, the outcome, who, and what in words; of a refusal the code and why.
    let heights = heights(&timeline);
    assert!(heights.len() > 50 && heights.is_sorted(), "{timeline}");
    for line in [
        "  ok       the tax bureau: ",
        "  ok       a person: claims ",
        ": settles the reimbursement, for good",
        ": wins the lock, ",
        " sent at the same moment\n            → lock.exists  ",
        "→ quota.exhausted  ",
        "→ invoice.line_tax  ",
        "→ key.revoked  ",
    ] {
        assert!(timeline.contains(line), "no {line:?} in {timeline}");
    }
    let transitions: u64 = heights.iter().map(|(first, last)| last - first + 1).sum();
    let blocks = heights.last().unwrap().1 + 1;
    for (head, expect) in [
        ("signed by the client, sent over HTTP ", format!("{transitions} transitions, ")),
        (
            "the chain exported ",
            format!("{blocks} blocks (height 0 to {}), {transitions} transitions", blocks - 1),
        ),
        ("another process replays it the same ", "yes".to_owned()),
        ("the invariants hold ", "yes".to_owned()),
        ("damaged copies found out ", "3 of 3".to_owned()),
    ] {
        let row = timeline.lines().find_map(|line| line.strip_prefix(head)).map(str::trim);
        assert!(row.is_some_and(|row| row.starts_with(&expect)), "{head}: {row:?}");
    }
}
