//! Transitions signed before the clock starts, by the client that everybody uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use piao_client::{Client, Draft, Endpoints, Identity, Signed, commands};
use piao_domain::ids::{ChainId, ClaimRef};
use piao_domain::key::Algorithm;
use piao_domain::money::Fen;
use piao_domain::number::Segment;
use piao_protocol::json;
use piao_protocol::jws::SigningKey;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use rayon::prelude::*;

use crate::cast::Cast;
use crate::failure::Failure;
use crate::http::Step;

/// What an invoice of [`body::issue`] comes to, in fen.
const TOTAL: i64 = 10_600;
const LEASE_SECONDS: u32 = 86_400;

/// The first three steps of an invoice: issued, claimed by the enterprise that bought, locked by it.
pub(crate) struct Life {
    pub(crate) steps: [Step; 3],
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
    /// A corpus of a cast whose issuers were granted these segments.
    pub(crate) fn new(cast: &Cast, segments: &[Segment]) -> Result<Self, Failure> {
        let chain = cast.chain.id();
        let issuers =
            cast.issuers.iter().zip(segments).map(|(issuer, segment)| Ok((client(issuer, chain)?, *segment)));
        let seller = cast.issuers.first().ok_or_else(|| Failure::new("a cast of nobody"))?;
        let buyers = cast.buyers.iter().map(|buyer| {
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
        let first = self.signed.fetch_add(lives, Ordering::Relaxed);
        (first..first + lives).into_par_iter().map(|place| self.life(place)).collect()
    }

    fn life(&self, place: u64) -> Result<Life, Failure> {
        let enterprises = self.issuers.len() as u64;
        let at = |place: u64| usize::try_from(place % enterprises).unwrap_or(0);
        let (issuer, segment) = &self.issuers[at(place)];
        let Buyer { client: buyer, draft } = &self.buyers[at(place / enterprises)];
        let number = segment.number(segment.first() + place / enterprises);
        let number = number.ok_or_else(|| Failure::new("the issuers' numbers are used up"))?;
        let doing = || "signing a load test's transition";
        let issue = issuer.sign_invoice(draft, &number, None).map_err(Failure::doing(doing()))?;
        let claim = buyer.sign(commands::claim_as_buyer(number)).map_err(Failure::doing(doing()))?;
        let reference = ClaimRef::parse("R-1").map_err(Failure::doing(doing()))?;
        let total = Fen::new(TOTAL).map_err(Failure::doing(doing()))?;
        let lock = buyer
            .sign(commands::lock(number, reference, total, LEASE_SECONDS))
            .map_err(Failure::doing(doing()))?;
        Ok(Life { steps: [issue, claim, lock].map(|signed| step(&signed)) })
    }
}

fn step(signed: &Signed) -> Step {
    Step { path: signed.route().path.as_str().into(), jws: Arc::clone(signed.jws()) }
}

/// A client that only signs: it is never asked to connect.
fn client(actor: &Actor, chain: &ChainId) -> Result<Client, Failure> {
    let doing = || "making a client";
    let key = SigningKey::from_secret(Algorithm::Es256k, &actor.key.secret())
        .map_err(|_| Failure::new("a key of the cast cannot be used"))?;
    let endpoints = Endpoints::one("http://127.0.0.1").map_err(Failure::doing(doing()))?;
    let identity = Identity::new(actor.party.clone(), key);
    Client::new(endpoints, chain.clone(), Some(identity)).map_err(Failure::doing(doing()))
}
