//! What a storm needs: invoices that sixteen enterprises may lock, and their attempts, signed beforehand.

use std::net::SocketAddr;
use std::sync::Arc;

use piao_client::{Client, Draft, Signed, commands};
use piao_domain::ids::TransitionId;
use piao_domain::number::InvoiceNumber;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::json;
use piao_testkit::body;
use rayon::prelude::*;
use tokio::task::JoinSet;

use super::INVOICES;
use crate::cast::Cast;
use crate::corpus::{client, lock, step};
use crate::failure::Failure;
use crate::http::{Connection, Meaning, Step};
use crate::platform::Platform;
use crate::tally::surprise;

/// A lock that an enterprise tries.
pub(super) struct Attempt {
    pub(super) step: Step,
    pub(super) id: TransitionId,
    pub(super) invoice: InvoiceNumber,
}

/// Issues invoices to whoever has their claim key, lets one enterprise claim them and present them to all buyers.
pub(super) async fn invoices(platform: &Platform) -> Result<Vec<InvoiceNumber>, Failure> {
    let chain = platform.cast.chain.id();
    let issuers = &platform.cast.enterprises.issuers;
    let clients = issuers.iter().map(|actor| client(actor, chain)).collect::<Result<Vec<_>, _>>()?;
    let mut numbers = Vec::with_capacity(INVOICES);
    let mut deciding = JoinSet::new();
    for place in 0..INVOICES {
        let (issuer, number) = platform.corpus.next()?;
        // An issuer can never claim its own invoice.
        let own = issuer.identity().map(|identity| identity.party().clone());
        let holder =
            clients.iter().find(|client| client.identity().map(|holder| holder.party()) != own.as_ref());
        let holder = holder.ok_or_else(|| Failure::new("nobody else is there to hold an invoice"))?;
        let steps = steps(platform, issuer, holder, number, place)?;
        deciding.spawn(decide(platform.address, steps));
        numbers.push(number);
    }
    while let Some(ended) = deciding.join_next().await {
        ended.map_err(Failure::doing("preparing a lock storm"))??;
    }
    Ok(numbers)
}

fn steps(
    platform: &Platform,
    issuer: &Client,
    holder: &Client,
    number: InvoiceNumber,
    place: usize,
) -> Result<Vec<Step>, Failure> {
    let doing = || "signing what comes before a lock storm";
    let chain = platform.cast.chain.id();
    let mut seed = [0x5e; 32];
    seed[0] = u8::try_from(place).unwrap_or(0);
    let secret = ClaimSecret::from_seed(&seed);
    let written = json::from_str(&body::issue("", None, None)).map_err(Failure::doing(doing()))?;
    let party = |client: &Client| {
        client
            .identity()
            .map(|identity| identity.party().clone())
            .ok_or_else(|| Failure::new("a client of nobody"))
    };
    let draft = Draft::new(party(issuer)?, written, None);
    let issue = issuer.sign_invoice(&draft, &number, Some(&secret.key())).map_err(Failure::doing(doing()))?;
    let sign = |command| holder.sign(command).map_err(Failure::doing(doing()));
    let mut signed = vec![issue, sign(commands::claim_with(&secret, chain, number, &party(holder)?))?];
    for buyer in &platform.cast.enterprises.buyers {
        let to = buyer.party.enterprise().ok_or_else(|| Failure::new("a buyer that is no enterprise"))?;
        signed.push(sign(commands::present(number, *to))?);
    }
    Ok(signed.iter().map(step).collect())
}

async fn decide(address: SocketAddr, steps: Vec<Step>) -> Result<(), Failure> {
    let mut connection = Connection::open(address).await?;
    for step in steps {
        let answer = connection.post(&step).await;
        if answer.as_ref().map_or(Meaning::Failed, crate::http::Answer::meaning) != Meaning::Accepted {
            return Err(Failure::new(format!("a lock storm could not begin: {}", surprise(&answer))));
        }
    }
    Ok(())
}

/// For each buyer so many locks of one invoice after the other, each under a reference of its own.
pub(super) fn attempts(
    cast: &Cast,
    invoices: &[InvoiceNumber],
    storm: u32,
    each: u64,
) -> Result<Vec<Vec<Attempt>>, Failure> {
    let buyers = cast.enterprises.buyers.iter().enumerate();
    let all = buyers.map(|(place, buyer)| {
        let client = client(buyer, cast.chain.id())?;
        let attempt = |attempt: u64| {
            // Not all begin with the same invoice.
            let of = (usize::try_from(attempt).unwrap_or(0) + 4 * place) % invoices.len();
            let signed: Signed = lock(&client, invoices[of], &format!("S{storm}-{attempt}"))?;
            Ok(Attempt { step: step(&signed), id: signed.id(), invoice: invoices[of] })
        };
        (0..each).into_par_iter().map(attempt).collect()
    });
    all.collect()
}

/// The nonce of what was signed.
pub(super) fn nonce(attempt: &Attempt) -> Result<piao_protocol::jws::Nonce, Failure> {
    let read = piao_protocol::jws::Unverified::parse(Arc::clone(&attempt.step.jws));
    Ok(read.map_err(Failure::doing("reading what was signed"))?.claims().nonce.clone())
}
