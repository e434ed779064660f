//! A small town: a bureau, enterprises, persons, rules, quota. Everything is fixed, so every run is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use piao_chain::execute::{Executor, Parameters, Safeguards};
use piao_chain::state::State;
use piao_domain::category::{CategoryCode, CategoryPrefix, ItemName};
use piao_domain::command::{ClaimSignature, Command, Transition};
use piao_domain::content::{self, Buyer, Content, Entered, Line, Lines, Nature, Text, Treatment};
use piao_domain::ids::{ClaimRef, Code, PartyId, RuleSetId, TransitionId};
use piao_domain::invoice::{Invoice, LockRequest, LockUse};
use piao_domain::key::Algorithm;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Numbering};
use piao_domain::party::{Industry, NewKey, Region};
use piao_domain::quota::ApplicationRef;
use piao_domain::rate::TaxRate;
use piao_domain::rules::{
    Allowance, Leaf, Limits, QuotaReturn, RateEntry, RuleChange, RuleSet, RuleVersion, Scope,
};
use piao_domain::time::{Date, Month, Time};
use piao_domain::uscc::Uscc;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::genesis::{self, Founder, Genesis, LogKey};
use piao_protocol::jwk::{self, Jwk};
use piao_protocol::jws::SigningKey;
use piao_protocol::outcome::{Effect, Outcome};

/// 2026-10-01 12:00 in Beijing, the time of block 0.
pub(crate) const NOON: Time = Time::from_unix(1_790_827_200);
pub(crate) const DAY: i64 = 86_400;
pub(crate) const TOTAL: i64 = 10_600;

const USCCS: [&str; 8] = [
    "914403001922038216",
    "91440300708437873H",
    "91440300708461136T",
    "91440300192185379H",
    "91440300192317458F",
    "9144030027939873X7",
    "91440300192181490G",
    "91440300279396064N",
];

/// How many keys there are.
const KEYS_MAX: u8 = 120;

pub(crate) const ISSUER: usize = 0;

pub(crate) fn uscc(number: usize) -> Uscc {
    Uscc::parse(USCCS[number]).unwrap()
}

pub(crate) fn enterprise(number: usize) -> PartyId {
    PartyId::Enterprise(uscc(number))
}

pub(crate) fn bureau() -> PartyId {
    PartyId::parse("bureau:shenzhen").unwrap()
}

pub(crate) fn node() -> PartyId {
    PartyId::parse("node:ledger-1").unwrap()
}

/// Persons are named after keys 50 and up.
pub(crate) fn person(number: u8) -> PartyId {
    PartyId::Person(jwk::person(&new_key(50 + number).id))
}

/// A key of that number, from 1; the three algorithms take turns.
pub(crate) fn secret(number: u8) -> SigningKey {
    let algorithms = [Algorithm::EdDsa, Algorithm::Es256k, Algorithm::Es256];
    SigningKey::from_secret(algorithms[usize::from(number) % 3], &[number; 32]).unwrap()
}

pub(crate) fn new_key(number: u8) -> NewKey {
    static KEYS: OnceLock<Vec<NewKey>> = OnceLock::new();
    let public = |number| {
        let key = secret(number);
        NewKey { id: key.id(), public: *key.public() }
    };
    KEYS.get_or_init(|| (1..=KEYS_MAX).map(public).collect())[usize::from(number) - 1]
}

/// The number of a party's first key.
pub(crate) fn first_key(party: &PartyId) -> u8 {
    let place = |found: Option<usize>| found.and_then(|place| u8::try_from(place).ok()).unwrap();
    match party {
        PartyId::Bureau(_) => 1,
        PartyId::Node(_) => 2,
        PartyId::Enterprise(uscc) => 10 + place(USCCS.iter().position(|known| *known == uscc.as_str())),
        PartyId::Person(_) => 50 + place((0..20).position(|number| person(number) == *party)),
    }
}

pub(crate) fn claim_secret() -> ClaimSecret {
    ClaimSecret::from_seed(&[9; 32])
}

pub(crate) fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

