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

use piao_domain::command::{Command, Kind, Transition};
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::number::InvoiceNumber;
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

/// Executes a row and its neighbour, each in a world of its own, and gives the code that was refused with.
fn check(row: &Row) -> Code {
    let name = format!("{}: {}", row.code, row.difference);
    let mut accepted = (row.scene)();
    let neighbour = (row.neighbour)(&mut accepted);
    let outcome = accepted.execute(&neighbour);
    assert!(matches!(outcome, Outcome::Accepted(_)), "{name}: its neighbour is refused: {outcome:?}");
    let mut world = (row.scene)();
    let transition = match row.differ {
        Differ::Before(happens) => {
            let before = (world.state.clone(), world.now);
            happens(&mut world);
            assert!((&world.state, world.now) != (&before.0, before.1), "{name}: nothing happened before");
            let transition = (row.neighbour)(&mut world);
            assert_eq!(
                who_and_what(&transition),
                who_and_what(&neighbour),
                "{name}: says something else too"
            );
            transition
        }
        Differ::Says(change) => {
            let mut transition = (row.neighbour)(&mut world);
            assert_eq!(transition, neighbour, "{name}: a scene that is not the same twice");
            change(&world, &mut transition);
            one_thing_differs(&name, &neighbour, &transition);
            transition
        }
    };
    assert_refused(&name, &mut world, &transition, row.code, row.detail)
}

/// Who signs with which key, and for what on which invoice. Ids and references follow what happened before.
fn who_and_what(transition: &Transition) -> (&PartyId, KeyId, Kind, Option<InvoiceNumber>) {
    (&transition.signer, transition.key, transition.command.kind(), transition.command.invoice())
}

/// Who signs, with which key, when, or what of a transition of the same type: one of them.
fn one_thing_differs(name: &str, neighbour: &Transition, transition: &Transition) {
    let who = transition.signer != neighbour.signer;
    // A key is its signer's, so that another signer has another one.
    let key = transition.key != neighbour.key && !who;
    let when = transition.issued_at != neighbour.issued_at;
    // A claim's proof is its taker's, so that another signer brings another one.
    let proofs = (claimed(neighbour), claimed(transition));
    let what =
        transition.command != neighbour.command && !(who && proofs.0.is_some() && proofs.0 == proofs.1);
    let differences = [who, key, when, what].into_iter().filter(|differs| *differs).count();
    assert_eq!(differences, 1, "{name}: {neighbour:?} and {transition:?}");
    assert_eq!(transition.command.kind(), neighbour.command.kind(), "{name}: of another type");
}

/// The invoice that is taken with a proof.
fn claimed(transition: &Transition) -> Option<InvoiceNumber> {
    if let Command::ClaimTake { invoice, proof: Some(_) } = transition.command { Some(invoice) } else { None }
}

/// Executes what must be refused, and gives the code of its outcome.
fn assert_refused(name: &str, world: &mut World, transition: &Transition, code: Code, detail: &str) -> Code {
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
    outcome.code().expect("a refusal has a code")
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
fn every_refusal_differs_in_one_thing_from_what_is_accepted_and_every_code_is_met() {
    let rows = rows();
    // What execution said, not what the rows expect.
    let seen = rows.iter().map(check).collect::<BTreeSet<_>>();
    let names = rows.iter().map(|row| (row.code, row.difference)).collect::<BTreeSet<_>>();
    assert_eq!(names.len(), rows.len(), "two rows of one name");
    let declared = declared(Reach::Spine).collect::<BTreeSet<_>>();
    let never = declared.difference(&seen).collect::<Vec<_>>();
    let undeclared = seen.difference(&declared).collect::<Vec<_>>();
    assert!(never.is_empty(), "declared for the main job and never refused with: {never:?}");
    assert!(undeclared.is_empty(), "refused with and not declared for the main job: {undeclared:?}");
    println!("{} refusals of {} codes", rows.len(), seen.len());
}

#[test]
fn codes_of_later_transitions_are_declared_apart() {
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

fn declared(reach: Reach) -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(move |code| code.reach() == reach)
}

fn town() -> World {
    World::town(6, 2, limits())
}

/// Another signer, with its first key.
fn as_signer(transition: &mut Transition, signer: PartyId) {
    transition.key = new_key(crate::given::first_key(&signer)).id;
    transition.signer = signer;
}
