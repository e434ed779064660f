//! What a bureau does: it decides applications, stops parties and locks, and gives keys back.

use serde_json::Value;

use super::given::Desk;
use super::main_job::{BUREAU, FIRST, SELLER, height, issue, register};

#[test]
fn a_bureau_decides_and_sets_right() {
    let mut desk = Desk::new();
    let server = desk.serve();
    desk.set("PIAO_CHAIN", &server.chain);
    register(&desk);
    applications_are_decided(&desk);
    a_lock_is_ended_by_force(&desk);
    keys_are_added_revoked_and_reset(&desk);
    a_party_is_stopped_and_let_go_on(&desk);
    a_rule_set_is_retired(&desk);
    server.stop();
}

/// An application above what is granted at once: the first digits of its id, to be read after it.
fn apply(desk: &Desk) -> String {
    let apply = "quota apply --amount 99900000 --count 9000 --key seller.json --output json";
    let applied = desk.piao(apply).ok();
    assert_eq!(applied.text("/detail/state"), "pending");
    format!("{} --min-height {}", &applied.text("/transition")[..12], height(&applied))
}

fn applications_are_decided(desk: &Desk) {
    let json = format!("{BUREAU} --output json");
    let application = apply(desk);
    let granted = desk.piao(&format!("quota grant {application} --amount 20000 --count 7 {json}")).ok();
    assert_eq!(
        (&granted.json()["detail"]["amount"], &granted.json()["detail"]["count"]),
        (&2_000_000.into(), &7.into())
    );
    // It waits no longer.
    let application = format!("{} --min-height {}", &application[..12], height(&granted));
    let again = desk.piao(&format!("quota refuse {application} --reason late {BUREAU}")).ended(4);
    assert!(again.stderr.contains("pending application"), "{again:?}");
    let adjusted = desk.piao(&format!("quota adjust {application} --amount 0 --count 9 {json}")).ok();
    assert_eq!(adjusted.json()["detail"]["count"], 9);
    let application = format!("{} --min-height {}", &application[..12], height(&adjusted));
    let entries = desk.piao(&format!("quota get {application} {json}")).ok().json();
    let kinds = entries["data"].as_array().unwrap().iter().map(|entry| entry["kind"].clone());
    assert_eq!(kinds.collect::<Vec<Value>>(), ["granted", "granted", "adjusted"]);

    let whole = apply(desk);
    let at_numbers = "--first-number 26950000000000900001 --last-number 26950000000000909000";
    let granted = desk.piao(&format!("quota grant {whole} {at_numbers} {json}")).ok();
    assert_eq!(granted.text("/numbers/last"), "26950000000000909000");
    let refused = desk.piao(&format!("quota refuse {} --reason no-turnover {json}", apply(desk))).ok();
    let at = format!("--min-height {}", height(&refused));
    let listed = desk.piao(&format!("quota list --status refused {BUREAU} {at} --output ndjson")).ok();
    assert_eq!(listed.text("/status"), "refused");

    let check = |args: &str, code: i32, says: &str| {
        let ran = desk.piao(args).ended(code);
        assert!(ran.stderr.contains(says), "{args}: {ran:?}");
    };
    let id = granted.text("/transition");
    check(&format!("quota grant {id} {BUREAU}"), 2, "applied for no quota");
    check(&format!("quota grant {} --key seller.json", apply(desk)), 5, "role.forbidden");
    check(&format!("quota grant {id} --first-number 26950000000000900001 {BUREAU}"), 2, "--last-number");
    check(&format!("quota refuse {id} --reason x.y {BUREAU}"), 2, "--reason");
}

