//! How an operation is called about a thing. The path comes from the document; which thing stands in it, and what is
//! signed about it, is said here by operation.

mod seen;

use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::key::Algorithm;
use piao_protocol::jwk::kid;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::platform::table::Call;

use super::super::stage::{OWN_NUMBERS, Stage};
use super::table::{Role, Whose};
pub(crate) use seen::Seen;

/// A call that is ready to be sent.
pub(crate) struct Called {
    pub(crate) path: String,
    pub(crate) call: Call,
    /// What a list shows where it shows the thing in question.
    pub(crate) listed: Option<Listed>,
}

pub(crate) struct Listed(pub(crate) String);

/// What is called, of which a path and a body are made.
#[derive(Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) path: &'a str,
    pub(crate) whose: Whose,
    pub(crate) role: Role,
}

/// The call of one cell; none where there is no such thing, such as a lock of a node's own.
pub(crate) async fn call(
    stage: &Stage,
    seen: &Seen,
    operation: &str,
    whose: Whose,
    role: Role,
) -> Option<Called> {
    let (method, path) = operation.split_once(' ')?;
    let cell = Cell { stage, path, whose, role };
    match (method, path.rsplit_once(':')) {
        ("GET", _) => seen.read(cell),
        ("POST", Some((_, "check" | "prepare"))) => ask(cell).await,
        ("POST", _) => write(cell, operation).await,
        _ => panic!("{operation}: say here how a new method is called"),
    }
}

impl<'a> Cell<'a> {
    /// Whose thing it is, where it is a thing of an enterprise or a person.
    fn owner(self) -> Option<&'a Actor> {
        match (self.whose, self.role) {
            (Whose::Own | Whose::Missing, Role::Enterprise | Role::Person) => {
                Some(self.role.actor(self.stage))
            }
            (Whose::Foreign, Role::Bureau | Role::Node | Role::Enterprise | Role::Nobody)
            | (Whose::Unlike, Role::Person) => Some(&self.stage.other),
            (Whose::Foreign, Role::Person)
            | (Whose::Unlike, Role::Bureau | Role::Node | Role::Enterprise | Role::Nobody) => {
                Some(&self.stage.another)
            }
            (Whose::Any | Whose::Absent, _)
            | (Whose::Own | Whose::Missing, Role::Bureau | Role::Node | Role::Nobody) => None,
        }
    }

    /// As [`Cell::owner`], of things that only enterprises have, so that nobody has one of another kind.
    fn enterprise(self) -> Option<&'a Actor> {
        match (self.whose, self.role) {
            (Whose::Unlike, _) | (Whose::Own | Whose::Missing, Role::Person) => None,
            (Whose::Foreign, Role::Person) => Some(&self.stage.other),
            (Whose::Any | Whose::Own | Whose::Missing | Whose::Foreign | Whose::Absent, _) => self.owner(),
        }
    }

    /// The caller, where it is anybody.
    fn caller(self) -> Option<&'a Actor> {
        match self.role {
            Role::Bureau | Role::Node | Role::Enterprise | Role::Person => Some(self.role.actor(self.stage)),
            Role::Nobody => None,
        }
    }

    /// The operation's path, with values in the order of its parameters.
    fn filled(self, values: &[&str]) -> String {
        let mut path = self.path.to_owned();
        for value in values {
            let (before, rest) = path.split_once('{').expect("a parameter");
            let (_, after) = rest.split_once('}').expect("its end");
            path = format!("{before}{value}{after}");
        }
        assert!(!path.contains('{'), "{path}: another parameter");
        path
    }

    fn reads(self, values: &[&str]) -> Called {
        Called { path: self.filled(values), call: Call::Read, listed: None }
    }

    fn signs(self, values: &[&str], kind: &'static str, body: String) -> Called {
        Called { path: self.filled(values), call: Call::Write(kind, body), listed: None }
    }
}

/// The id of a transition that there is not.
fn absent_id() -> TransitionId {
    TransitionId::parse_hex(&"ab".repeat(32)).expect("64 digits")
}

