//! The main job, a command a step, by five parties.

use serde_json::Value;

use super::formats;
use super::given::{Desk, Ran, example};

pub(crate) const SELLER: &str = "91440300192181490G";
pub(crate) const FIRST: &str = "91110000802100433B";
pub(crate) const SECOND: &str = "91310000132260250X";
pub(crate) const BUREAU: &str = "--key piao-data/bureau-key.json";

/// A seller and two enterprises with their keys, a person, and rules in force.
pub(crate) fn register(desk: &Desk) {
    for (name, uscc, company, industry) in [
        ("seller", SELLER, "万科企业股份有限公司", "K70"),
        ("first", FIRST, "=HYPERLINK(1)", "I64"),
        ("second", SECOND, "上海汽车集团股份有限公司", "C36"),
    ] {
        desk.piao(&format!("key new --party uscc:{uscc} --out {name}.json")).ok();
        let jwk = desk.piao(&format!("key show {name}.json")).ok();
        desk.write(&format!("{name}.jwk"), &jwk.stdout);
        let register = format!("party register {uscc} --name {company} --industry {industry}");
        desk.piao(&format!("{register} --public-key {name}.jwk {BUREAU}")).ok();
    }
    desk.piao("key new --person --algorithm eddsa --out me.json").ok();
    desk.piao("party enroll --key me.json").ok();
    let rules = example("rules/shenzhen-2026.json");
    desk.piao(&format!("rules deploy {rules} {BUREAU}")).ok();
    desk.piao(&format!("rules activate shenzhen-2026/1 {BUREAU}")).ok();
    desk.piao("quota apply --amount 100000 --count 50 --key seller.json").ok();
}

/// An invoice that nobody is named on, issued; the hand-over code stands in its record.
pub(crate) fn issue(desk: &Desk) -> Ran {
    let meal = example("invoices/08-meal.json");
    desk.piao(&format!("invoice issue {meal} --key seller.json --output json")).ok()
}

/// The block of a record.
pub(crate) fn height(ran: &Ran) -> u64 {
    ran.json().get("height").and_then(Value::as_u64).unwrap()
}

#[test]
fn the_main_job_is_done_by_hand() {
    let mut desk = Desk::new();
    let server = desk.serve();
    register(&desk);
    let issued = issue(&desk);
    let (number, hand_over) = (issued.text("/invoice"), issued.text("/hand_over_qr"));

    let taken = desk.piao_with("claim take --hand-over - --key me.json --output json", &hand_over).ok();
    assert_eq!(
        (taken.text("/type"), taken.text("/outcome")),
        ("claim.take".to_owned(), "accepted".to_owned())
    );
    assert!(!taken.stderr.contains("claim="), "{taken:?}");
    for enterprise in [FIRST, SECOND] {
        desk.piao(&format!("claim present {number} --to {enterprise} --key me.json")).ok();
    }
    desk.piao(&format!("claim withdraw {number} --from uscc:{SECOND} --key me.json")).ok();
    let presented =
        desk.piao(&format!("claim present {number} --to {SECOND} --key me.json --output json")).ok();

    // Without --amount the whole of it is locked: 72.00 yuan.
    let seen = format!("--min-height {} --output json", height(&presented));
    let locked = desk.piao(&format!("lock create {number} --claim-ref BX-1 --key first.json {seen}")).ok();
    let (lock, token) = (locked.text("/detail/lock"), locked.json()["detail"]["token"].clone());
    assert_eq!((&locked.json()["detail"]["amount"], token), (&7200.into(), 1.into()));
    desk.piao(&format!("lock renew {lock} --lease 9d --key first.json")).ok();
    let late =
        format!("lock create {number} --claim-ref BX-2 --amount 72.00 --key second.json --output json");
    let refused = desk.piao(&late).ended(5);
    assert!(refused.stderr.contains("lock.exists") && refused.stderr.contains("  next   "), "{refused:?}");
    assert!(refused.stdout.contains("rejected"), "{refused:?}");

    desk.piao(&format!("book book {number} --not-deductible --key first.json")).ok();
    desk.piao(&format!("book unbook {number} --key first.json")).ok();
    desk.piao(&format!("book book {number} --not-deductible --key first.json")).ok();
    // A lock may be named by its first digits.
    let settled = desk.piao(&format!("lock settle {} --key first.json --output json", &lock[..12])).ok();
    let transition = settled.text("/transition");
    assert!(settled.stderr.contains(&format!("piao proof get {transition}")), "{settled:?}");
    let genesis = "--genesis-file piao-data/genesis.json";
    let proof = format!("proof get {transition} --key first.json {genesis} --out settled.piao-proof.json");
    // It is written only where it is what whoever pays asks for.
    for other in ["--settles 26950000000000000009".to_owned(), format!("--settles {number} --amount 72.01")] {
        desk.piao(&format!("{proof} {other}")).ended(1);
    }
    assert!(!desk.path("settled.piao-proof.json").exists());
    let proof = desk.piao(&format!("{proof} --settles {number} --amount 72.00 --output json")).ok();
    assert_eq!(
        (proof.text("/outcome"), proof.json()["checked"].as_array().unwrap().len()),
        ("accepted".into(), 10)
    );
    assert_eq!(
        (proof.text("/type"), proof.text("/invoice")),
        ("reimbursement.settle".into(), number.clone())
    );
    payer_is_told_what_was_settled(&desk, genesis, &number, &refused.text("/transition"));
    // Everything that was decided is no longer kept.
    assert_eq!(std::fs::read_dir(desk.path("state/transitions")).unwrap().count(), 0);

    let at = format!("--min-height {}", height(&settled));
    let got = desk.piao(&format!("invoice get {number} --key first.json {at} --output json")).ok();
    assert_eq!(got.text("/axes/reimbursement/state"), "settled");
    formats::every_format_is_what_it_says(&desk, &number, &at);
    server.stop();
}

/// A proof of a refusal is a proof, and nothing to pay by; neither is another enterprise's settlement.
fn payer_is_told_what_was_settled(desk: &Desk, genesis: &str, number: &str, refused: &str) {
    desk.piao(&format!("proof get {refused} --key second.json {genesis} --out refused.piao-proof.json")).ok();
    let verify = |rest: &str| desk.piao(&format!("verify {rest} {genesis} --output json"));
    assert_eq!(verify("refused.piao-proof.json").ok().text("/code"), "lock.exists");
    let no = verify(&format!("refused.piao-proof.json --settles {number}")).ended(1);
    assert!(no.stderr.contains("no reimbursement.settle"), "{no:?}");
    let settled = verify(&format!("settled.piao-proof.json --settles {number} --enterprise {FIRST}")).ok();
    assert_eq!(
        (settled.json()["settled"].clone(), settled.text("/party")),
        (7200.into(), format!("uscc:{FIRST}"))
    );
    let no = verify(&format!("settled.piao-proof.json --settles {number} --enterprise {SECOND}")).ended(1);
    assert!(no.stderr.contains("was signed by"), "{no:?}");
    verify("settled.piao-proof.json --amount 72.00").ended(2);
}
