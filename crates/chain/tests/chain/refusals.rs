//! Every refusal, each from a legal state with one named difference from what is accepted there.

mod invoices;
mod issuing;
mod locks;
mod parties;
mod precedence;
mod quotas;
mod rules;
mod uses;

use std::collections::BTreeSet;

use piao_domain::command::Transition;
use piao_domain::ids::PartyId;
use piao_domain::rejection::{Code, Detail, Reach, Rejection};
use piao_protocol::outcome::{Outcome, outcome_json};

use crate::given::{World, limits, new_key};

/// A refusal and its accepted neighbour.
struct Row {
    /// What differs, in words.
    difference: &'static str,
    /// What both have in common.
    scene: fn() -> World,
    /// What is accepted.
    neighbour: fn(&mut World) -> Transition,
    /// What differs, in deed.
    differ: Differ,
    code: Code,
    /// The refusal's detail as canonical JSON; the ids of transitions are written `<id>`.
    detail: &'static str,
}

/// The one difference.
enum Differ {
    /// Something happened before.
    Before(fn(&mut World)),
    /// The transition says something else.
    Says(fn(&World, &mut Transition)),
}

fn check(row: &Row) {
    let name = format!("{}: {}", row.code, row.difference);
    let mut accepted = (row.scene)();
    let transition = (row.neighbour)(&mut accepted);
    let outcome = accepted.execute(&transition);
    assert!(matches!(outcome, Outcome::Accepted(_)), "{name}: its neighbour is refused: {outcome:?}");
    let mut world = (row.scene)();
    let transition = match row.differ {
        Differ::Before(happens) => {
            happens(&mut world);
            (row.neighbour)(&mut world)
        }
        Differ::Says(change) => {
            let mut transition = (row.neighbour)(&mut world);
            change(&world, &mut transition);
            transition
        }
    };
    assert_refused(&name, &mut world, &transition, row.code, row.detail);
}

fn assert_refused(name: &str, world: &mut World, transition: &Transition, code: Code, detail: &str) {
    let before = world.state.clone();
    let outcome = world.execute(transition);
    let expected = format!(r#"{{"code":"{code}","detail":{detail},"outcome":"rejected"}}"#);
    assert_eq!(without_ids(&outcome_json(&outcome)), expected, "{name}");
    if let Outcome::Rejected(Rejection { detail: Detail::Existing(existing), .. }) = outcome {
        let issued = before.invoices.values().any(|invoice| invoice.issued_by == existing);
        assert!(issued || before.claim_refs.values().any(|id| *id == existing), "{name}: names nothing");
    }
    // What is refused changes nothing, but that locks which ran out are ended.
    for (number, invoice) in &before.invoices {
        let lapsed = invoice.lapse(world.now).map_or(invoice.clone(), |event| invoice.clone().evolve(event));
        assert!([invoice, &lapsed].contains(&&world.state.invoices[number]), "{name}: changes the invoice");
    }
    let after = piao_chain::state::State { invoices: before.invoices.clone(), ..world.state.clone() };
    assert!(after == before, "{name}: changes the state");
}

fn without_ids(text: &str) -> String {
    let mut parts = text.split('"').map(str::to_owned).collect::<Vec<_>>();
    let is_id = |part: &str| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter_mut().filter(|part| is_id(part)).for_each(|part| *part = "<id>".to_owned());
    parts.join("\"")
}

fn rows() -> Vec<Row> {
    let all =
        [parties::ROWS, rules::ROWS, quotas::ROWS, issuing::ROWS, invoices::ROWS, locks::ROWS, uses::ROWS];
    all.into_iter().flat_map(|rows| rows()).collect()
}

#[test]
fn every_refusal_has_an_accepted_neighbour_that_differs_in_one_thing() {
    let rows = rows();
    rows.iter().for_each(check);
    let names = rows.iter().map(|row| (row.code, row.difference)).collect::<BTreeSet<_>>();
    assert_eq!(names.len(), rows.len(), "two rows of one name");
    println!(
        "{} refusals of {} codes",
        rows.len(),
        rows.iter().map(|row| row.code).collect::<BTreeSet<_>>().len()
    );
}

#[test]
fn the_codes_refused_with_are_those_of_the_main_job() {
    let seen = rows().iter().map(|row| row.code).collect::<BTreeSet<_>>();
    let declared = |reach| Code::ALL.iter().copied().filter(move |code| code.reach() == reach);
    assert_eq!(seen, declared(Reach::Spine).collect());
    let later = [
        "quota.foreign",
        "invoice.reversed",
        "booking.period",
        "deduction.state",
        "deduction.kind",
        "red.state",
        "red.amount",
        "red.open",
        "red.not_party",
        "recovery.none",
        "filing.mismatch",
        "filing.closed",
        "foreign.native",
        "foreign.used",
        "risk.abnormal",
        "access.none",
        "batch.failed",
        "chain.version",
        "chain.frozen",
    ];
    assert_eq!(declared(Reach::Later).map(Code::as_str).collect::<Vec<_>>(), later);
}

fn town() -> World {
    World::town(6, 2, limits())
}

/// Another signer, with its first key.
fn as_signer(transition: &mut Transition, signer: PartyId) {
    transition.key = new_key(crate::given::first_key(&signer)).id;
    transition.signer = signer;
}
