use piao_domain::ids::PartyId;
use piao_domain::party::Profile;
use piao_domain::rejection::Rejection;
use piao_domain::rules::{RuleChange, RuleEvent, RuleSet};
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_protocol::outcome::Effect;

use super::Step;
use crate::state::State;

impl Step<'_> {
    pub(super) fn rules(&mut self, change: RuleChange) -> Result<Effect, Rejection> {
        let event = self.state.rules.decide(change, self.now.date())?;
        let version = match &event {
            RuleEvent::Deployed(set) => set.version.clone(),
            RuleEvent::StatusSet(version, _) => version.clone(),
        };
        self.touched.rules.insert(version);
        self.state.rules = std::mem::take(&mut self.state.rules).evolve(event);
        Ok(Effect::Nothing)
    }
}

/// The rule sets that bind an enterprise in a block of this time.
pub(super) fn binding<'a>(state: &'a State, enterprise: &Uscc, now: Time) -> Vec<&'a RuleSet> {
    let profile =
        state.parties.get(&PartyId::Enterprise(*enterprise)).map_or(&Profile::Person, |party| &party.profile);
    state.rules.binding(enterprise, profile, now.date())
}
