//! Transitions signed before the clock starts, by the client that everybody uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use piao_client::{Client, Draft, Endpoints, Identity, Signed, commands};
use piao_domain::ids::{ChainId, ClaimRef};
use piao_domain::invoice::LockUse;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::time::Time;
use piao_protocol::json;
use piao_protocol::jws::{READ_TOKEN_SECONDS_MAX, SigningKey};
use piao_testkit::actor::Actor;
use piao_testkit::body;
use rayon::prelude::*;

use crate::cast::Enterprises;
use crate::failure::Failure;
use crate::http::{Read, Step};

/// What an invoice of [`body::issue`] comes to, in fen.
const TOTAL: i64 = 10_600;
const LEASE_SECONDS: u32 = 86_400;

/// How far an invoice comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Until {
    Issued,
    /// By the enterprise that bought, after it claimed it.
    Locked,
    /// Booked and settled by it, too: nothing can be done with it any more.
    Settled,
}

impl Until {
    /// Steps up to there.
    pub(crate) const fn steps(self) -> u32 {
        match self {
            Self::Issued => 1,
            Self::Locked => 3,
            Self::Settled => 5,
        }
    }
}

/// The steps of an invoice, and what is read meanwhile.
pub(crate) struct Life {
    pub(crate) invoice: InvoiceNumber,
    /// The place of its buyer among all buyers.
    buyer: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) reads: Vec<Arc<Read>>,
}

impl Life {
    /// The same again, with nothing to read.
    pub(crate) fn without_reads(&self) -> Self {
        Self { steps: self.steps.clone(), reads: Vec::new(), ..*self }
    }

    /// Leaves the first steps, and gives what comes after them.
    pub(crate) fn split_off(&mut self, first: usize) -> Self {
        Self { steps: self.steps.split_off(first), reads: Vec::new(), ..*self }
    }
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

    /// Signs so many lives up to their locks, now, on all cores. They can be submitted for ten minutes.
    pub(crate) fn sign(&self, lives: u64) -> Result<Vec<Life>, Failure> {
        self.sign_until(Until::Locked, lives)
    }

    /// As [`Self::sign`], no more than the issue of each.
    pub(crate) fn sign_issues(&self, lives: u64) -> Result<Vec<Life>, Failure> {
        self.sign_until(Until::Issued, lives)
    }

    /// As [`Self::sign`], so far.
    pub(crate) fn sign_until(&self, until: Until, lives: u64) -> Result<Vec<Life>, Failure> {
        let first = self.signed.fetch_add(lives, Ordering::Relaxed);
        (first..first + lives).into_par_iter().map(|place| self.life(place, until)).collect()
    }

    /// As [`Self::sign_issues`], all by one issuer.
    pub(crate) fn sign_issues_of_one(&self, lives: u64) -> Result<Vec<Life>, Failure> {
        let issuers = self.issuers.len() as u64;
        let first = self.signed.fetch_add((lives + 1) * issuers, Ordering::Relaxed).next_multiple_of(issuers);
        let places = (0..lives).into_par_iter().map(|life| first + life * issuers);
        places.map(|place| self.life(place, Until::Issued)).collect()
    }

    /// What the buyer of a life reads of its invoice, for the next minutes.
    pub(crate) fn reads(&self, lives: &[Life], now: Time) -> Result<Vec<Arc<Read>>, Failure> {
        let token = |buyer: &Buyer| {
            let identity = buyer.client.identity().ok_or_else(|| Failure::new("a client of nobody"))?;
            let until = now.plus(i64::try_from(READ_TOKEN_SECONDS_MAX).unwrap_or(0));
            let token = identity.key().sign_read_token(identity.party(), buyer.client.chain(), now, until);
            Ok(Arc::<str>::from(token))
        };
        let tokens = self.buyers.iter().map(token).collect::<Result<Vec<_>, Failure>>()?;
        let read = |life: &Life| {
            let path = format!("/v1/invoices/{}", life.invoice).into_boxed_str();
            Arc::new(Read { path, token: Arc::clone(&tokens[life.buyer]) })
        };
        Ok(lives.iter().map(read).collect())
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
        (first..first + lives).into_par_iter().map(|place| self.life(place, Until::Locked)).collect()
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

    fn life(&self, place: u64, until: Until) -> Result<Life, Failure> {
        let doing = || "signing a load test's transition";
        let (issuer, number) = self.number_of(place)?;
        let enterprises = self.issuers.len() as u64;
        let at = index(place / enterprises, enterprises);
        let Buyer { client: buyer, draft } = &self.buyers[at];
        let sign = |command| buyer.sign(command).map_err(Failure::doing(doing()));
        let mut signed = vec![issuer.sign_invoice(draft, &number, None).map_err(Failure::doing(doing()))?];
        if until >= Until::Locked {
            let lock = lock(buyer, number, "R-1")?;
            // The first lock of an invoice has the first token.
            let made = LockUse { id: lock.id(), token: 1 };
            signed.extend([sign(commands::claim_as_buyer(number))?, lock]);
            if until >= Until::Settled {
                signed.extend([sign(commands::book(number, true))?, sign(commands::settle(number, made))?]);
            }
        }
        let steps = signed.iter().map(step).collect();
        Ok(Life { invoice: number, buyer: at, steps, reads: Vec::new() })
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
