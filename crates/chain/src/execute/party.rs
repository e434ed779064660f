use piao_domain::command::Command;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::{Change, NewKey, Party, PartyEvent, Profile};
use piao_domain::rejection::{Code, Rejection};
use piao_protocol::outcome::Effect;

use super::Step;

impl Step<'_> {
    pub(super) fn party(&mut self) -> Result<Effect, Rejection> {
        let signer = &self.transition.signer;
        match &self.transition.command {
            Command::PartyRegister { enterprise, name, region, industry, key } => {
                let profile =
                    Profile::Enterprise { name: name.clone(), region: *region, industry: industry.clone() };
                self.create(PartyId::Enterprise(*enterprise), profile, *key)
            }
            Command::PartyEnroll { key } => self.create(signer.clone(), Profile::Person, *key),
            // What genesis founded stays: a bureau that stopped the last bureau could never be put right.
            Command::PartySuspend { party: PartyId::Bureau(_) | PartyId::Node(_), reason: _ } => {
                Err(Code::RoleForbidden.into())
            }
            Command::PartySuspend { party, reason: _ } => self.change(party, Change::Suspend),
            Command::PartyReinstate { party, reason: _ } => self.change(party, Change::Reinstate),
            Command::KeyAdd { key } => self.change(signer, Change::AddKey { key: *key }),
            Command::KeyRevoke { key } => self.change(signer, Change::RevokeKey { key: *key }),
            Command::KeyReset { enterprise, key, reason: _ } => {
                self.change(&PartyId::Enterprise(*enterprise), Change::ResetKeys { key: *key })
            }
            other => unreachable!("{} is not about a party", other.kind().as_str()),
        }
    }

    /// A party that is new has had no key: whether somebody else has this one is no reason to refuse it, or whoever
    /// saw a public key could keep its owner from it.
    fn create(&mut self, party: PartyId, profile: Profile, key: NewKey) -> Result<Effect, Rejection> {
        if self.state.parties.contains_key(&party) {
            return Err(Code::PartyExists.into());
        }
        self.touched.parties.insert(party.clone());
        self.touched.keys.insert((party.clone(), key.id));
        self.state.parties.insert(party, Party::new(profile, key));
        Ok(Effect::Nothing)
    }

    fn change(&mut self, party: &PartyId, change: Change) -> Result<Effect, Rejection> {
        let Some(before) = self.state.parties.get(party) else {
            return Err(Code::PartyUnknown.into());
        };
        let event = before.decide(change)?;
        match &event {
            PartyEvent::StandingSet(_) => {
                self.touched.parties.insert(party.clone());
            }
            PartyEvent::KeyAdded(key) => self.touch(party, [key.id]),
            PartyEvent::KeyRevoked(key) => self.touch(party, [*key]),
            PartyEvent::KeysReset(key) => {
                let live = before.live().chain([key.id]).collect::<Vec<_>>();
                self.touch(party, live);
            }
        }
        if let Some(before) = self.state.parties.remove(party) {
            self.state.parties.insert(party.clone(), before.evolve(event));
        }
        Ok(Effect::Nothing)
    }

    fn touch(&mut self, party: &PartyId, keys: impl IntoIterator<Item = KeyId>) {
        self.touched.keys.extend(keys.into_iter().map(|key| (party.clone(), key)));
    }
}
