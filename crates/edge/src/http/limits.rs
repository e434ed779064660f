//! How much of a server one caller may take (ADR 0014).
//!
//! What protects most is that whoever sends what cannot be attributed is soon not listened to; a party that signs well
//! meets its limits only far above what a finance team does. No limit is ever a refusal: nothing is recorded, and the
//! very same request passes later.

mod address;
mod buckets;
mod in_flight;
mod rate;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use piao_domain::ids::PartyId;

pub use address::forwarded_for;
pub use rate::{Rate, RateError};

use self::address::Address;
use self::buckets::{Buckets, Failures};
use self::in_flight::{Full, InFlight, Permit};
use crate::problem::{Problem, ProblemCode};

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What an address may ask of what is public: log, documents.
    pub public: Rate,
    /// How often an address may send what cannot be attributed before nothing more of it is looked at.
    pub failures: Rate,
    /// What a party may read. Nodes read as much as they like: they are ours.
    pub reads: Rate,
    /// What a party may submit.
    pub writes: Rate,
    /// What the persons of an address may submit together: nobody vouches for them.
    pub persons: Rate,
    /// How many persons may enrol from an address: each is a party that nobody knew, with a share of its own.
    pub enrolments: Rate,
    /// Requests that are answered at one time, probes aside; beyond, a request is turned away. An address never has
    /// them all.
    pub requests_in_flight_max: usize,
    /// Connections that are open at one time, whether anything is asked on them or not; beyond, a new one is closed. An
    /// address never has them all, unless a proxy stands before us, whose address is everybody's.
    pub connections_max: usize,
    /// Whether the last entry of `X-Forwarded-For` is the caller's address: a proxy of ours wrote it.
    pub behind_proxy: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            public: Rate::per_second(200, 2_000),
            failures: Rate::per_second(20, 2_000),
            reads: Rate::per_second(1_000, 10_000),
            writes: Rate::per_second(10_000, 20_000),
            persons: Rate::per_second(500, 10_000),
            enrolments: Rate::per_second(10, 1_000),
            requests_in_flight_max: 4_000,
            connections_max: 20_000,
            behind_proxy: false,
        }
    }
}

/// Connections beyond the bound that are kept for the machine itself.
const CONNECTIONS_KEPT: usize = 16;

/// So many wait at one time for a key to become known; an address never has them all.
const STRANGERS_MAX: usize = 256;

/// Counts what callers take. One a server.
pub(crate) struct Limiter {
    public: Buckets<Address>,
    failures: Failures<Address>,
    reads: Buckets<PartyId>,
    writes: Buckets<PartyId>,
    persons: Buckets<Address>,
    enrolments: Buckets<Address>,
    in_flight: Arc<InFlight<Address>>,
    connections: Arc<InFlight<Address>>,
    kept: Arc<InFlight<Address>>,
    strangers: Arc<InFlight<Address>>,
    behind_proxy: bool,
}

/// A request that was let in. While it lives it counts as being in flight.
pub(super) struct Entered {
    address: Option<Address>,
    _permit: Option<Permit<Address>>,
}

/// Room for one who waits for a key to become known, until it is dropped.
pub(crate) struct Seat {
    _permit: Permit<Address>,
}

/// A connection that is open, until it is dropped.
pub(super) struct Connected {
    _permit: Permit<Address>,
}