async fn ask(cell: Cell<'_>) -> Option<Called> {
    let Cell { stage, path, whose, .. } = cell;
    let question = match (path, whose) {
        ("/v1/locks:check", Whose::Own | Whose::Foreign | Whose::Unlike) => {
            body::lock(&stage.held(cell.owner()?).await, &stage.label())
        }
        ("/v1/locks:check", Whose::Absent) => body::lock(&stage.no_number(), &stage.label()),
        ("/v1/invoices:check" | "/v1/invoices:prepare", Whose::Any) => {
            body::issue(&stage.number_of(OWN_NUMBERS - 1), Some(&stage.finance), None)
        }
        ("/v1/locks:check" | "/v1/invoices:check" | "/v1/invoices:prepare", _) => return None,
        _ => panic!("{path}: say here what a new question is about"),
    };
    Some(Called { path: path.to_owned(), call: Call::Ask(question), listed: None })
}

async fn write(cell: Cell<'_>, operation: &str) -> Option<Called> {
    let area = cell.path.trim_start_matches("/v1/").split(['/', ':']).next()?;
    match (area, cell.path.contains("presentations")) {
        ("invoices", false) if cell.path == "/v1/invoices" => issue(cell),
        ("invoices" | "claims", _) => of_invoice(cell, operation).await,
        ("locks" | "bookings", _) => of_lock(cell, operation).await,
        ("parties", _) => of_party(cell, operation).await,
        ("quotas", _) => of_quota(cell, operation).await,
        ("rule-sets", _) => of_rules(cell, operation).await,
        ("transitions", _) => {
            let apply = body::apply(cell.stage.platform.now().month(), 1);
            (cell.whose == Whose::Any).then(|| cell.signs(&[], "quota.apply", apply))
        }
        _ => panic!("{operation}: say here what a new write signs"),
    }
}

/// Numbers are of the issuer's own segment, of another's, or of nobody's.
fn issue(cell: Cell<'_>) -> Option<Called> {
    let Cell { stage, whose, role, .. } = cell;
    let number = match (whose, role) {
        (Whose::Own, Role::Enterprise) => stage.number_of(1),
        (Whose::Foreign, _) => stage.number_of(OWN_NUMBERS + 1),
        (Whose::Absent, _) => stage.no_number(),
        (Whose::Any | Whose::Own | Whose::Missing | Whose::Unlike, _) => return None,
    };
    Some(cell.signs(&[], "invoice.issue", body::issue(&number, Some(&stage.finance), None)))
}

