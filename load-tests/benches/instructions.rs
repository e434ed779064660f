//! How many instructions the pure core needs for what it does most often: to read and verify a transition, to decide a
//! block of an invoice's first three steps and of refused locks, to seal it. Counted by Callgrind, since times are not
//! repeatable on shared machines, and held to a budget each. `cargo xtask test --only count` runs them.
#![allow(clippy::expect_used, missing_docs, reason = "a bench that cannot be set up must fail")]

use std::hint::black_box;
use std::sync::Arc;

use gungraun::{
    Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use piao_chain::adopt;
use piao_chain::execute::{Executed, Executor, Parameters, Safeguards};
use piao_chain::seal::{Decided, Sealed, Tip};
use piao_chain::state::State;
use piao_domain::command::Transition;
use piao_domain::ids::TransitionId;
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::body::{self, Body};
use piao_protocol::jws::{Nonce, PreparedKey, Unverified, Verified};
use piao_protocol::outcome::Outcome;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body as json;
use piao_testkit::chain::TestChain;
use piao_testkit::scenario::number;

/// 2026-10-01 12:00 in Beijing.
const NOON: Time = Time::from_unix(1_790_827_200);
/// Transitions of a block.
const BLOCK: u64 = 64;

/// As many instructions as it took on x86-64 when this was written, and a tenth more at most. Elsewhere they are counted,
/// and held to nothing.
fn took(instructions: u64) -> LibraryBenchmarkConfig {
    let held = cfg!(target_arch = "x86_64");
    let limits = held.then_some((EventKind::Ir, instructions + instructions / 10));
    let callgrind = Callgrind::with_args(["--cache-sim=no"]).hard_limits(limits).clone();
    LibraryBenchmarkConfig::default().tool(callgrind).clone()
}

/// A bureau, a supplier who may issue and a buyer, and what they signed.
struct Town {
    chain: TestChain,
    supplier: Actor,
    buyer: Actor,
}

/// A block that is to be decided, and the state before it.
struct Undecided {
    executor: Executor,
    state: State,
    block: Vec<Transition>,
    nonces: Vec<Nonce>,
}

/// A block that is decided.
struct Unsealed {
    tip: Tip,
    ids: Vec<TransitionId>,
    nonces: Vec<Nonce>,
    outcomes: Vec<Outcome>,
}

/// The steps of an invoice's way; each is about every invoice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Issue,
    Claim,
    Lock,
    /// Another lock of each, which is refused.
    Refuse,
}

impl Step {
    const ALL: [Self; 4] = [Self::Issue, Self::Claim, Self::Lock, Self::Refuse];
}

impl Town {
    fn new() -> Self {
        Self {
            chain: TestChain::new(NOON, 1),
            supplier: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            buyer: Actor::new("uscc:91110000802100433B", Algorithm::Es256k),
        }
    }

    /// What comes before any invoice.
    fn founded(&self) -> Vec<Signed> {
        let Self { chain, supplier, buyer } = self;
        let bureau = |kind: &str, body: &str| chain.bureau.sign(chain.id(), NOON, kind, body);
        vec![
            chain.register(NOON, supplier),
            chain.register(NOON, buyer),
            bureau("rules.deploy", &json::rules(1)),
            bureau("rules.activate", &json::activate(1, &NOON.date().to_string())),
            supplier.sign(chain.id(), NOON, "quota.apply", &json::apply(NOON.month(), 1_000)),
        ]
    }

    fn step(&self, step: Step, place: u64) -> Signed {
        let number = number(NOON, place + 1);
        let (actor, kind, body) = match step {
            Step::Issue => (&self.supplier, "invoice.issue", json::issue(&number, Some(&self.buyer), None)),
            Step::Claim => (&self.buyer, "claim.take", json::take(&number, None)),
            Step::Lock => (&self.buyer, "reimbursement.lock", json::lock(&number, &format!("R-{place}"))),
            Step::Refuse => (&self.buyer, "reimbursement.lock", json::lock(&number, &format!("S-{place}"))),
        };
        actor.sign(self.chain.id(), NOON, kind, &body)
    }

    fn block(&self, step: Step) -> Vec<Signed> {
        (0..BLOCK).map(|place| self.step(step, place)).collect()
    }

    fn verified(&self, signed: &Signed) -> Verified<Body> {
        let unverified = decoded(Arc::clone(&signed.jws));
        let signers = [&self.chain.bureau, &self.supplier, &self.buyer];
        let signer = signers.into_iter().find(|actor| actor.party == unverified.claims().party);
        let key = PreparedKey::new(signer.expect("one of them").key.public()).expect("a key");
        unverified.verify(&key).expect("its signature")
    }
}

fn decoded(jws: Arc<str>) -> Unverified<Body> {
    Unverified::parse(jws).expect("a transition").decode(body::parse).expect("a body")
}

