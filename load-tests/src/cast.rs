//! Who acts in a load test, and what must be decided before anybody can.

use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::number::{NumberPrefix, Segment};
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_protocol::outcome::{Effect, Outcome};
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use piao_testkit::chain::TestChain;

use crate::failure::Failure;

/// Enterprises that issue, and as many that buy.
pub(crate) const ENTERPRISES: usize = 16;
/// Numbers granted to each issuer.
const NUMBERS: u32 = 1_000_000;
/// The last two characters of a code are check characters.
const CHECKS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A chain and its enterprises, which sign with ES256K. The same in every process that is given the same time.
pub(crate) struct Cast {
    pub(crate) chain: TestChain,
    pub(crate) enterprises: Enterprises,
}

/// Enterprises whose keys are all of one algorithm.
pub(crate) struct Enterprises {
    pub(crate) issuers: Vec<Actor>,
    pub(crate) buyers: Vec<Actor>,
}

impl Cast {
    /// A cast whose chain begins at a time.
    pub(crate) fn new(at: Time) -> Result<Self, Failure> {
        Ok(Self { chain: TestChain::new(at, 9), enterprises: Enterprises::new(Algorithm::Es256k)? })
    }

    /// What must be accepted first: what the bureau signs, and once that is decided one application for quota an issuer,
    /// whose keys nobody knows before.
    pub(crate) fn beginnings(&self, now: Time) -> [Vec<Signed>; 2] {
        let bureau = |kind: &str, body: &str| self.chain.bureau.sign(self.chain.id(), now, kind, body);
        let [mut signed, applications] = self.joining(&self.enterprises, now);
        signed.push(bureau("rules.deploy", &body::rules(1)));
        signed.push(bureau("rules.activate", &body::activate(1, &now.date().to_string())));
        [signed, applications]
    }

    /// The same for enterprises that come to a chain which has rules.
    pub(crate) fn joining(&self, enterprises: &Enterprises, now: Time) -> [Vec<Signed>; 2] {
        let Enterprises { issuers, buyers } = enterprises;
        let signed = issuers.iter().chain(buyers).map(|enterprise| self.chain.register(now, enterprise));
        let apply = body::apply(now.month(), NUMBERS);
        let applications =
            issuers.iter().map(|issuer| issuer.sign(self.chain.id(), now, "quota.apply", &apply));
        [signed.collect(), applications.collect()]
    }
}

impl Enterprises {
    /// Those of an algorithm.
    pub(crate) fn new(algorithm: Algorithm) -> Result<Self, Failure> {
        let (issuing, buying) = match algorithm {
            Algorithm::Es256k => ('A', 'B'),
            Algorithm::Es256 => ('C', 'D'),
            Algorithm::EdDsa => ('E', 'F'),
        };
        let all =
            |kind: char| (0..ENTERPRISES).map(move |place| enterprise(kind, place, algorithm)).collect();
        let (issuers, buyers): (Result<_, _>, Result<_, _>) = (all(issuing), all(buying));
        Ok(Self { issuers: issuers?, buyers: buyers? })
    }
}

/// The numbers that an accepted application for quota brought.
pub(crate) fn granted(outcome: &Outcome) -> Option<Segment> {
    match outcome {
        Outcome::Accepted(Effect::QuotaGranted { given: _, segment }) => Some(*segment),
        Outcome::Accepted(_) | Outcome::Rejected(_) => None,
    }
}

/// Numbers of issuers who ask nobody for any, because there is no ledger.
pub(crate) fn unasked_segments() -> Result<Vec<Segment>, Failure> {
    let doing = || "making segments of numbers";
    let prefix = NumberPrefix::parse("26950").map_err(Failure::doing(doing()))?;
    let numbers = u64::from(NUMBERS);
    (0..ENTERPRISES as u64)
        .map(|place| {
            let first = place * numbers + 1;
            Segment::new(prefix, first, first + numbers - 1).map_err(Failure::doing(doing()))
        })
        .collect()
}

fn enterprise(kind: char, place: usize, algorithm: Algorithm) -> Result<Actor, Failure> {
    let stem = format!("91440300MA5{kind}{place:04}");
    let codes = CHECKS.chars().flat_map(|first| CHECKS.chars().map(move |second| (first, second)));
    let code = codes
        .map(|(first, second)| format!("{stem}{first}{second}"))
        .find_map(|text| Uscc::parse(&text).ok());
    let code = code.ok_or_else(|| Failure::new(format!("no credit code begins with {stem}")))?;
    Ok(Actor::new(&PartyId::Enterprise(code).to_string(), algorithm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cast_of_a_time_is_the_same() {
        let casts = [7, 7].map(|at| Cast::new(Time::from_unix(1_790_000_000 + at)).unwrap());
        let parties = |cast: &Cast| {
            let Enterprises { issuers, buyers } = &cast.enterprises;
            issuers.iter().chain(buyers).map(|actor| actor.party.clone()).collect::<Vec<_>>()
        };
        assert_eq!(parties(&casts[0]), parties(&casts[1]));
        assert_eq!(casts[0].chain.id(), casts[1].chain.id());
        let beginnings = casts[0].beginnings(Time::from_unix(1_790_000_007)).map(|signed| signed.len());
        assert_eq!(beginnings, [2 * ENTERPRISES + 2, ENTERPRISES]);
    }

    #[test]
    fn enterprises_of_two_algorithms_have_nobody_in_common() {
        let all = [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa].map(|algorithm| {
            let Enterprises { issuers, buyers } = Enterprises::new(algorithm).unwrap();
            assert!(issuers.iter().chain(&buyers).all(|a| a.key.public().algorithm() == algorithm));
            issuers.into_iter().chain(buyers).map(|actor| actor.party.to_string()).collect::<Vec<_>>()
        });
        let parties = all.concat();
        let distinct = parties.iter().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(distinct.len(), 3 * 2 * ENTERPRISES);
    }
}
