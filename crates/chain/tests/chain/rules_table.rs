//! Every state of a rule set of two versions, with every transition on it, and what binds an issuer there.

use std::collections::BTreeMap;

use piao_domain::command::Command;
use piao_domain::money::Fen;
use piao_domain::rejection::Code;
use piao_domain::rules::{Limits, RuleChange, Status};
use piao_domain::time::Date;

use crate::explore::{Visit, compare, explore, table};
use crate::given::{DAY, ISSUER, World, apply, bureau, content, deploy, enterprise, fen, limits, version};

const AXES: [&str; 2] = ["version 1", "version 2"];

#[derive(Clone, Copy)]
enum Act {
    Deploy(u32),
    DeployInvalid(u32),
    /// From so many days after today.
    Activate(u32, i64),
    Retire(u32),
    Issue,
}

const ACTS: [(&str, Act); 12] = [
    ("rules.deploy of version 1", Act::Deploy(1)),
    ("rules.deploy of version 2", Act::Deploy(2)),
    ("rules.deploy of version 2, invalid", Act::DeployInvalid(2)),
    ("rules.activate of version 1 from today", Act::Activate(1, 0)),
    ("rules.activate of version 1 from tomorrow", Act::Activate(1, 1)),
    ("rules.activate of version 1 from yesterday", Act::Activate(1, -1)),
    ("rules.activate of version 2 from today", Act::Activate(2, 0)),
    ("rules.activate of version 2 from tomorrow", Act::Activate(2, 1)),
    ("rules.activate of version 2 from yesterday", Act::Activate(2, -1)),
    ("rules.retire of version 1", Act::Retire(1)),
    ("rules.retire of version 2", Act::Retire(2)),
    ("invoice.issue of more than version 2 allows", Act::Issue),
];

#[derive(Clone)]
struct Scene(World);

/// Where a version stands today.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Absent,
    Deployed,
    Active,
    Coming,
    Retired,
}

impl Scene {
    fn stand(&self, number: u32) -> Stand {
        let entry = self.0.state.rules.get(&version("trade", number));
        match entry.map(|entry| entry.status) {
            None => Stand::Absent,
            Some(Status::Deployed) => Stand::Deployed,
            Some(Status::Retired) => Stand::Retired,
            Some(Status::Active { from }) if from.to_string() <= self.0.now.date().to_string() => {
                Stand::Active
            }
            Some(Status::Active { .. }) => Stand::Coming,
        }
    }

    fn axes(&self) -> Vec<String> {
        let name = |number| match self.stand(number) {
            Stand::Absent => "absent",
            Stand::Deployed => "deployed",
            Stand::Active => "active",
            Stand::Coming => "active from tomorrow",
            Stand::Retired => "retired",
        };
        vec![name(1).to_owned(), name(2).to_owned()]
    }

    fn day(&self, days: i64) -> Date {
        self.0.now.plus(days * DAY).date()
    }

    /// The second version allows less than is issued.
    fn limits(number: u32) -> Limits {
        let most: Option<Fen> = (number == 2).then(|| fen(1));
        Limits { invoice_amount_max: most, ..limits() }
    }

    fn command(&self, act: Act) -> Command {
        match act {
            Act::Deploy(number) => deploy(version("trade", number), Self::limits(number)),
            Act::DeployInvalid(number) => {
                deploy(version("trade", number), Limits { lease_seconds_max: Some(0), ..limits() })
            }
            Act::Activate(number, days) => {
                let (version, from) = (version("trade", number), self.day(days));
                Command::Rules(RuleChange::Activate { version, from })
            }
            Act::Retire(number) => Command::Rules(RuleChange::Retire { version: version("trade", number) }),
            Act::Issue => Command::InvoiceIssue(Box::new(content(1, None))),
        }
    }

    /// What domain §3 and §6 say, from their text.
    fn expected(&self, act: Act, bureau: bool) -> Option<Code> {
        if bureau == matches!(act, Act::Issue) {
            return Some(Code::RoleForbidden);
        }
        match act {
            // "rising version"
            Act::Deploy(number) | Act::DeployInvalid(number) => {
                if (number..=2).any(|known| self.stand(known) != Stand::Absent) {
                    Some(Code::RulesVersion)
                } else {
                    matches!(act, Act::DeployInvalid(_)).then_some(Code::RulesInvalid)
                }
            }
            Act::Activate(number, days) => match self.stand(number) {
                Stand::Deployed => (days < 0).then_some(Code::RulesInvalid),
                Stand::Absent | Stand::Active | Stand::Coming | Stand::Retired => Some(Code::RulesVersion),
            },
            Act::Retire(number) => {
                matches!(self.stand(number), Stand::Absent | Stand::Retired).then_some(Code::RulesVersion)
            }
            // The higher of the active versions binds.
            Act::Issue if self.stand(2) == Stand::Active => Some(Code::RulesViolated),
            Act::Issue => (self.stand(1) != Stand::Active).then_some(Code::RulesNoneActive),
        }
    }

    fn visit(&self) -> Visit<Self> {
        let mut cells = BTreeMap::new();
        let mut next = Vec::new();
        for (title, act) in ACTS {
            for (who, signer, is_bureau) in
                [("bureau", bureau(), true), ("issuer", enterprise(ISSUER), false)]
            {
                let mut after = self.clone();
                let outcome = after.0.attempt(&signer, self.command(act));
                let expected = self.expected(act, is_bureau);
                assert_eq!(outcome.code(), expected, "{title} by {who} in {:?}", self.axes());
                let cell = outcome.code().map_or("accepted".to_owned(), |code| code.to_string());
                cells.insert((title.to_owned(), who.to_owned()), cell);
                if !matches!(act, Act::Issue) {
                    next.push((format!("{title} by {who}"), after));
                }
            }
        }
        let mut tomorrow = self.clone();
        tomorrow.0.pass(DAY);
        next.push(("a day passes".to_owned(), tomorrow));
        Visit { cells, next }
    }
}

#[test]
fn every_transition_in_every_state_of_a_rule_set_does_what_the_domain_says() {
    let mut world = World::genesis();
    world.register(ISSUER);
    // Numbers and quota come from a set that binds only while they are granted.
    world.activate(version("quota", 1), limits());
    world.accept(&enterprise(ISSUER), apply(1_000, 5));
    world.accept(&bureau(), Command::Rules(RuleChange::Retire { version: version("quota", 1) }));
    let root = ("nothing deployed".to_owned(), Scene(world));
    let reached = explore(vec![root], Scene::axes, Scene::visit);
    compare("rules.txt", &table("One rule set of two versions", &AXES, &reached));
}
