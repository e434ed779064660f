use piao_domain::command::Command;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::party::{Change, NewKey, Party, Profile};
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
            Command::KeyAdd { key } => {
                self.change(signer, Change::AddKey { key: *key, taken: self.is_taken(&key.id) })
            }
            Command::KeyRevoke { key } => self.change(signer, Change::RevokeKey { key: *key }),
            Command::KeyReset { enterprise, key, reason: _ } => {
                let change = Change::ResetKeys { key: *key, taken: self.is_taken(&key.id) };
                self.change(&PartyId::Enterprise(*enterprise), change)
            }
            other => unreachable!("{} is not about a party", other.kind().as_str()),
        }
    }

    fn create(&mut self, party: PartyId, profile: Profile, key: NewKey) -> Result<Effect, Rejection> {
        if self.state.parties.contains_key(&party) {
            return Err(Code::PartyExists.into());
        }
        if self.is_taken(&key.id) {
            return Err(Code::KeyExists.into());
        }
        self.state.key_owners.insert(key.id, party.clone());
        self.touched.parties.insert(party.clone());
        self.state.parties.insert(party, Party::new(profile, key));
        Ok(Effect::Nothing)
    }

    fn change(&mut self, party: &PartyId, change: Change) -> Result<Effect, Rejection> {
        let Some(found) = self.state.parties.get(party) else {
            return Err(Code::PartyUnknown.into());
        };
        let event = found.decide(change)?;
        if let Change::AddKey { key, .. } | Change::ResetKeys { key, .. } = change {
            self.state.key_owners.insert(key.id, party.clone());
        }
        if let Some(before) = self.state.parties.remove(party) {
            self.state.parties.insert(party.clone(), before.evolve(event));
        }
        self.touched.parties.insert(party.clone());
        Ok(Effect::Nothing)
    }

    fn is_taken(&self, key: &KeyId) -> bool {
        self.state.key_owners.contains_key(key)
    }
}
