//! The files under `examples/`, held against the protocol, the domain and the rules that they come with.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use piao_client::{Draft, commands};
use piao_domain::command::Command;
use piao_domain::content::Content;
use piao_domain::ids::TransitionId;
use piao_domain::invoice::IssueDesk;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, NumberPrefix, Segment};
use piao_domain::party::{Industry, Profile, Region};
use piao_domain::quota::Account;
use piao_domain::rejection::{Detail, Rejection};
use piao_domain::rules::{Allowance, Deployed, RuleBook, RuleChange, RuleSet, Status};
use piao_domain::time::{Date, Time};
use piao_domain::uscc::Uscc;
use piao_protocol::body;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::json;
use piao_protocol::sealed::Sealed;
use serde::Deserialize;
use serde_json::Value;

/// 2026-10-01 in Beijing.
const NOW: Time = Time::from_unix(1_790_784_000);
const NUMBER: &str = "26950000000000000001";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyFile {
    party: String,
    name: String,
    region: String,
    industry: String,
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// Every file of a folder, by its name without `.json`.
fn files(name: &str) -> BTreeMap<String, String> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (stem, fs::read_to_string(path).unwrap())
    };
    fs::read_dir(folder(name)).unwrap().map(read).collect()
}

fn parties() -> BTreeMap<Uscc, Profile> {
    let parties: Vec<PartyFile> =
        json::from_str(&fs::read_to_string(folder("parties.json")).unwrap()).unwrap();
    let read = |file: PartyFile| {
        let uscc = Uscc::parse(file.party.strip_prefix("uscc:").unwrap()).unwrap();
        let region = Region::parse(&file.region).unwrap();
        (
            uscc,
            Profile::Enterprise {
                name: file.name,
                region,
                industry: Industry::parse(&file.industry).unwrap(),
            },
        )
    };
    parties.into_iter().map(read).collect()
}

fn rule_sets() -> Vec<RuleSet> {
    let read = |text: &String| match commands::deploy_rules(text).unwrap() {
        Command::Rules(RuleChange::Deploy(set)) => *set,
        other => panic!("{other:?}"),
    };
    files("rules").values().map(read).collect()
}

/// The book as it stands after each set was deployed and activated, through the domain's own decisions.
fn book() -> RuleBook {
    let activate = |book: RuleBook, set: RuleSet| {
        let version = set.version.clone();
        let deployed = book.decide(RuleChange::Deploy(Box::new(set)), NOW.date()).unwrap();
        let book = book.evolve(deployed);
        let active = book.decide(RuleChange::Activate { version, from: NOW.date() }, NOW.date()).unwrap();
        book.evolve(active)
    };
    rule_sets().into_iter().fold(RuleBook::default(), activate)
}

/// What an issuer would sign: number, claim key and sealed digest put in.
fn content(text: &str) -> (Uscc, Content) {
    let draft = Draft::parse(text).unwrap();
    let key = draft.needs_claim_key().then(|| ClaimSecret::from_seed(&[7; 32]).key());
    let command = draft.command(&InvoiceNumber::parse(NUMBER).unwrap(), key.as_ref()).unwrap();
    let mut body = body::Body::new(command);
    if let Some(data) = draft.sealed {
        body = body.seal(Sealed::new([7; 32], data).unwrap().digest()).unwrap();
    }
    let rendered = body.render();
    assert_eq!(body::parse("invoice.issue", &rendered).unwrap(), body, "what is signed is what was read");
    match body.into_command() {
        Command::InvoiceIssue(content) => (*draft.seller.enterprise().unwrap(), *content),
        other => panic!("{other:?}"),
    }
}

fn issue(text: &str) -> Result<(), Rejection> {
    let (issuer, content) = content(text);
    let parties = parties();
    let book = book();
    let granted = Allowance { amount: Fen::MAX, count: 1 };
    let segment = Segment::new(NumberPrefix::parse(&NUMBER[..5]).unwrap(), 1, 1).unwrap();
    let desk = IssueDesk {
        segments: &[segment],
        existing: None,
        order_count: 0,
        account: &Account { granted, ..Account::EMPTY },
        binding: &book.binding(&issuer, &parties[&issuer], NOW.date()),
    };
    desk.decide(TransitionId::new([1; 32]), &issuer, &content, NOW).map(|_| ())
}

#[test]
fn every_invoice_is_accepted() {
    let files = files("invoices");
    assert!(files.len() >= 25, "{} invoices", files.len());
    for (name, text) in &files {
        assert_eq!(issue(text), Ok(()), "{name}");
        assert!(!Draft::parse(text).unwrap().about.is_empty(), "{name}");
    }
}

#[test]
fn every_refused_one_is_refused_by_its_code_at_its_place() {
    let files = files("refused");
    assert!(files.len() >= 6, "{} refused", files.len());
    for (name, text) in &files {
        let declared: Value = serde_json::from_str(text).unwrap();
        let rejection = issue(text).expect_err(name);
        let at = match &rejection.detail {
            Detail::Member(finding) => finding.pointer.as_str(),
            Detail::Rule(breach) => breach.finding.pointer.as_str(),
            Detail::Nothing | Detail::Existing(_) => "",
        };
        assert_eq!(
            (rejection.code.as_str(), at),
            (text_of(&declared, "code"), text_of(&declared, "at")),
            "{name}"
        );
        assert!(!text_of(&declared, "difference").is_empty(), "{name}");
    }
}

