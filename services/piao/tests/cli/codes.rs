//! Every exit code, each met for its real cause.

use std::net::TcpListener;

use super::given::{Desk, example};
use super::main_job::{BUREAU, FIRST, issue, register};

#[test]
fn every_exit_code_has_its_cause() {
    let mut desk = Desk::new();
    let server = desk.serve();
    desk.set("PIAO_CHAIN", &server.chain);
    register(&desk);
    let check = |args: &str, code: i32, says: &str| {
        let ran = desk.piao(args).ended(code);
        assert!(ran.stderr.contains(says), "{args}: {ran:?}");
        ran
    };
    // 0
    check("party get --key me.json", 0, "");
    // 1: looked at, and would be refused.
    let refused = example("refused/13-forbidden-category.json");
    check("invoice issue cigarettes.json --check --key seller.json", 2, "cigarettes.json");
    let seller =
        serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(&refused).unwrap()).unwrap();
    desk.write("forbidden.json", &seller["body"].to_string());
    check("invoice issue forbidden.json --check --key seller.json", 1, "would be refused: rules.violated");
    // 2
    check("lock create 26950000000000000001", 2, "--claim-ref");
    check("party get", 2, "--key");
    check("lock list --key nobody.json", 2, "nobody.json");
    check("claim take --hand-over https://example.org/ --key me.json", 2, "--hand-over");
    // 3: nobody is there to say.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    check(&format!("party get --key me.json --wait 1 --url http://{free}"), 3, "start piao serve");
    // 4: of another role, and what is not one's own.
    check("party list --key me.json", 4, "forbidden");
    check("invoice get 26950000000000000001 --key first.json", 4, "not_found");
    check("lock release 0123456789abcdef --key first.json", 4, "no lock");
    strangers(&desk);
    // 5: on the record, and foreseen.
    let again = format!("party register {FIRST} --name x --industry I64 --public-key first.jwk {BUREAU}");
    check(&again, 5, "refused, on the record: party.exists");
    check(&format!("{again} --language zh"), 5, "账本拒绝，已上链");
    check("invoice issue forbidden.json --key seller.json", 5, "Nothing was signed or sent.");
    // 7: a state that no block has yet.
    check("lock list --key first.json --min-height 1000000 --wait 6", 7, "behind");

    unknown_outcomes(&desk, &server);
    server.stop();
}

/// 4: a key that nobody registered is told so within seconds, however long the wait is; nothing is kept of what it signed.
fn strangers(desk: &Desk) {
    desk.piao("key new --party 91440300708461136T --out stranger.json").ok();
    let asked = std::time::Instant::now();
    let unknown = desk.piao("quota apply --amount 1 --count 1 --key stranger.json --wait 3600").ended(4);
    assert!(asked.elapsed() < std::time::Duration::from_secs(120), "{:?}", asked.elapsed());
    for says in ["unknown_party", "uscc:91440300708461136T", "piao party register 91440300708461136T"] {
        assert!(unknown.stderr.contains(says), "{unknown:?}");
    }
    assert_eq!(std::fs::read_dir(desk.path("state/transitions")).unwrap().count(), 0);
    let read = desk.piao("party get --key stranger.json").ended(4);
    assert!(read.stderr.contains("is not registered"), "{read:?}");
}

/// 6: the services do not answer; the same transition, sent again when they do, is decided once.
fn unknown_outcomes(desk: &Desk, server: &super::given::Server) {
    server.signal("STOP");
    let unknown =
        desk.piao("quota apply --amount 1 --count 1 --key seller.json --wait 1 --output json").ended(6);
    server.signal("CONT");
    assert_eq!(unknown.text("/outcome"), "unknown");
    let (id, kept) = (unknown.text("/transition"), unknown.text("/kept_in"));
    assert!(unknown.stderr.contains(&format!("piao tx submit {kept}")), "{unknown:?}");
    let first = desk.piao(&format!("tx submit {kept} --output json")).ok();
    assert_eq!((first.text("/transition"), first.text("/outcome")), (id.clone(), "accepted".to_owned()));
    assert!(!std::path::Path::new(&kept).exists());
    desk.piao(&format!("tx get {id} --key seller.json")).ok();

    // What is kept where the user says stays, and knows the claim key.
    server.signal("STOP");
    let meal = example("invoices/08-meal.json");
    let text: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(meal).unwrap()).unwrap();
    let mut body = text["body"].clone();
    body["number"] = first.text("/numbers/first").into();
    desk.write("whole.json", &body.to_string());
    let args = "invoice issue whole.json --key seller.json --save issued.json --wait 1 --output json";
    let unknown = desk.piao(args).ended(6);
    server.signal("CONT");
    let issued = desk.piao("tx submit issued.json --output json").ok();
    assert_eq!(issued.text("/transition"), unknown.text("/transition"));
    let again = desk.piao("tx submit issued.json --output json").ok();
    assert_eq!(again.json(), issued.json());
    let claim = format!("claim take --hand-over {} --key me.json", issued.text("/hand_over_qr"));
    desk.piao(&claim).ok();
    issue(desk);
}
