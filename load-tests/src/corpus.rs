//! Transitions signed before the clock starts, by the client that everybody uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use piao_client::{Client, Draft, Endpoints, Identity, Signed, commands};
use piao_domain::ids::{ChainId, ClaimRef};
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_protocol::json;
use piao_protocol::jws::SigningKey;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use rayon::prelude::*;

use crate::cast::Enterprises;
use crate::failure::Failure;
use crate::http::Step;

/// What an invoice of [`body::issue`] comes to, in fen.
const TOTAL: i64 = 10_600;
const LEASE_SECONDS: u32 = 86_400;

/// The first steps of an invoice: issued, claimed by the enterprise that bought, locked by it.
pub(crate) struct Life {
    pub(crate) steps: Vec<Step>,
}

/// Signs lives, each of another invoice.
pub(crate) struct Corpus {
    issuers: Vec<(Client, Segment)>,
    buyers: Vec<Buyer>,
    signed: AtomicU64,
}

struct Buyer {
    client: Client,
    /// An invoice to this buyer, but for its number.
    draft: Draft,
}

impl Corpus {
    /// A corpus of enterprises whose issuers were granted these segments.
    pub(crate) fn new(
        chain: &ChainId,
        enterprises: &Enterprises,
        segments: &[Segment],
    ) -> Result<Self, Failure> {
        let Enterprises { issuers, buyers } = enterprises;
        let seller = issuers.first().ok_or_else(|| Failure::new("a cast of nobody"))?;
        let issuers = issuers.iter().zip(segments).map(|(issuer, of)| Ok((client(issuer, chain)?, *of)));
        let buyers = buyers.iter().map(|buyer| {
            let text = body::issue("", Some(buyer), None);
            let written = json::from_str(&text).map_err(Failure::doing("reading an invoice"))?;
            Ok(Buyer {
                client: client(buyer, chain)?,
                draft: Draft::new(seller.party.clone(), written, None),
            })
        });
        Ok(Self {
            issuers: issuers.collect::<Result<_, Failure>>()?,
            buyers: buyers.collect::<Result<_, Failure>>()?,
            signed: AtomicU64::new(0),
        })
    }

    /// Signs so many lives, now, on all cores. They can be submitted for ten minutes.
    pub(crate) fn sign(&self, lives: u64) -> Result<Vec<Life>, Failure> {
        self.sign_steps(lives, 3)
    }

    /// As [`Self::sign`], no more than the issue of each.
    pub(crate) fn sign_issues(&self, lives: u64) -> Result<Vec<Life>, Failure> {
        self.sign_steps(lives, 1)
    }

    fn sign_steps(&self, lives: u64, steps: usize) -> Result<Vec<Life>, Failure> {
        let first = self.signed.fetch_add(lives, Ordering::Relaxed);
        (first..first + lives).into_par_iter().map(|place| self.life(place, steps)).collect()
    }

    /// The numbers of all issuers.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        self.issuers.iter().map(|(_, segment)| *segment).collect()
    }

    /// Signs so many lives, so that the place of each says who issues and who buys it: in any `ENTERPRISES` squared of
    /// them every issuer meets every buyer, in the same order.
    pub(crate) fn sign_pairs(&self, lives: u64) -> Result<Vec<Life>, Failure> {
        let pairs = (self.issuers.len() * self.buyers.len()) as u64;
        // Whatever was signed before is rounded up.
        let signed = self.signed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |signed| {
            Some(signed.next_multiple_of(pairs) + lives)
        });
        let first = signed.map_or(0, |signed| signed.next_multiple_of(pairs));
        (first..first + lives).into_par_iter().map(|place| self.life(place, 3)).collect()
    }

    /// An issuer and a number of its own that no life has.
    pub(crate) fn next(&self) -> Result<(&Client, InvoiceNumber), Failure> {
        self.number_of(self.signed.fetch_add(1, Ordering::Relaxed))
    }

    /// Who issues the life at a place, and its number.
    fn number_of(&self, place: u64) -> Result<(&Client, InvoiceNumber), Failure> {
        let enterprises = self.issuers.len() as u64;
        let (issuer, segment) = &self.issuers[index(place, enterprises)];
        let number = segment.number(segment.first() + place / enterprises);
        Ok((issuer, number.ok_or_else(|| Failure::new("the issuers' numbers are used up"))?))
    }

    fn life(&self, place: u64, steps: usize) -> Result<Life, Failure> {
        let doing = || "signing a load test's transition";
        let (issuer, number) = self.number_of(place)?;
        let enterprises = self.issuers.len() as u64;
        let Buyer { client: buyer, draft } = &self.buyers[index(place / enterprises, enterprises)];
        let mut signed = vec![issuer.sign_invoice(draft, &number, None).map_err(Failure::doing(doing()))?];
        if steps > 1 {
            signed.push(buyer.sign(commands::claim_as_buyer(number)).map_err(Failure::doing(doing()))?);
            signed.push(lock(buyer, number, "R-1")?);
        }
        Ok(Life { steps: signed.iter().map(step).collect() })
    }
}

/// One of so many, in turns.
fn index(place: u64, of: u64) -> usize {
    usize::try_from(place % of).unwrap_or(0)
}

/// The lock of a whole invoice under a reference.
pub(crate) fn lock(client: &Client, number: InvoiceNumber, reference: &str) -> Result<Signed, Failure> {
    let doing = || "signing a lock";
    let reference = ClaimRef::parse(reference).map_err(Failure::doing(doing()))?;
    let total = Fen::new(TOTAL).map_err(Failure::doing(doing()))?;
    client.sign(commands::lock(number, reference, total, LEASE_SECONDS)).map_err(Failure::doing(doing()))
}

/// What is posted of a signed transition, and where.
pub(crate) fn step(signed: &Signed) -> Step {
    Step { path: signed.route().path.as_str().into(), jws: Arc::clone(signed.jws()) }
}

/// A client that only signs: it is never asked to connect.
pub(crate) fn client(actor: &Actor, chain: &ChainId) -> Result<Client, Failure> {
    let doing = || "making a client";
    let key = SigningKey::from_secret(actor.key.public().algorithm(), &actor.key.secret())
        .map_err(|_| Failure::new("a key of the cast cannot be used"))?;
    let endpoints = Endpoints::one("http://127.0.0.1").map_err(Failure::doing(doing()))?;
    let identity = Identity::new(actor.party.clone(), key);
    Client::new(endpoints, chain.clone(), Some(identity)).map_err(Failure::doing(doing()))
}
