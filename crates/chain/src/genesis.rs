//! What a chain begins with.

use piao_domain::party::{NewKey, Party, Profile};
use piao_protocol::genesis::{Founder, Genesis};

use crate::execute::Parameters;
use crate::state::State;

impl State {
    /// The state after block 0: the parties that the genesis file names, each with its one key.
    #[must_use]
    pub fn genesis(genesis: &Genesis) -> Self {
        let content = genesis.content();
        let mut state = Self::default();
        content.bureaus.iter().for_each(|founder| state.found(founder, Profile::Bureau));
        content.nodes.iter().for_each(|founder| state.found(founder, Profile::Node));
        state
    }

    fn found(&mut self, founder: &Founder, profile: Profile) {
        let key = NewKey { id: founder.key.id(), public: *founder.key.key() };
        self.parties.insert(founder.party.clone(), Party::new(profile, key));
    }
}

impl Parameters {
    /// What the genesis file fixes.
    #[must_use]
    pub fn genesis(genesis: &Genesis) -> Self {
        let window = genesis.content().parameters.iat_window_seconds;
        Self { chain: genesis.chain().clone(), window_seconds: u64::from(window) }
    }
}
