//! `rules.deploy`, `rules.activate`, `rules.retire`

mod limits;

use piao_domain::command::Command;
use piao_domain::ids::RuleSetId;
use piao_domain::party::{Industry, Region};
use piao_domain::rules::{self, RuleChange, RuleSet, RuleVersion};
use piao_domain::time::Date;
use piao_domain::uscc::Uscc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::limits::Limits;
use super::leaf::{Distinct, Int, Of, Ordinal};
use super::{Body, BodyError, Wire};

/// A bureau deploys a version of a rule set, binding nobody yet.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Deploy {
    /// Which set.
    pub(super) id: Of<RuleSetId>,
    /// Its version, above every one deployed before.
    pub(super) version: Ordinal,
    /// Whom it binds.
    pub(super) scope: Scope,
    /// What it demands.
    pub(super) limits: Limits,
}

/// A bureau lets a deployed version bind from a day on.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Activate {
    /// Which set.
    pub(super) id: Of<RuleSetId>,
    /// Which version.
    pub(super) version: Ordinal,
    /// The first day, today or later, counted in UTC+8.
    pub(super) from: Of<Date>,
}

/// A bureau lets a version bind nobody any more.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retire {
    /// Which set.
    pub(super) id: Of<RuleSetId>,
    /// Which version.
    pub(super) version: Ordinal,
}

/// Whom a rule set binds. An empty list leaves that side open.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    /// Administrative divisions, six digits each (GB/T 2260).
    regions: Distinct<Of<Region>>,
    /// Industries (GB/T 4754-2017); `I` covers `I65` and `I6510`.
    industries: Distinct<Of<Industry>>,
    /// Enterprises by name.
    enterprises: Distinct<Of<Uscc>>,
}

impl From<&RuleSet> for Deploy {
    fn from(set: &RuleSet) -> Self {
        Self {
            id: Of(set.version.id.clone()),
            version: Int(set.version.version),
            scope: Scope {
                regions: Distinct::of(&set.scope.regions),
                industries: Distinct::of(&set.scope.industries),
                enterprises: Distinct::of(&set.scope.enterprises),
            },
            limits: Limits::from(&set.limits),
        }
    }
}

impl Wire for Deploy {
    fn into_body(self) -> Result<Body, BodyError> {
        let scope = rules::Scope {
            regions: self.scope.regions.into_items(),
            industries: self.scope.industries.into_items(),
            enterprises: self.scope.enterprises.into_items(),
        };
        let version = RuleVersion { id: self.id.0, version: self.version.0 };
        let set = RuleSet { version, scope, limits: self.limits.into_domain()? };
        Ok(Body::new(Command::Rules(RuleChange::Deploy(Box::new(set)))))
    }
}

impl Wire for Activate {
    fn into_body(self) -> Result<Body, BodyError> {
        let version = RuleVersion { id: self.id.0, version: self.version.0 };
        Ok(Body::new(Command::Rules(RuleChange::Activate { version, from: self.from.0 })))
    }
}

impl Wire for Retire {
    fn into_body(self) -> Result<Body, BodyError> {
        let version = RuleVersion { id: self.id.0, version: self.version.0 };
        Ok(Body::new(Command::Rules(RuleChange::Retire { version })))
    }
}