async fn of_invoice(cell: Cell<'_>, operation: &str) -> Option<Called> {
    let Cell { stage, whose, role, .. } = cell;
    let (number, owner) = match whose {
        Whose::Any => return None,
        Whose::Absent => (stage.no_number(), role.actor(stage)),
        Whose::Own | Whose::Missing | Whose::Foreign | Whose::Unlike => {
            let owner = cell.owner()?;
            let number = match (operation, whose) {
                ("POST /v1/claims" | "POST /v1/invoices/{number}:force-release", Whose::Missing) => {
                    return None;
                }
                ("POST /v1/claims", _) => stage.issued(owner).await,
                // Presented to nobody from whom it could be withdrawn.
                ("POST /v1/invoices/{number}/presentations/{party}:withdraw", Whose::Missing)
                | ("POST /v1/invoices/{number}/presentations", _) => stage.held(owner).await,
                ("POST /v1/invoices/{number}/presentations/{party}:withdraw", _) => {
                    stage.presented(owner, &stage.finance).await
                }
                ("POST /v1/invoices/{number}:force-release", _) => stage.locked(owner).await.0,
                _ => panic!("{operation}: say here what a new write signs"),
            };
            (number, owner)
        }
    };
    let to = &stage.finance;
    Some(match operation {
        // What another's claim key signed for that other is no proof for whoever found it.
        "POST /v1/claims" => cell.signs(&[], "claim.take", stage.take(&number, owner)),
        "POST /v1/invoices/{number}/presentations" => {
            let to = if whose == Whose::Missing { &stage.nobody } else { to };
            cell.signs(&[&number], "claim.present", body::present(&number, to))
        }
        "POST /v1/invoices/{number}/presentations/{party}:withdraw" => {
            cell.signs(&[&number, &to.party.to_string()], "claim.withdraw", body::present(&number, to))
        }
        _ => {
            let locker = match whose {
                Whose::Absent => to,
                Whose::Any | Whose::Own | Whose::Missing | Whose::Foreign | Whose::Unlike => {
                    stage.locker(owner)
                }
            };
            let force = format!(r#"{{"invoice":"{number}","party":"{}","reason":"error"}}"#, locker.party);
            cell.signs(&[&number], "reimbursement.force_release", force)
        }
    })
}

async fn of_lock(cell: Cell<'_>, operation: &str) -> Option<Called> {
    let Cell { stage, whose, .. } = cell;
    let (number, lock) = match whose {
        Whose::Any => return None,
        Whose::Absent => (stage.no_number(), absent_id()),
        Whose::Missing => (without(cell, operation).await?, absent_id()),
        Whose::Own | Whose::Foreign | Whose::Unlike => {
            let owner = cell.owner()?;
            match operation {
                "POST /v1/locks" => (stage.held(owner).await, absent_id()),
                "POST /v1/bookings/{number}:unbook" | "POST /v1/locks/{id}:settle" => {
                    stage.booked(owner).await
                }
                _ => stage.locked(owner).await,
            }
        }
    };
    let using = body::use_lock(&number, &lock, 1);
    let id = lock.to_string();
    Some(match operation {
        "POST /v1/bookings" => cell.signs(&[], "booking.book", body::book(&number)),
        "POST /v1/bookings/{number}:unbook" => {
            cell.signs(&[&number], "booking.unbook", format!(r#"{{"invoice":"{number}"}}"#))
        }
        "POST /v1/locks" => cell.signs(&[], "reimbursement.lock", body::lock(&number, &stage.label())),
        "POST /v1/locks/{id}:release" => cell.signs(&[&id], "reimbursement.release", using),
        "POST /v1/locks/{id}:settle" => cell.signs(&[&id], "reimbursement.settle", using),
        "POST /v1/locks/{id}:renew" => {
            let renew = using.replace('}', r#","lease_seconds":172800}"#);
            cell.signs(&[&id], "reimbursement.renew", renew)
        }
        _ => panic!("{operation}: say here what a new write signs"),
    })
}

/// An invoice of the caller's without the booking that is to be taken back; or with a lock, by which all could be done that
/// is asked with the id of none.
async fn without(cell: Cell<'_>, operation: &str) -> Option<String> {
    let owner = cell.owner()?;
    match operation {
        "POST /v1/bookings" | "POST /v1/locks" => None,
        "POST /v1/locks/{id}:settle" => Some(cell.stage.booked(owner).await.0),
        _ => Some(cell.stage.locked(owner).await.0),
    }
}

async fn of_party(cell: Cell<'_>, operation: &str) -> Option<Called> {
    let Cell { stage, whose, .. } = cell;
    let bureau = &stage.platform.chain.bureau;
    let new_key = Actor::person(&stage.label(), Algorithm::EdDsa);
    if operation == "POST /v1/parties" {
        let register = body::register(&stage.stranger(&stage.enterprise));
        return (whose == Whose::Any).then(|| cell.signs(&[], "party.register", register));
    }
    let party = about(cell, operation).await?;
    let because = format!(r#"{{"party":"{party}","reason":"audit"}}"#);
    let path = party.to_string();
    let add = format!(r#"{{"key":{}}}"#, new_key.jwk_json());
    Some(match operation {
        "POST /v1/parties/{party}/keys" => cell.signs(&[&path], "key.add", add),
        "POST /v1/parties/{party}/keys/{kid}:revoke" => {
            let owner = match whose {
                Whose::Own => cell.caller(),
                Whose::Foreign | Whose::Unlike => cell.owner(),
                Whose::Any | Whose::Missing | Whose::Absent => None,
            };
            if let Some(owner) = owner {
                stage.platform.accept(owner, "key.add", &add).await;
            }
            let kid = kid(&new_key.key.id());
            cell.signs(&[&path, &kid], "key.revoke", format!(r#"{{"kid":"{kid}"}}"#))
        }
        "POST /v1/parties/{party}:suspend" => cell.signs(&[&path], "party.suspend", because),
        "POST /v1/parties/{party}:reinstate" => {
            if matches!(whose, Whose::Foreign | Whose::Unlike) {
                stage.platform.accept(bureau, "party.suspend", &because).await;
            }
            cell.signs(&[&path], "party.reinstate", because)
        }
        "POST /v1/parties/{party}:reset" => {
            let reset = because.replace('}', &format!(r#","key":{}}}"#, new_key.jwk_json()));
            cell.signs(&[&path], "key.reset", reset)
        }
        _ => panic!("{operation}: say here what a new write signs"),
    })
}

/// Whose keys or standing it is about.
async fn about(cell: Cell<'_>, operation: &str) -> Option<PartyId> {
    let Cell { stage, whose, .. } = cell;
    let (of_keys, is_reset) = (operation.contains("/keys"), operation.ends_with(":reset"));
    Some(match whose {
        Whose::Any => return None,
        Whose::Missing if !operation.ends_with("/{kid}:revoke") => return None,
        // The keys of enterprises alone are a bureau's to reset.
        Whose::Own if is_reset => cell.enterprise()?.party.clone(),
        Whose::Own | Whose::Missing => cell.caller()?.party.clone(),
        Whose::Foreign | Whose::Unlike if of_keys => cell.owner()?.party.clone(),
        // Not one that others act as meanwhile: the bureau's word counts.
        Whose::Foreign | Whose::Unlike => {
            let like = if is_reset { cell.enterprise()? } else { cell.owner()? };
            stage.newcomer(like).await.party
        }
        Whose::Absent => stage.stranger(&stage.other).party,
    })
}

async fn of_quota(cell: Cell<'_>, operation: &str) -> Option<Called> {
    let Cell { stage, whose, .. } = cell;
    let month = stage.platform.now().month();
    if operation == "POST /v1/quotas" {
        let apply = body::apply(month, 1);
        return (whose == Whose::Any).then(|| cell.signs(&[], "quota.apply", apply));
    }
    // What is asked beyond the allowance waits for the bureau.
    let count = if operation.ends_with(":adjust") { 1 } else { 2_000_000 };
    let (issuer, id) = match whose {
        Whose::Any | Whose::Missing | Whose::Unlike => return None,
        Whose::Absent => (&stage.other, absent_id()),
        Whose::Own | Whose::Foreign => {
            let issuer = cell.enterprise()?;
            let apply = body::apply(month, count);
            (issuer, stage.platform.accept(issuer, "quota.apply", &apply).await.id)
        }
    };
    let decide = |kind, rest: &str| {
        let of = format!(r#""application":"{id}","issuer":"{}","month":"{month}""#, issuer.party);
        cell.signs(&[&id.to_string()], kind, format!("{{{of},{rest}}}"))
    };
    Some(match operation {
        "POST /v1/quotas/{id}:adjust" => decide("quota.adjust", r#""amount":800000000001,"count":1"#),
        "POST /v1/quotas/{id}:grant" => decide("quota.grant", r#""amount":1,"count":1"#),
        "POST /v1/quotas/{id}:refuse" => decide("quota.refuse", r#""reason":"test""#),
        _ => panic!("{operation}: say here what a new write signs"),
    })
}

async fn of_rules(cell: Cell<'_>, operation: &str) -> Option<Called> {
    let Cell { stage, whose, role, .. } = cell;
    let bureau = &stage.platform.chain.bureau;
    // Of a region in which nobody is, so that they bind nobody.
    let id = stage.label().to_lowercase();
    let deploy = body::rules(1).replace(r#""id":"test""#, &format!(r#""id":"{id}""#));
    let deploy = deploy.replace("440300", "110000");
    let is_bureau = role == Role::Bureau;
    // Of a set that has the first version alone.
    let version = if whose == Whose::Missing { "2" } else { "1" };
    let of = format!(r#"{{"id":"{id}","version":{version}}}"#);
    let activate = of.replace('}', &format!(r#","from":"{}"}}"#, stage.platform.now().date()));
    match (operation, whose) {
        ("POST /v1/rule-sets", Whose::Any) => return Some(cell.signs(&[], "rules.deploy", deploy)),
        ("POST /v1/rule-sets", _) | (_, Whose::Any) => return None,
        (_, Whose::Own | Whose::Missing) if is_bureau => {}
        (_, Whose::Foreign) if !is_bureau => {}
        (_, Whose::Own | Whose::Missing | Whose::Foreign | Whose::Unlike) => return None,
        (_, Whose::Absent) => {}
    }
    if whose != Whose::Absent {
        stage.platform.accept(bureau, "rules.deploy", &deploy).await;
    }
    Some(match operation {
        "POST /v1/rule-sets/{id}/{version}:activate" => {
            cell.signs(&[&id, version], "rules.activate", activate)
        }
        "POST /v1/rule-sets/{id}/{version}:retire" => {
            if matches!(whose, Whose::Own | Whose::Foreign) {
                stage.platform.accept(bureau, "rules.activate", &activate).await;
            }
            cell.signs(&[&id, version], "rules.retire", of)
        }
        _ => panic!("{operation}: say here what a new write signs"),
    })
}
