//! A short chain with real signatures, as a ledger records it.

use piao_chain::adopt;
use piao_chain::execute::{Executor, Parameters, Safeguards};
use piao_chain::replay::{Replay, ReplayError, Replayed};
use piao_chain::seal::{Decided, Tip};
use piao_chain::state::State;
use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::invoice::LockUse;
use piao_domain::rules::RuleChange;
use piao_domain::time::Time;
use piao_protocol::block::Header;
use piao_protocol::body::{self, Body};
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::{Claims, Nonce, PreparedKey, Unverified, Verified, payload};
use piao_protocol::outcome::Outcome;

use crate::given::{
    ISSUER, NOON, TOTAL, World, apply, book, bureau, content, deploy, enterprise, first_key, genesis, limits,
    new_key, person, present, register, secret, version,
};

/// A block as it is recorded.
#[derive(Clone)]
pub(crate) struct Recorded {
    pub(crate) header: Header,
    pub(crate) block: Vec<(String, Outcome)>,
}

/// Signs a command with a key of that number.
pub(crate) fn sign(signer: &PartyId, key: u8, iat: Time, nonce: u8, command: &Command) -> String {
    sign_for(&genesis(), signer, key, iat, nonce, command)
}

pub(crate) fn sign_for(
    genesis: &Genesis,
    signer: &PartyId,
    key: u8,
    iat: Time,
    nonce: u8,
    command: &Command,
) -> String {
    let (kind, body) = body::render(command);
    let claims = Claims {
        chain: genesis.chain().clone(),
        party: signer.clone(),
        nonce: Nonce::new(&[nonce; 16]).unwrap(),
        iat,
        kind: kind.as_str().to_owned(),
    };
    secret(key).sign_transition(&payload(&claims, &body).unwrap())
}

/// A ledger that has no disk.
pub(crate) struct Scribe {
    executor: Executor,
    pub(crate) state: State,
    pub(crate) tip: Tip,
    pub(crate) chain: Vec<Recorded>,
    nonce: u8,
}

impl Scribe {
    pub(crate) fn new() -> Self {
        let genesis = genesis();
        Self {
            executor: Executor::new(Parameters::genesis(&genesis), Safeguards::ALL),
            state: State::genesis(&genesis),
            tip: Tip::genesis(genesis.first_block()).tip,
            chain: Vec::new(),
            nonce: 0,
        }
    }

    /// Records a block of commands, each signed by its signer's first key.
    pub(crate) fn record(&mut self, now: Time, commands: &[(PartyId, Command)]) -> Vec<Outcome> {
        let mut signed = Vec::new();
        for (signer, command) in commands {
            self.nonce += 1;
            signed.push(sign(signer, first_key(signer), now, self.nonce, command));
        }
        let verified = signed.iter().map(|text| self.verify(text)).collect::<Vec<_>>();
        let batch = verified.iter().map(adopt::transition).collect::<Vec<_>>();
        let executed = self.executor.execute(&mut self.state, &batch.iter().collect::<Vec<_>>(), now);
        let outcomes = executed.unwrap().outcomes;
        let decided = verified.iter().zip(&outcomes).map(|(verified, outcome)| Decided {
            id: verified.id(),
            nonce: &verified.claims().nonce,
            outcome,
        });
        self.tip = self.tip.seal(now, &decided.collect::<Vec<_>>()).unwrap().tip;
        let block = signed.into_iter().zip(outcomes.clone()).collect();
        self.chain.push(Recorded { header: self.tip.header.clone(), block });
        outcomes
    }

    fn verify(&self, text: &str) -> Verified<Body> {
        let unverified = Unverified::parse(text).unwrap().decode(body::parse).unwrap();
        let party = self.state.parties.get(&unverified.claims().party);
        let key = adopt::signer_key(&unverified, party).unwrap();
        unverified.verify(&PreparedKey::new(&key).unwrap()).unwrap()
    }
}

/// Seven blocks from registering to settling, with a refused lock in between.
pub(crate) fn main_job() -> Scribe {
    let mut scribe = Scribe::new();
    let (issuer, winner, loser, holder) = (enterprise(ISSUER), enterprise(1), enterprise(2), person(0));
    let world = World::genesis();
    let registered = |number| (bureau(), register(number, first_key(&enterprise(number))));
    let activate = RuleChange::Activate { version: version("city", 1), from: NOON.date() };
    scribe.record(
        NOON,
        &[
            registered(0),
            registered(1),
            registered(2),
            (holder.clone(), Command::PartyEnroll { key: new_key(first_key(&holder)) }),
            (bureau(), deploy(version("city", 1), limits())),
            (bureau(), Command::Rules(activate)),
        ],
    );
    scribe.record(NOON.plus(1), &[(issuer.clone(), apply(1_000, 5))]);
    scribe.record(NOON.plus(1), &[(issuer, Command::InvoiceIssue(Box::new(content(1, None))))]);
    scribe.record(
        NOON.plus(2),
        &[(holder.clone(), world.take(1, &holder)), (holder.clone(), present(1, 1)), (holder, present(1, 2))],
    );
    scribe.record(
        NOON.plus(3),
        &[(winner.clone(), world.lock_command(1, TOTAL)), (loser, world.lock_command(1, TOTAL))],
    );
    scribe.record(NOON.plus(9), &[(winner.clone(), book(1))]);
    let lock = {
        let (id, lock) =
            scribe.state.invoices[&crate::given::number(1)].reimbursement.locks.iter().next().unwrap();
        LockUse { id: *id, token: lock.token }
    };
    scribe.record(NOON.plus(9), &[(winner, Command::Settle { invoice: crate::given::number(1), lock })]);
    scribe
}

/// Replays a recorded chain.
pub(crate) fn replay(genesis: &Genesis, chain: &[Recorded]) -> Result<Replayed, ReplayError> {
    let mut replay = Replay::new(genesis);
    for Recorded { header, block } in chain {
        let parse = |(text, outcome): &(String, Outcome)| {
            (Unverified::parse(text.as_str()).unwrap(), outcome.clone())
        };
        replay.push(header, block.iter().map(parse).collect())?;
    }
    Ok(replay.finish())
}

/// Headers anew over what the blocks say, as a forger would make them who has no log key.
pub(crate) fn reseal(genesis: &Genesis, chain: &mut [Recorded]) {
    let mut tip = Tip::genesis(genesis.first_block()).tip;
    for Recorded { header, block } in chain {
        let parsed =
            block.iter().map(|(text, _)| Unverified::parse(text.as_str()).unwrap()).collect::<Vec<_>>();
        let decided = parsed.iter().zip(block.iter()).map(|(transition, (_, outcome))| Decided {
            id: transition.id(),
            nonce: &transition.claims().nonce,
            outcome,
        });
        tip = tip.seal(header.time(), &decided.collect::<Vec<_>>()).unwrap().tip;
        *header = tip.header.clone();
    }
}
