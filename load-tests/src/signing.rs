//! What signing costs whoever signs: the Rust client, live, on all cores. In every other row it is done beforehand.

use std::time::Instant;

use piao_domain::key::Algorithm;
use piao_domain::time::Time;

use crate::cast::{Cast, Enterprises, unasked_segments};
use crate::corpus::Corpus;
use crate::failure::Failure;
use crate::measured::{Row, Run};
use crate::part::Part;
use crate::plan::Plan;

/// Lives signed between two looks at the clock.
const LIVES: u64 = 500;

/// Signs with each algorithm.
pub(crate) fn measure(plan: &Plan, now: Time, mut progress: impl FnMut(Row)) -> Result<(), Failure> {
    let cast = Cast::new(now)?;
    for (algorithm, name) in
        [(Algorithm::Es256k, "ES256K"), (Algorithm::Es256, "ES256"), (Algorithm::EdDsa, "EdDSA")]
    {
        let corpus = Corpus::new(cast.chain.id(), &Enterprises::new(algorithm)?, &unasked_segments()?)?;
        let mut row = Row::new(Part::Signing, format!("live signing with {name}, all cores"), "transitions");
        for _ in 0..plan.repetitions {
            row.runs.push(run(plan, &corpus)?);
        }
        progress(row);
    }
    Ok(())
}

fn run(plan: &Plan, corpus: &Corpus) -> Result<Run, Failure> {
    let (since, mut done) = (Instant::now(), 0);
    while since.elapsed() < plan.measured {
        done += corpus.sign(LIVES)?.iter().map(|life| life.steps.len() as u64).sum::<u64>();
    }
    Ok(Run { seconds: since.elapsed().as_secs_f64(), done, ..Run::default() })
}
