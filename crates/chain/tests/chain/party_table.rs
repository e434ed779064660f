//! Every state of one party and its keys, with every transition on it.

use std::collections::BTreeMap;

use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::party::{KeyState, Party, Standing};
use piao_domain::rejection::Code;

use crate::explore::{Visit, compare, explore, table};
use crate::given::{World, apply, bureau, enterprise, limits, new_key, person, reason, register, uscc};

/// Key D is another party's, too, which has it from the start.
const AXES: [&str; 6] = ["party", "standing", "key A", "key B", "key C", "key D"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Begin,
    Suspend,
    Reinstate,
    Reset(usize),
    Add(usize),
    Revoke(usize),
    Apply,
}

const ACTS: [(&str, Act); 13] = [
    ("party.register or party.enroll with A", Act::Begin),
    ("party.suspend", Act::Suspend),
    ("party.reinstate", Act::Reinstate),
    ("key.reset to A", Act::Reset(0)),
    ("key.reset to C", Act::Reset(2)),
    ("key.add of A", Act::Add(0)),
    ("key.add of B", Act::Add(1)),
    ("key.add of D, another party's too", Act::Add(3)),
    ("key.revoke of A", Act::Revoke(0)),
    ("key.revoke of B", Act::Revoke(1)),
    ("key.revoke of C", Act::Revoke(2)),
    ("key.revoke of D, another party's too", Act::Revoke(3)),
    ("quota.apply", Act::Apply),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signer {
    Own(usize),
    Bureau,
    Another,
}

const SIGNERS: [(&str, Signer); 5] = [
    ("itself with A", Signer::Own(0)),
    ("itself with B", Signer::Own(1)),
    ("itself with C", Signer::Own(2)),
    ("bureau", Signer::Bureau),
    ("another enterprise", Signer::Another),
];

#[derive(Clone)]
struct Scene {
    world: World,
    subject: PartyId,
}

impl Scene {
    /// The numbers of keys A to D.
    fn keys(&self) -> [u8; 4] {
        let first = if self.is_person() { 55 } else { 15 };
        [first, 101, 102, 11]
    }

    fn is_person(&self) -> bool {
        matches!(self.subject, PartyId::Person(_))
    }

    fn party(&self) -> Option<&Party> {
        self.world.state.parties.get(&self.subject)
    }

    fn key(&self, key: usize) -> Option<KeyState> {
        self.party()?.keys.get(&new_key(self.keys()[key]).id).map(|key| key.state)
    }

    fn axes(&self) -> Vec<String> {
        let standing = match self.party().map(|party| party.standing) {
            None => "unknown",
            Some(Standing::Active) => "active",
            Some(Standing::Suspended) => "suspended",
        };
        let key = |key| match self.key(key) {
            None => "never",
            Some(KeyState::Live) => "live",
            Some(KeyState::Revoked) => "revoked",
        };
        let kind = if self.is_person() { "person" } else { "enterprise" };
        [kind, standing, key(0), key(1), key(2), key(3)].map(str::to_owned).to_vec()
    }

    fn command(&self, act: Act) -> Command {
        let key = |key: usize| new_key(self.keys()[key]);
        let (party, reason) = (self.subject.clone(), reason());
        match act {
            Act::Begin if self.is_person() => Command::PartyEnroll { key: key(0) },
            Act::Begin => register(5, self.keys()[0]),
            Act::Suspend => Command::PartySuspend { party, reason },
            Act::Reinstate => Command::PartyReinstate { party, reason },
            Act::Reset(to) => Command::KeyReset { enterprise: uscc(5), key: key(to), reason },
            Act::Add(which) => Command::KeyAdd { key: key(which) },
            Act::Revoke(which) => Command::KeyRevoke { key: key(which).id },
            Act::Apply => apply(10, 1),
        }
    }

    /// Whether the transition can come into a block at all: its key was the signer's, and a person who enrols signs
    /// with the key that it is named by. Others act on themselves where they sign for keys, so they do not here.
    fn is_asked(&self, act: Act, signer: Signer) -> bool {
        let reset_of_a_person = matches!(act, Act::Reset(_)) && self.is_person();
        let own = match signer {
            Signer::Own(key) if act == Act::Begin && self.is_person() => key == 0,
            Signer::Own(key) => self.key(key).is_some(),
            Signer::Bureau | Signer::Another => {
                let office = matches!(act, Act::Begin | Act::Suspend | Act::Reinstate | Act::Reset(_));
                office && !(act == Act::Begin && self.is_person())
            }
        };
        own && !reset_of_a_person
    }

    /// What domain §2, §3 and protocol §2 say, from their text.
    fn expected(&self, act: Act, signer: Signer) -> Option<Code> {
        let known = self.party().is_some();
        if let Signer::Own(key) = signer
            && known
        {
            if self.key(key) != Some(KeyState::Live) {
                return Some(Code::KeyRevoked);
            }
            let suspended = self.party().is_some_and(|party| party.standing == Standing::Suspended);
            if suspended && !matches!(act, Act::Revoke(_)) {
                return Some(Code::PartySuspended);
            }
        }
        let office = matches!(act, Act::Suspend | Act::Reinstate | Act::Reset(_))
            || (act == Act::Begin && !self.is_person());
        let role = match signer {
            Signer::Own(_) => !office && (act != Act::Apply || !self.is_person()),
            Signer::Bureau => office,
            Signer::Another => false,
        };
        if !role {
            return Some(Code::RoleForbidden);
        }
        let live = (0..4).filter(|key| self.key(*key) == Some(KeyState::Live)).count();
        match act {
            Act::Begin => known.then_some(Code::PartyExists),
            _ if !known => Some(Code::PartyUnknown),
            Act::Suspend | Act::Reinstate | Act::Apply => None,
            Act::Add(key) | Act::Reset(key) => self.key(key).map(|_| Code::KeyExists),
            Act::Revoke(key) if self.key(key) != Some(KeyState::Live) => Some(Code::KeyRevoked),
            Act::Revoke(_) => (live == 1).then_some(Code::KeyLast),
        }
    }

    fn visit(&self) -> Visit<Self> {
        let mut cells = BTreeMap::new();
        let mut next = Vec::new();
        for (title, act) in ACTS {
            for (who, signer) in SIGNERS {
                let heading = (title.to_owned(), who.to_owned());
                if !self.is_asked(act, signer) {
                    cells.insert(heading, "cannot be asked".to_owned());
                    continue;
                }
                let (party, key) = match signer {
                    Signer::Own(key) => (self.subject.clone(), self.keys()[key]),
                    Signer::Bureau => (bureau(), 1),
                    Signer::Another => (enterprise(1), 11),
                };
                let mut after = self.clone();
                let mut transition = after.world.sign(&party, self.command(act));
                transition.key = new_key(key).id;
                let outcome = after.world.execute(&transition);
                assert_eq!(
                    outcome.code(),
                    self.expected(act, signer),
                    "{title} by {who} in {:?}",
                    self.axes()
                );
                cells.insert(heading, outcome.code().map_or("accepted".to_owned(), |code| code.to_string()));
                next.push((format!("{title} by {who}"), after));
            }
        }
        Visit { cells, next }
    }
}

#[test]
fn every_transition_in_every_state_of_a_party_does_what_the_domain_says() {
    let root = |subject| {
        let world = World::town(2, 0, limits());
        ("nobody knows it".to_owned(), Scene { world, subject })
    };
    let reached = explore(vec![root(enterprise(5)), root(person(5))], Scene::axes, Scene::visit);
    compare("party.txt", &table("One party and its keys", &AXES, &reached));
}