#[test]
fn a_refused_one_differs_from_an_accepted_one() {
    let accepted = files("invoices");
    for (name, text) in files("refused") {
        let refused: Value = serde_json::from_str(&text).unwrap();
        let neighbour: Value = serde_json::from_str(&accepted[text_of(&refused, "of")]).unwrap();
        assert_eq!(refused["seller"], neighbour["seller"], "{name}");
        let (one, other) = (&refused["body"], &neighbour["body"]);
        assert!(one != other || refused.get("sealed") != neighbour.get("sealed"), "{name}");
        // One member of the invoice, or of one line and with it the sums.
        let members = ["kind", "buyer", "lines", "amount", "tax", "total", "order"];
        let differing: Vec<_> = members.into_iter().filter(|name| one.get(name) != other.get(name)).collect();
        let sums = ["lines", "amount", "tax", "total"];
        assert!(
            differing.len() <= 1 || differing.iter().all(|member| sums.contains(member)),
            "{name}: {differing:?}"
        );
    }
}

#[test]
fn the_facts_of_real_invoices_are_there() {
    let invoices: Vec<Content> = files("invoices").values().map(|text| content(text).1).collect();
    let check = |amount: i64, tax: i64, rate: &str| {
        let there = invoices.iter().any(|invoice| {
            let sums = (invoice.amount.get(), invoice.tax.get()) == (amount, tax);
            sums && invoice.lines.iter().all(|line| line.treatment.to_string() == rate)
        });
        assert!(there, "{amount} + {tax} at {rate}");
    };
    check(51_068, 1_532, "0.03");
    check(419_717, 25_183, "0.06");
    check(583_894, 75_906, "0.13");
    check(990, 10, "0.01");
    check(1_000_000, 60_000, "0.06");
    check(545, 49, "0.09");
    let rates: BTreeSet<String> = invoices
        .iter()
        .flat_map(|invoice| invoice.lines.iter().map(|line| line.treatment.to_string()))
        .collect();
    let expect = ["0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13", "exempt", "not_taxed"];
    assert_eq!(rates, expect.iter().map(|rate| (*rate).to_owned()).collect());
    assert!(invoices.iter().any(|invoice| invoice.lines.len() == 100), "one hundred lines");
}

#[test]
fn five_invoices_bill_one_order() {
    let mut orders: BTreeMap<(String, [u8; 32]), usize> = BTreeMap::new();
    for text in files("invoices").values() {
        if let Some(order) = content(text).1.order {
            *orders.entry((order.reference.to_string(), order.digest)).or_default() += 1;
        }
    }
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest("SO-2026-0315: 5 x camera set, delivered in five parts");
    assert_eq!(orders, BTreeMap::from([(("SO-2026-0315".to_owned(), digest.into()), 5)]));
}

#[test]
fn one_hundred_lines_fit_into_a_transition() {
    let (_, content) = content(&files("invoices")["05-one-hundred-lines"]);
    let body = body::render(&Command::InvoiceIssue(Box::new(content))).1;
    // Base64 adds a third; header, claims and signature stay below two KiB.
    assert!(body.len() / 3 * 4 + 2048 < piao_protocol::jws::TRANSITION_BYTES_MAX, "{} bytes", body.len());
}

#[test]
fn parties_are_of_the_region_that_their_code_names() {
    for (uscc, profile) in parties() {
        let Profile::Enterprise { region, .. } = profile else { panic!("{uscc}") };
        assert_eq!(region.as_str(), &uscc.as_str()[2..8], "{uscc}");
    }
}

#[test]
fn each_party_is_bound_by_one_rule_set_and_shenzhen_has_an_allowance() {
    let book = book();
    for (uscc, profile) in parties() {
        let binding = book.binding(&uscc, &profile, NOW.date());
        assert_eq!(binding.len(), 1, "{uscc}");
        let shenzhen = uscc.as_str()[2..8] == *"440300";
        assert_eq!(binding[0].limits.allowance.is_some(), shenzhen, "{uscc}");
    }
}

#[test]
fn the_one_percent_rate_ends_with_2027() {
    let (issuer, content) = content(&files("invoices")["04-small-scale-at-1"]);
    let profile = &parties()[&issuer];
    let on = |day: &str| {
        let entries =
            rule_sets().into_iter().map(|set| Deployed { set, status: Status::Active { from: NOW.date() } });
        let day = Date::parse(day).unwrap();
        RuleBook::from_entries(entries).binding(&issuer, profile, day)[0].check_issuing(&content, day)
    };
    assert_eq!(on("2027-12-31"), Ok(()));
    assert_eq!(on("2028-01-01").map_err(|rejection| rejection.code.as_str()), Err("invoice.rate"));
}

fn text_of<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("{name} is a text"))
}