/// What a path is to the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// Health, readiness, metrics: never limited, or the first to go blind under load is the operator.
    Probe,
    /// Everything that needs a signature or a token.
    Signed,
    /// Log, documents, and whatever is not there.
    Public,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            public: Buckets::new(limits.public),
            failures: Failures::new(limits.failures),
            reads: Buckets::new(limits.reads),
            writes: Buckets::new(limits.writes),
            persons: Buckets::new(limits.persons),
            enrolments: Buckets::new(limits.enrolments),
            in_flight: InFlight::new(limits.requests_in_flight_max),
            connections: InFlight::new(limits.connections_max),
            kept: InFlight::new(CONNECTIONS_KEPT),
            strangers: InFlight::new(STRANGERS_MAX),
            behind_proxy: limits.behind_proxy,
        }
    }

    /// Lets a connection be, where there is room for it. Nothing was asked yet, so nobody can be told why not.
    pub(super) fn connect(&self, peer: IpAddr) -> Option<Connected> {
        let address = (!self.behind_proxy).then(|| Address::new(peer));
        let permit = self.connections.enter(address.as_ref()).ok();
        // Whoever watches over the process asks from beside it, and must not take it for dead when it is busy.
        let kept = || self.kept.enter(None).ok().filter(|_| peer.is_loopback());
        Some(Connected { _permit: permit.or_else(kept)? })
    }

    /// Lets a request in, or says why not: `rate_limited`, `overloaded`.
    pub(super) fn enter(&self, request: &ServiceRequest) -> Result<Entered, Problem> {
        // As it will be routed: letters written as hexadecimal digits mean the same.
        let area = area(request.match_info().as_str());
        let address = match area {
            Area::Probe => return Ok(Entered { address: None, _permit: None }),
            Area::Signed | Area::Public => Address::of(request.request(), self.behind_proxy),
        };
        if let Some(address) = &address {
            self.failures.may_try(address).map_err(limited)?;
            match area {
                Area::Public => self.public.take(address).map_err(limited)?,
                Area::Signed | Area::Probe => {}
            }
        }
        match self.in_flight.enter(address.as_ref()) {
            Ok(permit) => Ok(Entered { address, _permit: Some(permit) }),
            Err(Full::All) => Err(Problem::new(ProblemCode::Overloaded).retry_after(1)),
            Err(Full::Share) => Err(limited(Duration::ZERO)),
        }
    }

    /// Takes note of what a request came to.
    pub(super) fn answered(&self, entered: &Entered, problem: &Problem) {
        if let Some(address) = &entered.address
            && problem.code().is_unattributed()
            && !problem.is_counted()
        {
            self.failures.take(address).ok();
        }
    }

    /// Whether somebody may wait whose key nobody knows. Counts as a failure at once, and not again when it has come to
    /// nothing: what is counted only when it is answered does not bound what takes seconds.
    pub(super) fn seat(&self, request: &HttpRequest) -> Result<Seat, Problem> {
        let address = Address::of(request, self.behind_proxy);
        // First, since it can be given back: where others have all the room, nobody pays for finding none.
        let permit = self.strangers.enter(address.as_ref()).map_err(|_| limited(Duration::ZERO))?;
        if let Some(address) = &address {
            self.failures.take(address).map_err(limited)?;
        }
        Ok(Seat { _permit: permit })
    }

    /// Whether a party may read now. Only for a party whose token was checked.
    pub(crate) fn read(&self, party: &PartyId) -> Result<(), Problem> {
        match party {
            PartyId::Node(_) => Ok(()),
            PartyId::Bureau(_) | PartyId::Enterprise(_) | PartyId::Person(_) => {
                self.reads.take(party).map_err(limited)
            }
        }
    }

    /// Whether a party may submit now. Only for a party whose signature was checked. Whoever enrols many persons has
    /// many parties, so what persons submit counts against their address, too.
    pub(super) fn write(&self, party: &PartyId, request: &HttpRequest) -> Result<(), Problem> {
        // Its own share first: one that has used it up takes nothing of its neighbours'.
        self.writes.take(party).map_err(limited)?;
        match (party, Address::of(request, self.behind_proxy)) {
            (PartyId::Person(_), Some(address)) => self.persons.take(&address).map_err(limited),
            (PartyId::Person(_), None)
            | (PartyId::Bureau(_) | PartyId::Node(_) | PartyId::Enterprise(_), _) => Ok(()),
        }
    }

    /// Whether somebody who is no party yet may become one now. Before the signature is checked: whoever signs is
    /// nobody yet, and it is the address whose share it is.
    pub(super) fn enrol(&self, request: &HttpRequest) -> Result<(), Problem> {
        let address = Address::of(request, self.behind_proxy);
        address.map_or(Ok(()), |address| self.enrolments.take(&address).map_err(limited))
    }
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limiter")
    }
}

fn area(path: &str) -> Area {
    match path {
        "/healthz" | "/readyz" | "/metrics" => Area::Probe,
        path if path.starts_with("/v1/") => Area::Signed,
        _ => Area::Public,
    }
}

fn limited(wait: Duration) -> Problem {
    // A part of a second is a whole one, and a wait that is over by now is still one.
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
    Problem::new(ProblemCode::RateLimited).retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_apart_and_what_is_not_there_is_public() {
        let check = |path: &str, expect: Area| assert_eq!(area(path), expect, "{path}");
        check("/healthz", Area::Probe);
        check("/readyz", Area::Probe);
        check("/metrics", Area::Probe);
        check("/metrics/", Area::Public);
        check("/v1/locks", Area::Signed);
        check("/v1", Area::Public);
        check("/log/tile/0/000", Area::Public);
        check("/openapi.json", Area::Public);
    }

    #[test]
    fn retry_after_is_whole_seconds_and_never_none() {
        let check = |wait_ms: u64, expect: u32| {
            let problem = limited(Duration::from_millis(wait_ms));
            assert_eq!(problem.rest.retry_after_seconds, Some(expect), "{wait_ms}");
        };
        check(0, 1);
        check(1, 1);
        check(1_000, 1);
        check(1_001, 2);
        check(u64::MAX, u32::MAX);
    }

    #[test]
    fn nodes_read_without_limit_and_every_other_party_has_its_own() {
        let limits = Limits { reads: Rate::new(1, Duration::from_secs(3_600)), ..Limits::default() };
        let limiter = Limiter::new(&limits);
        let check = |party: &str, expect: &[bool]| {
            let party = PartyId::parse(party).unwrap();
            let got: Vec<bool> = expect.iter().map(|_| limiter.read(&party).is_ok()).collect();
            assert_eq!(got, expect, "{party}");
        };
        check("node:one", &[true, true, true]);
        check("bureau:shenzhen", &[true, false]);
        check("uscc:91440300708461136T", &[true, false]);
    }
}