impl Undecided {
    fn new(town: &Town, state: State, block: &[Signed]) -> Self {
        let taken = block.iter().map(|signed| adopt::take_transition(town.verified(signed)));
        let (nonces, block) =
            taken.map(|(rest, transition)| (rest.claims().nonce.clone(), transition)).unzip();
        let executor = Executor::new(Parameters::genesis(&town.chain.genesis), Safeguards::ALL);
        Self { executor, state, block, nonces }
    }

    fn execute(&mut self) -> Executed {
        let batch = self.block.iter().collect::<Vec<_>>();
        self.executor.execute(&mut self.state, &batch, NOON).expect("no invariant is broken")
    }
}

fn signed(algorithm: Algorithm) -> (Arc<str>, PreparedKey) {
    let (chain, actor) = (TestChain::new(NOON, 1), Actor::new("uscc:91110000802100433B", algorithm));
    let lock = actor.sign(chain.id(), NOON, "reimbursement.lock", &json::lock(&number(NOON, 1), "R-1"));
    (lock.jws, PreparedKey::new(actor.key.public()).expect("a key"))
}

fn unverified(algorithm: Algorithm) -> (Unverified<Body>, PreparedKey) {
    let (jws, key) = signed(algorithm);
    (decoded(jws), key)
}

fn text(step: Step) -> Arc<str> {
    Town::new().step(step, 0).jws
}

/// The block of a step, after those before it.
fn undecided(step: Step) -> Undecided {
    let town = Town::new();
    let state = State::genesis(&town.chain.genesis);
    let mut founded = Undecided::new(&town, state, &town.founded());
    let accepted =
        |executed: &Executed| executed.outcomes.iter().all(|one| matches!(one, Outcome::Accepted(_)));
    assert!(accepted(&founded.execute()), "everything before the invoices is accepted");
    let mut state = founded.state;
    for before in Step::ALL.into_iter().filter(|before| *before < step) {
        let mut block = Undecided::new(&town, state, &town.block(before));
        assert!(accepted(&block.execute()), "what comes before is accepted");
        state = block.state;
    }
    Undecided::new(&town, state, &town.block(step))
}

fn unsealed(step: Step) -> Unsealed {
    let mut undecided = undecided(step);
    let Executed { outcomes, .. } = undecided.execute();
    let is_accepted = |outcome: &Outcome| matches!(outcome, Outcome::Accepted(_));
    assert!(outcomes.iter().all(|outcome| is_accepted(outcome) == (step != Step::Refuse)));
    let ids = undecided.block.iter().map(|transition| transition.id).collect();
    let tip = Tip::genesis(Town::new().chain.genesis.first_block()).tip;
    Unsealed { tip, ids, nonces: undecided.nonces, outcomes }
}

#[library_benchmark]
#[bench::issue(args = (Step::Issue), setup = text, config = took(149_544))]
#[bench::lock(args = (Step::Lock), setup = text, config = took(77_614))]
fn read(jws: Arc<str>) -> Unverified<Body> {
    decoded(black_box(jws))
}

#[library_benchmark]
#[bench::es256k(args = (Algorithm::Es256k), setup = unverified, config = took(451_843))]
#[bench::es256(args = (Algorithm::Es256), setup = unverified, config = took(2_640_068))]
#[bench::eddsa(args = (Algorithm::EdDsa), setup = unverified, config = took(436_423))]
fn verify((unverified, key): (Unverified<Body>, PreparedKey)) -> Verified<Body> {
    black_box(unverified).verify(&key).expect("its signature")
}

#[library_benchmark]
#[bench::issue_64(args = (Step::Issue), setup = undecided, config = took(535_209))]
#[bench::claim_64(args = (Step::Claim), setup = undecided, config = took(303_718))]
#[bench::lock_64(args = (Step::Lock), setup = undecided, config = took(623_475))]
#[bench::refuse_64(args = (Step::Refuse), setup = undecided, config = took(192_012))]
fn execute(undecided: Undecided) -> (Undecided, Executed) {
    let mut undecided = black_box(undecided);
    let executed = undecided.execute();
    (undecided, executed)
}

#[library_benchmark]
#[bench::lock_64(args = (Step::Lock), setup = unsealed, config = took(2_800_804))]
#[bench::refuse_64(args = (Step::Refuse), setup = unsealed, config = took(1_899_486))]
fn seal(unsealed: Unsealed) -> (Unsealed, Sealed) {
    let unsealed = black_box(unsealed);
    let Unsealed { tip, ids, nonces, outcomes } = &unsealed;
    let decided = ids.iter().zip(nonces).zip(outcomes);
    let decided = decided.map(|((id, nonce), outcome)| Decided { id: *id, nonce, outcome });
    let sealed = tip.seal(NOON, &decided.collect::<Vec<_>>()).expect("a header");
    (unsealed, sealed)
}

library_benchmark_group!(name = core, benchmarks = [read, verify, execute, seal]);

main!(library_benchmark_groups = core);
