//! Clients: they want something, and ask for it until they know what became of it, or lose interest.

use std::rc::Rc;
use std::time::Duration;

use piao_domain::command::Kind;
use piao_edge::submit::{Submission, Submitted, Wait, parse};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::Receipt;

use super::bugs::Bug;
use super::cast::{CONTESTED, Cast, NAMED};
use super::node::Edge;
use super::world::World;
use crate::actor::{Actor, Signed};
use crate::body;

/// What a client wants.
struct Wish<'a> {
    actor: &'a Actor,
    kind: &'static str,
    body: String,
    /// Tells it from every other wish.
    name: String,
}

/// What came of one attempt.
enum Attempt {
    Known(Box<Receipt>),
    /// Written down, says the service.
    Recorded,
    /// Nobody knows.
    Unknown,
}

tokio::task_local! {
    static WHO: u64;
}

/// Lets some milliseconds pass, another number for each client. A `watch`, for which services' requests wait, wakes them
/// in an order of its own; after this it is always the same.
pub(super) async fn fall_in() {
    if let Ok(number) = WHO.try_with(|number| *number) {
        tokio::time::sleep(Duration::from_millis(number + 1)).await;
    }
}

/// Wants some things, one after the other.
pub(super) async fn client(world: Rc<World>, number: u64) {
    WHO.scope(number, want(world, number)).await;
}

async fn want(world: Rc<World>, number: u64) {
    let wishes = 2 + world.sim.below(4);
    for count in 0..wishes {
        pause(&world, 2_000).await;
        if world.places.borrow().closing {
            return;
        }
        let receipt = match world.sim.below(10) {
            0..7 => reimburse(&world, number, count).await,
            7 => issue(&world, number, count).await,
            8 => enrol(&world, number, count).await,
            _ => take(&world).await,
        };
        if receipt.is_none() && world.sim.below(4) == 0 {
            return;
        }
    }
}

async fn pause(world: &World, longest_ms: u64) {
    tokio::time::sleep(Duration::from_millis(1 + world.sim.below(longest_ms))).await;
}

/// Locks an invoice that others want, too; where that is had, books and settles it, or lets it go.
async fn reimburse(world: &World, client: u64, count: u64) -> Option<Receipt> {
    let place = world.sim.below(CONTESTED);
    let rival = &world.cast.rivals[world.sim.below(3) as usize];
    let number = Cast::number(place);
    // Clients of one enterprise may have the same reference: one purpose, asked for twice.
    let reference = format!("BX-{place}-{}", if world.sim.below(3) == 0 { 100 } else { 10 * client + count });
    let wish = |kind, body: String, name: &str| Wish {
        actor: rival,
        kind,
        body,
        name: format!("{name} {reference} {}", rival.party),
    };
    let lock = insist(world, &wish("reimbursement.lock", body::lock(&number, &reference), "lock")).await?;
    let Outcome::Accepted(Effect::Locked { lock: id, token, .. }) = lock.outcome else { return Some(lock) };
    pause(world, 1_500).await;
    if world.sim.below(3) > 0 {
        let release = body::use_lock(&number, &id, token);
        return insist(world, &wish("reimbursement.release", release, "release")).await;
    }
    insist(world, &wish("booking.book", body::book(&number), "book")).await?;
    let settle = body::use_lock(&number, &id, token);
    insist(world, &wish("reimbursement.settle", settle, "settle")).await
}

/// Issues an invoice.
async fn issue(world: &World, client: u64, count: u64) -> Option<Receipt> {
    let place = CONTESTED + NAMED + 20 * client + 2 * count;
    let body = body::issue(&Cast::number(place), Some(&world.cast.rivals[0]), None);
    let name = format!("issue {place}");
    insist(world, &Wish { actor: &world.cast.seller, kind: "invoice.issue", body, name }).await
}

