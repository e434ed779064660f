//! A chain, its actors, a ledger that decides as a test wants, and a service on a fresh database.

pub(crate) mod ledger;
pub(crate) mod stage;

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::party::{Industry, NewKey, Region};
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::clock::{Clock, Random};
use piao_protocol::body::Body;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::genesis::{Content, Founder, Genesis, LogKey, Parameters};
use piao_protocol::jwk::{self, Jwk};
use piao_protocol::jws::{self, Claims, Nonce, SigningKey};
use piao_protocol::sealed::Sealed;

/// Longest time that a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const NOW: i64 = 1_790_000_000;
/// 深圳市地铁集团有限公司
pub(crate) const METRO: &str = "91440300708437873H";
/// 深圳市腾讯计算机系统有限公司
pub(crate) const TENCENT: &str = "91440300708461136T";

/// A clock that stands where a test puts it.
pub(crate) struct TestClock(pub(crate) AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_unix(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that count up, so that no two draws are the same.
pub(crate) struct Counting(AtomicU8);

impl Counting {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(0))
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().for_each(|byte| *byte = self.0.fetch_add(1, Ordering::SeqCst));
    }
}

/// A party and a key of it.
pub(crate) struct Actor {
    pub(crate) party: PartyId,
    pub(crate) key: SigningKey,
}

impl Actor {
    pub(crate) fn new(party: &str, algorithm: Algorithm, seed: u8) -> Self {
        let key = SigningKey::from_secret(algorithm, &[seed; 32]).unwrap();
        Self { party: PartyId::parse(party).unwrap(), key }
    }

    pub(crate) fn bureau() -> Self {
        Self::new("bureau:shenzhen", Algorithm::Es256k, 1)
    }

    pub(crate) fn node() -> Self {
        Self::new("node:one", Algorithm::EdDsa, 2)
    }

    pub(crate) fn enterprise(uscc: &str, seed: u8) -> Self {
        Self::new(&format!("uscc:{uscc}"), Algorithm::Es256k, seed)
    }

    pub(crate) fn person(seed: u8) -> Self {
        Self::person_with(seed, Algorithm::Es256)
    }

    pub(crate) fn person_with(seed: u8, algorithm: Algorithm) -> Self {
        let key = SigningKey::from_secret(algorithm, &[seed; 32]).unwrap();
        Self { party: PartyId::Person(jwk::person(&key.id())), key }
    }

    pub(crate) fn uscc(&self) -> Uscc {
        *self.party.enterprise().unwrap()
    }

    pub(crate) fn new_key(&self) -> NewKey {
        NewKey { id: self.key.id(), public: *self.key.public() }
    }

    fn founder(&self) -> Founder {
        Founder { party: self.party.clone(), key: Jwk::new(*self.key.public()).unwrap() }
    }

    /// Signs a command for a chain, now.
    pub(crate) fn sign(&self, genesis: &Genesis, command: Command) -> String {
        self.sign_at(genesis, command, NOW)
    }

    pub(crate) fn sign_at(&self, genesis: &Genesis, command: Command, iat: i64) -> String {
        self.sign_body(genesis, &Body::new(command), iat)
    }

    pub(crate) fn sign_body(&self, genesis: &Genesis, body: &Body, iat: i64) -> String {
        static NEXT: AtomicI64 = AtomicI64::new(0);
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        let claims = Claims {
            chain: genesis.chain().clone(),
            party: self.party.clone(),
            nonce: Nonce::new(&nonce).unwrap(),
            iat: Time::from_unix(iat),
            kind: body.kind().as_str().to_owned(),
        };
        self.key.sign_transition(&jws::payload(&claims, &body.render()).unwrap())
    }

    pub(crate) fn read_token(&self, genesis: &Genesis, exp: i64) -> String {
        self.key.sign_read_token(&self.party, genesis.chain(), Time::from_unix(NOW), Time::from_unix(exp))
    }
}

/// A chain with one bureau and one node.
/// The log's key.
pub(crate) fn log_signer() -> LogSigner {
    LogSigner::from_seed(&[9; 32])
}

pub(crate) fn genesis() -> Genesis {
    let content = Content {
        v: 1,
        name: "test".to_owned(),
        time: Time::from_unix(NOW - 100),
        seed: [3; 16],
        bureaus: vec![Actor::bureau().founder()],
        nodes: vec![Actor::node().founder()],
        logs: vec![LogKey { key: Jwk::new(log_signer().public()).unwrap() }],
        validators: Vec::new(),
        parameters: Parameters { iat_window_seconds: 600 },
    };
    Genesis::create(&content).unwrap()
}

pub(crate) fn register(enterprise: &Actor) -> Command {
    Command::PartyRegister {
        enterprise: enterprise.uscc(),
        name: "深圳市地铁集团有限公司".to_owned(),
        region: Region::parse("440300").unwrap(),
        industry: Industry::parse("G54").unwrap(),
        key: enterprise.new_key(),
    }
}

pub(crate) fn suspend(party: &Actor) -> Command {
    let reason = piao_domain::command::ReasonCode::parse("audit").unwrap();
    Command::PartySuspend { party: party.party.clone(), reason }
}

pub(crate) fn sealed() -> Sealed {
    let text = r#"{"salt":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","data":{"reason":"私密"}}"#;
    piao_protocol::json::from_str(text).unwrap()
}
