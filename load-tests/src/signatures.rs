//! How many signatures this machine verifies and does nothing else: what no ledger can exceed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use k256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use k256::ecdsa::{Signature, SigningKey};

use crate::failure::Failure;
use crate::measured::{Row, Run};
use crate::part::Part;
use crate::plan::Plan;

/// Signatures in the corpus; more than a cache holds ready.
const SIGNATURES: usize = 4096;

/// Verifies on all cores, with `k256`, whatever the protocol uses.
pub(crate) fn measure(plan: &Plan) -> Result<Row, Failure> {
    let key = SigningKey::from_slice(&[7; 32]).map_err(Failure::doing("making a key"))?;
    let corpus = (0..SIGNATURES).map(|place| {
        let mut digest = [0x5a; 32];
        digest[..8].copy_from_slice(&(place as u64).to_be_bytes());
        key.sign_prehash(&digest).map(|signature: Signature| (digest, signature))
    });
    let corpus = corpus.collect::<Result<Vec<_>, _>>().map_err(Failure::doing("signing"))?;
    let mut row = Row::new(Part::Signatures, "k256 verification alone, all cores", "signatures");
    row.runs.extend((0..plan.repetitions).map(|_| run(plan, &key, &corpus)));
    Ok(row)
}

fn run(plan: &Plan, key: &SigningKey, corpus: &[([u8; 32], Signature)]) -> Run {
    let (stop, verified, wrong) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                for (digest, signature) in corpus.iter().cycle() {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    match key.verifying_key().verify_prehash(digest, signature) {
                        Ok(()) => verified.fetch_add(1, Ordering::Relaxed),
                        Err(_) => wrong.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
        thread::sleep(plan.warm_up);
        let (before, since) = (verified.load(Ordering::Relaxed), Instant::now());
        thread::sleep(plan.measured);
        let done = verified.load(Ordering::Relaxed) - before;
        let seconds = since.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        Run { seconds, done, failed: wrong.load(Ordering::Relaxed), ..Run::default() }
    })
}
