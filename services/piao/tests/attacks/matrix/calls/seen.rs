//! What is read: things that no cell changes.

use std::collections::BTreeMap;
use std::time::Duration;

use piao_domain::ids::{PartyId, TransitionId};
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::platform::table::Call;

use super::super::super::stage::{Stage, is_person};
use super::super::table::{Role, Whose};
use super::{Called, Cell, Listed, absent_id};

/// What the two enterprises and the two persons have, by whose it is, and what is the bureau's.
pub(crate) struct Seen {
    things: BTreeMap<PartyId, Things>,
    rules: TransitionId,
}

/// What one of them has.
struct Things {
    /// An invoice that it holds.
    held: String,
    /// The lock of an invoice that it holds.
    lock: TransitionId,
    /// An invoice that it holds, booked.
    booked: String,
    /// An invoice that it may lock, presented by a person; of a person, one that it presented.
    presented: String,
    /// What it signed: an enterprise for a quota, a person to hold an invoice.
    signed: TransitionId,
}

impl Seen {
    /// Brings all of them about, and waits until each can be proved.
    pub(crate) async fn prepare(stage: &Stage) -> Self {
        let Stage { platform, enterprise, other, person, another, .. } = stage;
        let bureau = &platform.chain.bureau;
        let mut things = BTreeMap::new();
        for (owner, presenter) in
            [(enterprise, another), (other, another), (person, person), (another, another)]
        {
            things.insert(owner.party.clone(), Things::of(stage, owner, presenter).await);
        }
        let rules = platform.accept(bureau, "rules.deploy", &body::rules(2)).await.id;
        let seen = Self { things, rules };
        let proof = format!("/v1/transitions/{}/proof", seen.rules);
        let covered = async {
            let mut due = tokio::time::interval(Duration::from_millis(50));
            while platform.get(&proof).by(bureau).send().await.status != 200 {
                due.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), covered).await.expect("a checkpoint in time");
        seen
    }

    fn things(&self, cell: Cell<'_>) -> Option<&Things> {
        self.things.get(&cell.owner()?.party)
    }

    /// As [`Seen::things`], of what only enterprises have.
    fn of_enterprise(&self, cell: Cell<'_>) -> Option<&Things> {
        self.things.get(&cell.enterprise()?.party)
    }

    /// A call that reads. What it reads has an address of its own, so that what is missing is absent.
    pub(crate) fn read(&self, cell: Cell<'_>) -> Option<Called> {
        if cell.whose == Whose::Missing {
            return None;
        }
        if let Some(listed) = self.listed(cell) {
            return listed.map(|mark| Called {
                path: format!("{}?limit=200", cell.path),
                call: Call::Read,
                listed: Some(Listed(mark)),
            });
        }
        if cell.path == "/v1/blocks" {
            let path = "/v1/blocks?from=0".to_owned();
            return (cell.whose == Whose::Any).then_some(Called { path, call: Call::Read, listed: None });
        }
        if !cell.path.contains('{') && !cell.path.ends_with(":binding") {
            return (cell.whose == Whose::Any).then(|| cell.reads(&[]));
        }
        if cell.whose == Whose::Any {
            return None;
        }
        let is_absent = cell.whose == Whose::Absent;
        let absent = || is_absent.then(|| absent_id().to_string());
        match cell.path {
            "/v1/invoices/{number}" | "/v1/invoices/{number}/history" => {
                let absent = is_absent.then(|| cell.stage.no_number());
                let number = absent.or_else(|| Some(self.things(cell)?.held.clone()))?;
                Some(cell.reads(&[&number]))
            }
            "/v1/locks/{id}" => {
                let id = absent().or_else(|| Some(self.things(cell)?.lock.to_string()))?;
                Some(cell.reads(&[&id]))
            }
            "/v1/quotas/{id}/entries" => {
                let id = absent().or_else(|| Some(self.of_enterprise(cell)?.signed.to_string()))?;
                Some(cell.reads(&[&id]))
            }
            "/v1/transitions/{id}" | "/v1/transitions/{id}/proof" => {
                let own = (cell.whose, cell.role) == (Whose::Own, Role::Bureau);
                let own = own.then(|| self.rules.to_string());
                let id = absent().or(own).or_else(|| Some(self.things(cell)?.signed.to_string()))?;
                Some(cell.reads(&[&id]))
            }
            "/v1/parties/{party}" | "/v1/rule-sets:binding" => self.of_party(cell),
            "/v1/rule-sets/{id}/{version}" => match (cell.whose, cell.role) {
                (Whose::Own, Role::Bureau) => Some(cell.reads(&["test", "1"])),
                (Whose::Own | Whose::Missing | Whose::Unlike, _) | (Whose::Foreign, Role::Bureau) => None,
                (Whose::Foreign, _) => Some(cell.reads(&["test", "1"])),
                (Whose::Any | Whose::Absent, _) => Some(cell.reads(&["test", "999"])),
            },
            _ if matches!(cell.whose, Whose::Own | Whose::Unlike) => None,
            "/v1/blocks/{height}" => Some(cell.reads(&[if is_absent { "9999999" } else { "1" }])),
            "/log/proof/{index}" => Some(cell.reads(&[if is_absent { "9999999" } else { "0" }])),
            "/log/tile/{path}" => Some(cell.reads(&[if is_absent { "0/999" } else { "0/000.p/1" }])),
            path => panic!("GET {path}: say here what a new read is about"),
        }
    }