fn a_lock_is_ended_by_force(desk: &Desk) {
    let issued = issue(desk);
    let (number, hand_over) = (issued.text("/invoice"), issued.text("/hand_over_qr"));
    desk.piao_with("claim take --hand-over - --key me.json", &hand_over).ok();
    let presented = format!("claim present {number} --to {FIRST} --key me.json --output json");
    let at = format!("--min-height {}", height(&desk.piao(&presented).ok()));
    desk.piao(&format!("lock create {number} --claim-ref BX-1 --key first.json {at}")).ok();
    let force = format!("lock force-release {number} --enterprise {FIRST} --reason court-order");
    desk.piao(&format!("{force} --key first.json")).ended(5);
    let ended = desk.piao(&format!("{force} {BUREAU} --output json")).ok();
    let at = format!("--min-height {}", height(&ended));
    let locks = desk.piao(&format!("lock list --key first.json --output csv {at}")).ok().stdout;
    assert!(locks.contains(",forced,"), "{locks}");
    let lock = format!("lock create {number} --claim-ref BX-2 --key first.json");
    let passes = desk.piao(&format!("{lock} --check --output json {at}")).ok();
    assert_eq!((&passes.json()["passes"], &passes.json()["free"]), (&true.into(), &7200.into()));
    let locked = desk.piao(&format!("{lock} --output json")).ok();
    let at = format!("--min-height {}", height(&locked));
    let refused = desk.piao(&format!("{lock} --check {at}")).ended(1);
    assert!(refused.stderr.contains("would be refused: lock.claim_ref"), "{refused:?}");
}

fn keys_are_added_revoked_and_reset(desk: &Desk) {
    let second = format!("key new --party {SELLER} --algorithm eddsa --out spare.json --output json");
    let second = desk.piao(&second).ok();
    assert_eq!((second.text("/alg"), second.text("/party")), ("EdDSA".into(), format!("uscc:{SELLER}")));
    let states = |key: &str, at: u64| {
        let keys = desk.piao(&format!("key list --key {key} --min-height {at} --output json")).ok().json();
        let state = |key: &Value| key["state"].as_str().unwrap().to_owned();
        keys["data"].as_array().unwrap().iter().map(state).collect::<Vec<_>>()
    };
    // Of another party, by what the file says, and never sent.
    desk.piao("key add spare.json --key first.json").ended(2);
    let added = desk.piao("key add spare.json --key seller.json --output json").ok();
    assert_eq!(states("seller.json", height(&added)), ["live", "live"]);
    desk.piao("key revoke seller.json --key spare.json").ok();
    let last = desk.piao(&format!("key revoke {} --key spare.json", second.text("/kid"))).ended(5);
    assert!(last.stderr.contains("key.last"), "{last:?}");
    desk.piao("key revoke nothing --key spare.json").ended(2);

    desk.piao(&format!("key new --party uscc:{SELLER} --out newest.json")).ok();
    desk.write("newest.jwk", &desk.piao("key show newest.json").ok().stdout);
    let reset =
        format!("key reset {SELLER} --public-key newest.jwk --reason key-lost {BUREAU} --output json");
    let reset = desk.piao(&reset).ok();
    let mut after = states("newest.json", height(&reset));
    after.sort();
    assert_eq!(after, ["live", "revoked", "revoked"]);
    desk.piao(&format!("key list {SELLER} --key first.json")).ended(4);
}

fn a_party_is_stopped_and_let_go_on(desk: &Desk) {
    let apply = "quota apply --amount 1 --count 1 --key newest.json";
    desk.piao(&format!("party suspend {SELLER} --reason inquiry --key first.json")).ended(5);
    desk.piao(&format!("party suspend {SELLER} --reason inquiry {BUREAU}")).ok();
    let stopped = desk.piao(apply).ended(5);
    assert!(stopped.stderr.contains("party.suspended"), "{stopped:?}");
    desk.piao(&format!("party reinstate uscc:{SELLER} --reason inquiry-closed {BUREAU}")).ok();
    desk.piao(apply).ok();
}

fn a_rule_set_is_retired(desk: &Desk) {
    let binding = desk.piao("rules binding --key newest.json --output json").ok();
    assert_eq!(binding.text("/rule_sets/0/id"), "shenzhen-2026");
    desk.piao("rules binding --key me.json").ended(2);
    let retired = desk.piao(&format!("rules retire shenzhen-2026/1 {BUREAU} --output json")).ok();
    let at = format!("--min-height {}", height(&retired));
    let list = desk.piao(&format!("rules list --status retired {BUREAU} {at} --output ndjson")).ok();
    assert_eq!(list.text("/id"), "shenzhen-2026");
}
