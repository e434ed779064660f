use std::collections::BTreeMap;

use super::limits::invalid;
use super::{RuleSet, RuleVersion};
use crate::ids::RuleSetId;
use crate::party::Profile;
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::time::Date;
use crate::uscc::Uscc;

/// Every rule set ever deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleBook {
    sets: BTreeMap<RuleVersion, Deployed>,
}

/// A deployed rule set and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The rule set.
    pub set: RuleSet,
    /// Where it stands.
    pub status: Status,
}

/// Where a rule set stands. Of several active versions of one set the highest whose day has come binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Deployed, binding nobody.
    Deployed,
    /// Binding from this day on.
    Active {
        /// First day.
        from: Date,
    },
    /// Binding nobody any more. The next lower active version binds again: this is how a bureau rolls back.
    Retired,
}

/// What a bureau may ask of the rule book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleChange {
    /// Put a new version there.
    Deploy(Box<RuleSet>),
    /// Let a deployed version bind from a day on.
    Activate {
        /// Which.
        version: RuleVersion,
        /// Today or later.
        from: Date,
    },
    /// Let a deployed or active version bind nobody.
    Retire {
        /// Which.
        version: RuleVersion,
    },
}

/// What became of the rule book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleEvent {
    /// It holds one version more.
    Deployed(Box<RuleSet>),
    /// A version stands so now.
    StatusSet(RuleVersion, Status),
}

impl RuleBook {
    /// Rebuilds the book from stored entries.
    pub fn from_entries(entries: impl IntoIterator<Item = Deployed>) -> Self {
        Self { sets: entries.into_iter().map(|entry| (entry.set.version.clone(), entry)).collect() }
    }

    /// Decides a change on a day.
    ///
    /// # Errors
    /// `rules.version`, `rules.invalid`.
    pub fn decide(&self, change: RuleChange, today: Date) -> Result<RuleEvent, Rejection> {
        match change {
            RuleChange::Deploy(set) => {
                let highest = self.versions(&set.version.id).next_back();
                if highest.is_some_and(|(known, _)| known.version >= set.version.version) {
                    return Err(Code::RulesVersion.into());
                }
                set.limits.check()?;
                Ok(RuleEvent::Deployed(set))
            }
            RuleChange::Activate { version, from } => match self.status(&version) {
                Some(Status::Deployed) if from >= today => {
                    Ok(RuleEvent::StatusSet(version, Status::Active { from }))
                }
                Some(Status::Deployed) => {
                    Err(invalid(Finding::new("/from", Check::RulesFrom).wants_from(today).found(from)))
                }
                Some(Status::Active { .. } | Status::Retired) | None => Err(Code::RulesVersion.into()),
            },
            RuleChange::Retire { version } => match self.status(&version) {
                Some(Status::Deployed | Status::Active { .. }) => {
                    Ok(RuleEvent::StatusSet(version, Status::Retired))
                }
                Some(Status::Retired) | None => Err(Code::RulesVersion.into()),
            },
        }
    }

    /// Applies what was decided.
    #[must_use]
    pub fn evolve(mut self, event: RuleEvent) -> Self {
        match event {
            RuleEvent::Deployed(set) => {
                let deployed = Deployed { set: *set, status: Status::Deployed };
                self.sets.insert(deployed.set.version.clone(), deployed);
            }
            RuleEvent::StatusSet(version, status) => {
                if let Some(deployed) = self.sets.get_mut(&version) {
                    deployed.status = status;
                }
            }
        }
        self
    }

    /// One version of one set.
    #[must_use]
    pub fn get(&self, version: &RuleVersion) -> Option<&Deployed> {
        self.sets.get(version)
    }

    /// Every version of every set, by id and version.
    pub fn entries(&self) -> impl Iterator<Item = &Deployed> {
        self.sets.values()
    }

    /// The rule sets that bind an enterprise on a day, by id: of each set the highest version active by then.
    #[must_use]
    pub fn binding(&self, enterprise: &Uscc, profile: &Profile, today: Date) -> Vec<&RuleSet> {
        let mut binding: Vec<&RuleSet> = Vec::new();
        for Deployed { set, status } in self.sets.values() {
            let active = match status {
                Status::Active { from } => *from <= today,
                Status::Deployed | Status::Retired => false,
            };
            if !active {
                continue;
            }
            // Versions of one set follow each other in rising order, so a later one takes the place of the last.
            if binding.last().is_some_and(|last| last.version.id == set.version.id) {
                binding.pop();
            }
            binding.push(set);
        }
        binding.retain(|set| set.scope.covers(enterprise, profile));
        binding
    }

    fn status(&self, version: &RuleVersion) -> Option<Status> {
        self.sets.get(version).map(|deployed| deployed.status)
    }

    fn versions(&self, id: &RuleSetId) -> impl DoubleEndedIterator<Item = (&RuleVersion, &Deployed)> {
        let first = RuleVersion { id: id.clone(), version: 0 };
        let last = RuleVersion { id: id.clone(), version: u32::MAX };
        self.sets.range(first..=last)
    }
}
