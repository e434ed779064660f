//! A chain for tests: its genesis, its bureau and its log key.

use std::sync::Arc;

use piao_domain::ids::{ChainId, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::genesis::{Content, Founder, Genesis, LogKey, Parameters};
use piao_protocol::jwk::Jwk;

use crate::actor::{Actor, Signed};

/// What begins a test chain, and who may sign its first transitions.
pub struct TestChain {
    /// The genesis file.
    pub genesis: Arc<Genesis>,
    /// The bureau that it names.
    pub bureau: Actor,
    /// The node that it names.
    pub node: Actor,
}

const LOG_SEED: [u8; 32] = [7; 32];

impl TestChain {
    /// A chain that begins at a time. `seed` tells chains apart.
    ///
    /// # Panics
    /// Never: the content is made here.
    #[must_use]
    pub fn new(at: Time, seed: u8) -> Self {
        let bureau = Actor::new("bureau:shenzhen", Algorithm::Es256k);
        let node = Actor::new("node:one", Algorithm::EdDsa);
        let log = Jwk::new(LogSigner::from_seed(&LOG_SEED).public()).expect("a public key");
        let founder = |actor: &Actor| Founder { party: actor.party.clone(), key: actor.jwk() };
        let content = Content {
            v: 1,
            name: "test".to_owned(),
            time: at,
            seed: [seed; 16],
            bureaus: vec![founder(&bureau)],
            nodes: vec![founder(&node)],
            logs: vec![LogKey { key: log }],
            validators: Vec::new(),
            parameters: Parameters { iat_window_seconds: 600 },
        };
        let genesis = Arc::new(Genesis::create(&content).expect("a genesis file"));
        Self { genesis, bureau, node }
    }

    /// The chain's id.
    #[must_use]
    pub fn id(&self) -> &ChainId {
        self.genesis.chain()
    }

    /// The key that signs its checkpoints.
    #[must_use]
    pub fn log_key(&self) -> LogSigner {
        LogSigner::from_seed(&LOG_SEED)
    }

    /// The transition with which the bureau registers an enterprise.
    ///
    /// # Panics
    /// Where the actor is no enterprise.
    #[must_use]
    pub fn register(&self, at: Time, enterprise: &Actor) -> Signed {
        assert!(matches!(enterprise.party, PartyId::Enterprise(_)), "{} is no enterprise", enterprise.party);
        let body = crate::body::register(enterprise);
        self.bureau.sign(self.id(), at, "party.register", &body)
    }
}
