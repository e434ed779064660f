//! Every state of one month of one issuer with one application, with every transition on it.

use std::collections::BTreeMap;

use piao_domain::command::Command;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::quota::{Adjustment, Application, ApplicationStatus, Grant};
use piao_domain::rejection::Code;

use crate::explore::{Visit, compare, explore, table};
use crate::given::{
    NOON, World, allowance, apply, bureau, content, enterprise, limits, number, reason, target, uscc,
};

const AXES: [&str; 3] = ["application", "numbers allotted", "issued"];
const ISSUER: usize = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    ApplyWithin,
    ApplyBeyond,
    Grant,
    Adjust(u32),
    Refuse,
    Issue,
}

const ACTS: [(&str, Act); 8] = [
    ("quota.apply within the automatic allowance, for 2", Act::ApplyWithin),
    ("quota.apply beyond it, for 2", Act::ApplyBeyond),
    ("quota.grant of 2", Act::Grant),
    ("quota.adjust to 0", Act::Adjust(0)),
    ("quota.adjust to 1", Act::Adjust(1)),
    ("quota.adjust to 2", Act::Adjust(2)),
    ("quota.refuse", Act::Refuse),
    ("invoice.issue", Act::Issue),
];

/// An issuer applies once; how much an application gives is told in invoices of 100.00 each.
#[derive(Clone)]
struct Scene(World);

impl Scene {
    fn application(&self) -> Option<(TransitionId, &Application)> {
        let own = self.0.state.applications.iter().find(|(_, known)| known.issuer == uscc(ISSUER));
        own.map(|(id, application)| (*id, application))
    }

    fn granted(&self) -> Option<u32> {
        match self.application()?.1.status {
            ApplicationStatus::Granted(given) => Some(given.count),
            ApplicationStatus::Pending | ApplicationStatus::Refused => None,
        }
    }

    fn allotted(&self) -> u64 {
        let own = self.0.state.segments.get(&uscc(ISSUER));
        own.map_or(0, |own| own.iter().map(|segment| segment.last() - segment.first() + 1).sum())
    }

    fn issued(&self) -> u32 {
        u32::try_from(self.0.state.invoices.len()).unwrap()
    }

    fn axes(&self) -> Vec<String> {
        let application = match self.application().map(|(_, application)| application.status) {
            None => "none".to_owned(),
            Some(ApplicationStatus::Pending) => "pending".to_owned(),
            Some(ApplicationStatus::Granted(given)) => format!("granted {}", given.count),
            Some(ApplicationStatus::Refused) => "refused".to_owned(),
        };
        vec![application, self.allotted().to_string(), self.issued().to_string()]
    }

    fn command(&self, act: Act) -> Command {
        let id = self.application().map_or(TransitionId::new([9; 32]), |(id, _)| id);
        let target = target(ISSUER, id);
        match act {
            Act::ApplyWithin => apply(200, 2),
            Act::ApplyBeyond => apply(2_000_000, 2),
            Act::Grant => Command::QuotaGrant(Grant { target, given: allowance(200, 2), segment: None }),
            Act::Adjust(count) => {
                let given = allowance(i64::from(count) * 100, count);
                Command::QuotaAdjust(Adjustment { target, given })
            }
            Act::Refuse => Command::QuotaRefuse { target, reason: reason() },
            Act::Issue => {
                let mut content = content(1, None);
                let own = self.0.state.segments.get(&uscc(ISSUER)).into_iter().flatten();
                let mut numbers = own.flat_map(|segment| segment.first()..=segment.last());
                let unused = numbers.find(|sequence| !self.0.state.invoices.contains_key(&number(*sequence)));
                // Where every number is used, the one after them is asked for.
                content.number = number(unused.unwrap_or(900));
                Command::InvoiceIssue(Box::new(content))
            }
        }
    }

    /// What domain §3 says, from its text.
    fn expected(&self, act: Act, signer: &PartyId) -> Option<Code> {
        let bureau = matches!(signer, PartyId::Bureau(_));
        let own = *signer == enterprise(ISSUER);
        if bureau == matches!(act, Act::ApplyWithin | Act::ApplyBeyond | Act::Issue) {
            return Some(Code::RoleForbidden);
        }
        let pending =
            matches!(self.application(), Some((_, known)) if known.status == ApplicationStatus::Pending);
        match act {
            Act::ApplyWithin | Act::ApplyBeyond => None,
            Act::Grant | Act::Refuse => (!pending).then_some(Code::QuotaUnknown),
            // "never below what is used"
            Act::Adjust(count) => match self.granted() {
                None => Some(Code::QuotaUnknown),
                Some(_) => (count < self.issued()).then_some(Code::QuotaExhausted),
            },
            Act::Issue if !own || self.allotted() <= u64::from(self.issued()) => {
                Some(Code::NumberOutsideSegment)
            }
            Act::Issue => (self.granted().unwrap_or(0) <= self.issued()).then_some(Code::QuotaExhausted),
        }
    }

    fn visit(&self) -> Visit<Self> {
        let mut cells = BTreeMap::new();
        let mut next = Vec::new();
        for (title, act) in ACTS {
            for (who, signer) in
                [("issuer", enterprise(ISSUER)), ("another enterprise", enterprise(2)), ("bureau", bureau())]
            {
                let mut after = self.clone();
                let outcome = after.0.attempt(&signer, self.command(act));
                let expected = self.expected(act, &signer);
                assert_eq!(outcome.code(), expected, "{title} by {who} in {:?}", self.axes());
                let cell = outcome.code().map_or("accepted".to_owned(), |code| code.to_string());
                cells.insert((title.to_owned(), who.to_owned()), cell);
                // One application: what a second one is given is the same again.
                let again =
                    matches!(act, Act::ApplyWithin | Act::ApplyBeyond) && self.application().is_some();
                // Raised and lowered again and again it would be given more numbers without end.
                let few_numbers = after.allotted() <= 4;
                if who != "another enterprise" && !again && few_numbers {
                    next.push((format!("{title} by {who}"), after));
                }
            }
        }
        Visit { cells, next }
    }
}

#[test]
fn every_transition_in_every_state_of_a_month_does_what_the_domain_says() {
    let mut world = World::genesis();
    [1, 2].into_iter().for_each(|number| world.register(number));
    world.activate(crate::given::version("city", 1), limits());
    assert_eq!(world.now, NOON);
    let reached = explore(vec![("nothing applied for".to_owned(), Scene(world))], Scene::axes, Scene::visit);
    compare("quota.txt", &table("One month of one issuer with one application", &AXES, &reached));
}
