//! What the constructors make can be signed, and says what it should.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use piao_client::{Client, Draft, Endpoints, Identity, Sources, commands};
use piao_domain::command::{Command, Kind};
use piao_domain::ids::{ChainId, ClaimRef, Code, PartyId, RuleSetId, TransitionId};
use piao_domain::invoice::LockUse;
use piao_domain::key::Algorithm;
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::party::{Industry, Region};
use piao_domain::quota::{Adjustment, ApplicationRef};
use piao_domain::rules::{Allowance, RuleVersion};
use piao_domain::time::{Date, Month};
use piao_domain::uscc::Uscc;
use piao_protocol::claim::{ClaimProof, ClaimSecret};
use piao_protocol::jws::{PreparedKey, Unverified};

const RULES: &str = include_str!("../../../examples/rules/shenzhen-2026.json");
const PERSON: &str = include_str!("../../../examples/invoices/07-metro-fare-to-a-person.json");

fn number() -> InvoiceNumber {
    InvoiceNumber::parse("26950000000000000001").unwrap()
}

fn chain() -> ChainId {
    ChainId::parse("shenzhen-0123456789abcdef0123456789abcdef").unwrap()
}

fn client() -> Client {
    let identity = Identity::generate_person(Algorithm::EdDsa, &Sources::system()).unwrap();
    Client::new(Endpoints::one("http://127.0.0.1:1").unwrap(), chain(), Some(identity)).unwrap()
}

fn about_parties(client: &Client) -> Vec<Command> {
    let (uscc, reason) = (Uscc::parse("91440300708461136T").unwrap(), Code::parse("r").unwrap());
    let (party, identity) = (PartyId::Enterprise(uscc), client.identity().unwrap());
    let (region, industry) = (Region::parse("440300").unwrap(), Industry::parse("I64").unwrap());
    vec![
        commands::register(uscc, "深圳市腾讯计算机系统有限公司", region, industry, identity.public()),
        commands::enroll(identity.public()),
        commands::suspend(party.clone(), reason.clone()),
        commands::reinstate(party, reason.clone()),
        commands::add_key(identity.public()),
        commands::revoke_key(identity.kid()),
        commands::reset_keys(uscc, identity.public(), reason),
    ]
}

fn about_quota() -> Vec<Command> {
    let version = RuleVersion { id: RuleSetId::parse("a").unwrap(), version: 1 };
    let (month, asked) = (Month::parse("2026-10").unwrap(), Allowance { amount: Fen::MAX, count: 1 });
    let issuer = Uscc::parse("91440300708461136T").unwrap();
    let target = ApplicationRef { application: TransitionId::new([1; 32]), issuer, month };
    vec![
        commands::deploy_rules(RULES).unwrap(),
        commands::activate_rules(version.clone(), Date::parse("2026-10-01").unwrap()),
        commands::retire_rules(version),
        commands::apply_for_quota(month, asked),
        commands::grant_quota(target.clone(), asked, None),
        commands::adjust_quota(Adjustment { target: target.clone(), given: asked }),
        commands::refuse_quota(target, Code::parse("r").unwrap()),
    ]
}

fn about_invoices() -> Vec<Command> {
    let uscc = Uscc::parse("91440300708461136T").unwrap();
    let lock = LockUse { id: TransitionId::new([1; 32]), token: 1 };
    vec![
        commands::claim_as_buyer(number()),
        commands::present(number(), uscc),
        commands::withdraw(number(), uscc),
        commands::lock(number(), ClaimRef::parse("EXP-1").unwrap(), Fen::new(600).unwrap(), 60),
        commands::renew(number(), lock, 60),
        commands::release(number(), lock),
        commands::settle(number(), lock),
        commands::force_release(number(), uscc, Code::parse("r").unwrap()),
        commands::book(number(), true),
        commands::unbook(number()),
    ]
}

#[test]
fn every_command_can_be_signed() {
    let client = client();
    let key = PreparedKey::new(client.identity().unwrap().public()).unwrap();
    let secret = ClaimSecret::from_seed(&[7; 32]);
    let invoice = Draft::parse(PERSON).unwrap();
    let mut met =
        BTreeSet::from([client.sign_invoice(&invoice, &number(), Some(&secret.key())).unwrap().kind()]);
    for command in [about_parties(&client), about_quota(), about_invoices()].concat() {
        let signed = client.sign(command.clone()).unwrap();
        let read = Unverified::parse(signed.jws().clone()).unwrap().verify(&key).unwrap();
        let read = read.decode(piao_protocol::body::parse).unwrap();
        assert_eq!((read.id(), read.body().command()), (signed.id(), &command));
        met.insert(signed.kind());
    }
    assert_eq!(met, Kind::ALL.iter().copied().collect());
}

#[test]
fn signing_twice_makes_two_transitions() {
    let client = client();
    let sign = || client.sign(commands::unbook(number())).unwrap().id();
    assert_ne!(sign(), sign());
}

#[test]
fn an_invoice_to_a_person_is_signed_with_its_sealed_name() {
    let draft = Draft::parse(PERSON).unwrap();
    let key = ClaimSecret::from_seed(&[7; 32]).key();
    let signed = client().sign_invoice(&draft, &number(), Some(&key)).unwrap();
    assert_eq!(signed.sealed().map(piao_protocol::sealed::Sealed::data), draft.sealed.as_ref());
    assert!(!Unverified::parse(signed.jws().clone()).unwrap().body_text().contains("个人"));
}

#[test]
fn a_claim_is_proved_for_this_chain_invoice_and_holder() {
    let client = client();
    let holder = client.identity().unwrap().party();
    let secret = ClaimSecret::from_seed(&[7; 32]);
    let command = commands::claim_with(&secret, &chain(), number(), holder);
    let Command::ClaimTake { proof: Some(proof), .. } = command else { panic!("{command:?}") };
    let proof = ClaimProof::new(proof.0);
    let check = |invoice: &str, holder: &PartyId, expect: bool| {
        assert_eq!(
            secret.key().verify(&chain(), invoice, holder, &proof).is_ok(),
            expect,
            "{invoice} {holder}"
        );
    };
    check(number().as_str(), holder, true);
    check("26950000000000000002", holder, false);
    check(number().as_str(), &PartyId::parse("uscc:91440300708461136T").unwrap(), false);
}