pub(crate) fn reason() -> Code {
    Code::parse("court-order").unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

pub(crate) fn genesis() -> Genesis {
    let jwk = |number| Jwk::new(*secret(number).public()).unwrap();
    Genesis::create(&genesis::Content {
        v: 1,
        name: "shenzhen".to_owned(),
        time: NOON,
        seed: [7; 16],
        bureaus: vec![Founder { party: bureau(), key: jwk(1) }],
        nodes: vec![Founder { party: node(), key: jwk(2) }],
        logs: vec![LogKey { key: jwk(3) }],
        validators: Vec::new(),
        parameters: genesis::Parameters { iat_window_seconds: 600 },
    })
    .unwrap()
}

pub(crate) fn limits() -> Limits {
    Limits {
        invoice_amount_max: None,
        lines_max: None,
        allowance: Some(Allowance { amount: fen(100_000_000), count: 100 }),
        numbering: Some(Numbering::parse("951").unwrap()),
        classification: BTreeMap::from([(category(), Leaf { short_name: "餐饮服务".to_owned() })]),
        rates: vec![RateEntry {
            prefix: CategoryPrefix::parse("3").unwrap(),
            treatment: rate("0.06"),
            from: date("2026-01-01"),
            to: None,
        }],
        forbidden: Vec::new(),
        buyer_required_above: None,
        buyer_only: true,
        partial_locks: false,
        lease_seconds_max: None,
        booking_required: true,
        quota_return: QuotaReturn::SameMonth,
    }
}

pub(crate) fn version(id: &str, version: u32) -> RuleVersion {
    RuleVersion { id: RuleSetId::parse(id).unwrap(), version }
}

pub(crate) fn deploy(version: RuleVersion, limits: Limits) -> Command {
    let scope = Scope { regions: BTreeSet::new(), industries: BTreeSet::new(), enterprises: BTreeSet::new() };
    Command::Rules(RuleChange::Deploy(Box::new(RuleSet { version, scope, limits })))
}

pub(crate) fn category() -> CategoryCode {
    CategoryCode::parse("3070401000000000000").unwrap()
}

pub(crate) fn rate(text: &str) -> Treatment {
    Treatment::Taxed(TaxRate::parse(text).unwrap())
}

/// An invoice of 100.00 and 6.00 tax that a person may claim.
pub(crate) fn content(sequence: u64, buyer: Option<Uscc>) -> Content {
    let line = Line {
        nature: Nature::Normal,
        category: category(),
        item: ItemName::parse("*餐饮服务*餐费").unwrap(),
        specification: None,
        unit: None,
        measure: None,
        treatment: rate("0.06"),
        entered: Entered::Net,
        amount: fen(10_000),
        tax: fen(600),
    };
    let name = Text::parse("名称").unwrap();
    Content {
        number: number(sequence),
        kind: content::Kind::Plain,
        buyer: buyer.map_or(Buyer::Unnamed, |uscc| Buyer::Enterprise { uscc, name }),
        claim_key: Some(content::ClaimKey::new(*claim_secret().key().as_bytes())),
        lines: Lines::new(vec![line]).unwrap(),
        amount: fen(10_000),
        tax: fen(600),
        total: fen(TOTAL),
        order: None,
        sealed_digest: None,
    }
}

pub(crate) fn number(sequence: u64) -> InvoiceNumber {
    InvoiceNumber::parse(&format!("26951{sequence:015}")).unwrap()
}

/// A chain as far as it has come, and the time of the next block.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) executor: Executor,
    serial: u64,
}

impl World {
    /// The genesis of a chain.
    pub(crate) fn genesis() -> Self {
        let genesis = genesis();
        let executor = Executor::new(Parameters::genesis(&genesis), Safeguards::ALL);
        Self { state: State::genesis(&genesis), now: NOON, executor, serial: 0 }
    }

    /// A bureau, some enterprises of which the first may issue, some persons, one active rule set.
    pub(crate) fn town(enterprises: usize, persons: u8, limits: Limits) -> Self {
        let mut world = Self::genesis();
        (0..enterprises).for_each(|number| world.register(number));
        for number in 0..persons {
            world.accept(&person(number), Command::PartyEnroll { key: new_key(50 + number) });
        }
        world.activate(version("city", 1), limits);
        world.accept(&enterprise(ISSUER), apply(100_000, 50));
        world
    }

    pub(crate) fn register(&mut self, number: usize) {
        self.accept(&bureau(), register(number, first_key(&enterprise(number))));
    }

    pub(crate) fn activate(&mut self, version: RuleVersion, limits: Limits) {
        self.accept(&bureau(), deploy(version.clone(), limits));
        let from = self.now.date();
        self.accept(&bureau(), Command::Rules(RuleChange::Activate { version, from }));
    }

