//! Whether a storm kept the promise: who won, and whether everybody's receipt is in the log.

use std::collections::BTreeMap;

use piao_client::{Client, Endpoints, Identity};
use piao_domain::rejection::Code;
use piao_protocol::checkpoint::NoteKey;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::SigningKey;
use piao_protocol::outcome::Outcome as Decided;
use piao_protocol::proof::verify_bundle;
use piao_protocol::receipt::Receipt;
use serde::Deserialize;

use super::Storm;
use super::log::Log;
use super::prepare::{Attempt, nonce};
use super::run::{Outcome, Told};
use crate::failure::Failure;
use crate::http::{Answer, Meaning};
use crate::platform::Platform;
use crate::tally::surprise;

/// The member of a problem document that is looked at.
#[derive(Deserialize)]
struct Refusal {
    receipt: Receipt,
}

/// Looks up every receipt.
pub(super) async fn of(platform: &Platform, outcome: &Outcome) -> Result<Storm, Failure> {
    let mut storm = Storm { seconds: outcome.run.seconds, ..Storm::default() };
    let mut receipts = Vec::with_capacity(outcome.told.len());
    let mut attempts = vec![0; outcome.attempts.len()];
    for told in &outcome.told {
        attempts[told.enterprise] += 1;
        match receipt(told) {
            Ok(receipt) => receipts.push((told, receipt)),
            Err(odd) => storm.odd = storm.odd.or(Some(odd)),
        }
    }
    storm.attempts_each_least = attempts.into_iter().min().unwrap_or(0);
    let newest = receipts.iter().map(|(_, receipt)| receipt.index).max().unwrap_or(0);
    let key = log_key(platform)?;
    let log = Log::read(platform.address, &key, newest).await?;
    let mut winners = BTreeMap::<_, u64>::new();
    for (told, receipt) in &receipts {
        let attempt = &outcome.attempts[told.enterprise][told.place];
        match &receipt.outcome {
            Decided::Accepted(_) => {
                storm.accepted += 1;
                *winners.entry(attempt.invoice).or_default() += 1;
            }
            Decided::Rejected(rejection) => {
                storm.refused += 1;
                if rejection.code != Code::LockExists {
                    storm.odd.get_or_insert_with(|| rejection.code.as_str().to_owned());
                }
            }
        }
        let held = receipt.transition == attempt.id && log.holds(receipt, &nonce(attempt)?);
        storm.receipts_in_log += u64::from(held);
    }
    storm.invoices_with_one_winner = winners.values().filter(|times| **times == 1).count() as u64;
    storm.bundles_verified = bundles(platform, outcome, &receipts, &key).await?;
    Ok(storm)
}

/// The receipt that an answer brought, or what it brought instead.
fn receipt(told: &Told) -> Result<Receipt, String> {
    let odd = || surprise(&told.answer);
    let answer = told.answer.as_ref().map_err(|_| odd())?;
    match answer.meaning() {
        Meaning::Accepted => accepted(answer),
        Meaning::Refused => serde_json::from_slice::<Refusal>(&answer.body).ok().map(|told| told.receipt),
        Meaning::Later | Meaning::Failed => None,
    }
    .ok_or_else(odd)
}

fn accepted(answer: &Answer) -> Option<Receipt> {
    Receipt::parse(std::str::from_utf8(&answer.body).ok()?).ok()
}

fn log_key(platform: &Platform) -> Result<NoteKey, Failure> {
    let jwk =
        Jwk::new(platform.cast.chain.log_key().public()).map_err(Failure::doing("reading the log's key"))?;
    NoteKey::of_log(platform.cast.chain.id(), &jwk).ok_or_else(|| Failure::new("the log has no such key"))
}

/// Verifies the proof bundle of one refusal an enterprise, as whoever was refused would: offline, with the log's key.
async fn bundles(
    platform: &Platform,
    outcome: &Outcome,
    receipts: &[(&Told, Receipt)],
    key: &NoteKey,
) -> Result<u64, Failure> {
    let doing = || "asking for the proof of a refusal";
    let mut verified = 0;
    for (place, buyer) in platform.cast.enterprises.buyers.iter().enumerate() {
        let refused = |(told, receipt): &&(&Told, Receipt)| {
            told.enterprise == place && matches!(receipt.outcome, Decided::Rejected(_))
        };
        let Some((told, _)) = receipts.iter().rfind(refused) else { continue };
        let Attempt { id, .. } = &outcome.attempts[place][told.place];
        let secret = SigningKey::from_secret(buyer.key.public().algorithm(), &buyer.key.secret());
        let secret = secret.map_err(Failure::doing(doing()))?;
        let endpoints =
            Endpoints::one(&format!("http://{}", platform.address)).map_err(Failure::doing(doing()))?;
        let identity = Identity::new(buyer.party.clone(), secret);
        let client = Client::new(endpoints, platform.cast.chain.id().clone(), Some(identity));
        let client = client.map_err(Failure::doing(doing()))?;
        let bundle = client.proof(id).await.map_err(Failure::doing(doing()))?;
        let checked = verify_bundle(bundle.as_bytes(), std::slice::from_ref(key));
        checked.map_err(Failure::doing("verifying the proof of a refusal"))?;
        verified += 1;
    }
    Ok(verified)
}