/// Comes in as a new person, and does at once what only somebody known can be refused.
async fn enrol(world: &World, client: u64, count: u64) -> Option<Receipt> {
    let person = world.cast.person(&format!("{client} {count}"));
    let body = format!(r#"{{"key":{}}}"#, person.jwk_json());
    let name = format!("enrol {client} {count}");
    insist(world, &Wish { actor: &person, kind: "party.enroll", body, name }).await?;
    let body = body::present(&Cast::number(0), &world.cast.rivals[0]);
    let name = format!("present {client} {count}");
    insist(world, &Wish { actor: &person, kind: "claim.present", body, name }).await
}

/// Takes an invoice that names the rival as its buyer.
async fn take(world: &World) -> Option<Receipt> {
    let place = CONTESTED + world.sim.below(NAMED);
    let body = body::take(&Cast::number(place), None);
    let name = format!("take {place} {}", world.sim.below(1_000));
    insist(world, &Wish { actor: &world.cast.rivals[0], kind: "claim.take", body, name }).await
}

/// Asks until there is a receipt, at most so often as the client has patience.
async fn insist(world: &World, wish: &Wish<'_>) -> Option<Receipt> {
    let mut signed = sign(world, wish, "first");
    for _ in 0..3 + world.sim.below(6) {
        if world.places.borrow().closing {
            return None;
        }
        match attempt(world, wish, &signed).await {
            Attempt::Known(receipt) => return Some(*receipt),
            // It may be asked for again later, or not: what is written down is decided all the same.
            Attempt::Recorded if world.sim.below(6) == 0 => {
                world.sim.inject("a client gives up");
                return None;
            }
            Attempt::Recorded => {}
            Attempt::Unknown if world.sim.below(4) == 0 => {
                world.sim.inject("a client signs its wish anew");
                signed = sign(world, wish, "second");
            }
            Attempt::Unknown => {}
        }
        pause(world, 1_500).await;
    }
    None
}

/// The same wish, signed anew: another transition with the same reference or number.
fn sign(world: &World, wish: &Wish<'_>, time: &str) -> Signed {
    let Wish { actor, kind, body, name } = wish;
    if time == "second" && *kind == "invoice.issue" && world.bugs.has(Bug::NewWishAfterUnknown) {
        let place = name.rsplit(' ').next().and_then(|place| place.parse::<u64>().ok()).unwrap_or(0);
        let body = body::issue(&Cast::number(place + 1), Some(&world.cast.rivals[0]), None);
        return world.cast.sign(actor, kind, &body, time);
    }
    world.cast.sign(actor, kind, body, time)
}

async fn attempt(world: &World, wish: &Wish<'_>, signed: &Signed) -> Attempt {
    let Some(service) = world.service_at(world.sim.below(2) as usize) else { return Attempt::Unknown };
    world.book.borrow_mut().send(&wish.name, signed.id);
    let patience = Duration::from_millis(1 + world.sim.below(6_000));
    let asked = tokio::time::timeout(patience, ask(&service, signed)).await;
    fall_in().await;
    let (submitted, who) = match asked {
        Ok(Some(submitted)) => (submitted, service.machine.name().to_owned()),
        // The service died, or takes too long.
        Ok(None) | Err(_) => return Attempt::Unknown,
    };
    match submitted {
        Ok(Submitted::Decided { receipt, .. }) => {
            world.sim.note(&who, format_args!("answers {} at {}", signed.id, receipt.index));
            if let Err(what) = world.book.borrow_mut().receive(&receipt) {
                world.sim.violated(what);
            }
            Attempt::Known(Box::new(receipt.as_ref().clone()))
        }
        Ok(Submitted::Recorded { id }) => {
            world.sim.note(&who, format_args!("has {id} on record"));
            world.book.borrow_mut().recorded.insert(id);
            Attempt::Recorded
        }
        Err(problem) => {
            world.sim.note(&who, format_args!("answers {}", problem.code().as_str()));
            // Nothing that a client sends is wrong, so whatever is answered must do better later.
            if !problem.code().retryable() {
                world.sim.violated(format!("{} of {}: {problem:?}", problem.code().as_str(), wish.name));
            }
            Attempt::Unknown
        }
    }
}

async fn ask(service: &Edge, signed: &Signed) -> Option<Result<Submitted, piao_edge::problem::Problem>> {
    let chain = &service.chain;
    let checked = match parse(Submission::bare(std::sync::Arc::clone(&signed.jws)), chain, Kind::ALL) {
        Ok(checked) => checked,
        Err(problem) => return Some(Err(problem)),
    };
    tokio::select! {
        biased;
        () = service.machine.death() => None,
        submitted = service.engine.submit(checked, Wait::negotiate(std::iter::empty())) => Some(submitted),
    }
}