    /// A transition that its signer signed just now with its first key.
    pub(crate) fn sign(&mut self, signer: &PartyId, command: Command) -> Transition {
        self.serial += 1;
        let mut id = [0; 32];
        id[24..].copy_from_slice(&self.serial.to_be_bytes());
        Transition {
            id: TransitionId::new(id),
            signer: signer.clone(),
            key: new_key(first_key(signer)).id,
            issued_at: self.now,
            command,
        }
    }

    /// Executes one transition in a block of its own.
    pub(crate) fn execute(&mut self, transition: &Transition) -> Outcome {
        let executed = self.executor.clone().execute(&mut self.state, &[transition], self.now);
        let mut executed = executed.expect("no invariant is broken");
        executed.outcomes.pop().expect("an outcome a transition")
    }

    pub(crate) fn attempt(&mut self, signer: &PartyId, command: Command) -> Outcome {
        let transition = self.sign(signer, command);
        self.execute(&transition)
    }

    pub(crate) fn accept(&mut self, signer: &PartyId, command: Command) -> TransitionId {
        let transition = self.sign(signer, command);
        match self.execute(&transition) {
            Outcome::Accepted(_) => transition.id,
            Outcome::Rejected(rejection) => panic!("{:?} is refused: {rejection:?}", transition.command),
        }
    }

    /// As [`World::accept`], where nobody asks for the id.
    pub(crate) fn does(&mut self, signer: &PartyId, command: Command) {
        self.accept(signer, command);
    }

    /// As [`World::lock`], where nobody asks for the lock.
    pub(crate) fn lock_by(&mut self, sequence: u64, signer: usize) {
        self.lock(sequence, signer);
    }

    pub(crate) fn issue(&mut self, sequence: u64, buyer: Option<Uscc>) {
        let content = content(sequence, buyer);
        self.accept(&enterprise(ISSUER), Command::InvoiceIssue(Box::new(content)));
    }

    /// A claim with the right proof.
    pub(crate) fn take(&self, sequence: u64, signer: &PartyId) -> Command {
        let chain = &self.executor.parameters().chain;
        let proof = claim_secret().sign_claim(chain, number(sequence).as_str(), signer);
        Command::ClaimTake { invoice: number(sequence), proof: Some(ClaimSignature(*proof.as_bytes())) }
    }

    /// Accepts a lock of a whole invoice, for a day.
    pub(crate) fn lock(&mut self, sequence: u64, signer: usize) -> LockUse {
        let command = self.lock_command(sequence, TOTAL);
        let transition = self.sign(&enterprise(signer), command);
        match self.execute(&transition) {
            Outcome::Accepted(Effect::Locked { lock, token, .. }) => LockUse { id: lock, token },
            other => panic!("no lock: {other:?}"),
        }
    }

    /// A lock with a reference that nobody used.
    pub(crate) fn lock_command(&self, sequence: u64, amount: i64) -> Command {
        let request = LockRequest {
            claim_ref: ClaimRef::parse(&format!("EXP-{}", self.serial)).unwrap(),
            amount: fen(amount),
            lease_seconds: u32::try_from(DAY).unwrap(),
        };
        Command::Lock { invoice: number(sequence), request }
    }

    pub(crate) fn invoice(&self, sequence: u64) -> &Invoice {
        &self.state.invoices[&number(sequence)]
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus(seconds);
    }
}

pub(crate) fn register(number: usize, key: u8) -> Command {
    Command::PartyRegister {
        enterprise: uscc(number),
        name: "名称".to_owned(),
        region: Region::parse("440300").unwrap(),
        industry: Industry::parse("I65").unwrap(),
        key: new_key(key),
    }
}

pub(crate) fn apply(yuan: i64, count: u32) -> Command {
    Command::QuotaApply { month: NOON.month(), asked: allowance(yuan, count) }
}

pub(crate) fn allowance(yuan: i64, count: u32) -> Allowance {
    Allowance { amount: fen(yuan * 100), count }
}

pub(crate) fn target(issuer: usize, application: TransitionId) -> ApplicationRef {
    ApplicationRef { application, issuer: uscc(issuer), month: NOON.month() }
}

pub(crate) fn present(sequence: u64, enterprise: usize) -> Command {
    Command::ClaimPresent { invoice: number(sequence), enterprise: uscc(enterprise) }
}

pub(crate) fn book(sequence: u64) -> Command {
    Command::Book { invoice: number(sequence), deductible: true }
}