    fn of_party(&self, cell: Cell<'_>) -> Option<Called> {
        let Cell { stage, path, whose, .. } = cell;
        let is_binding = path.ends_with(":binding");
        let party = match whose {
            Whose::Any | Whose::Missing => return None,
            // Rules bind enterprises alone.
            Whose::Own | Whose::Foreign | Whose::Unlike if is_binding => cell.enterprise()?.party.clone(),
            Whose::Own => cell.caller()?.party.clone(),
            Whose::Foreign | Whose::Unlike => cell.owner()?.party.clone(),
            Whose::Absent => stage.stranger(&stage.other).party,
        };
        Some(match is_binding {
            true => {
                let path = format!("{path}?enterprise={party}");
                Called { path, call: Call::Read, listed: None }
            }
            false => cell.reads(&[&party.to_string()]),
        })
    }

    /// What a list shows where it shows a thing; nothing where this is no list, and of a list nothing where the caller
    /// has no such thing.
    fn listed(&self, cell: Cell<'_>) -> Option<Option<String>> {
        let things = self.things(cell);
        let of = |mark: fn(&Things) -> String| Some(things.map(mark));
        match cell.path {
            "/v1/bookings" => of(|things| things.booked.clone()),
            "/v1/claims" | "/v1/invoices" => of(|things| things.held.clone()),
            "/v1/inbox" => of(|things| things.presented.clone()),
            "/v1/locks" => of(|things| things.lock.to_string()),
            "/v1/quotas" => Some(self.of_enterprise(cell).map(|things| things.signed.to_string())),
            "/v1/parties" => Some(cell.owner().map(|owner| owner.party.to_string())),
            "/v1/rule-sets" => {
                let is_there = match (cell.whose, cell.role) {
                    (Whose::Own, role) => role == Role::Bureau,
                    (Whose::Foreign, role) => role != Role::Bureau,
                    (Whose::Any | Whose::Missing | Whose::Unlike | Whose::Absent, _) => false,
                };
                Some(is_there.then(|| r#""id":"test""#.to_owned()))
            }
            _ => None,
        }
    }
}

impl Things {
    async fn of(stage: &Stage, owner: &Actor, presenter: &Actor) -> Self {
        let platform = &stage.platform;
        let to = if owner.party == presenter.party { &stage.finance } else { owner };
        let booked = stage.booked(owner).await.0;
        let presented = stage.presented(presenter, to).await;
        let signed = match is_person(owner) {
            false => platform.accept(owner, "quota.apply", &body::apply(platform.now().month(), 1)).await,
            true => {
                let number = stage.issued(owner).await;
                platform.accept(owner, "claim.take", &stage.take(&number, owner)).await
            }
        };
        let (held, lock) = (stage.held(owner).await, stage.locked(owner).await.1);
        Self { held, lock, booked, presented, signed: signed.id }
    }
}
