//! Claim proofs that are checked ahead of a batch change nothing of what comes of it.

use piao_chain::execute::{CheckedProofs, Executor};
use piao_domain::command::{ClaimSignature, Command, Transition};

use super::given::{World, limits, person};

/// Claims of four people: right, wrong, of another's proof, and of an invoice that nobody knows.
fn claims(world: &mut World) -> Vec<Transition> {
    let right = world.take(1, &person(1));
    let for_another = world.take(2, &person(1));
    let wrong = match world.take(3, &person(3)) {
        Command::ClaimTake { invoice, proof: Some(ClaimSignature(mut bytes)) } => {
            bytes[10] ^= 1;
            Command::ClaimTake { invoice, proof: Some(ClaimSignature(bytes)) }
        }
        other => panic!("{other:?}"),
    };
    let of_nothing = world.take(9, &person(4));
    [(1, right), (2, for_another), (3, wrong), (4, of_nothing)]
        .map(|(signer, command)| world.sign(&person(signer), command))
        .into()
}

#[test]
fn what_comes_of_a_batch_is_the_same_whoever_checked_its_proofs() {
    let mut world = World::town(1, 5, limits());
    (1..=3).for_each(|sequence| world.issue(sequence, None));
    let claims = claims(&mut world);
    let batch = claims.iter().collect::<Vec<_>>();
    let chain = world.executor.parameters().chain.clone();
    let checks = Executor::claim_checks(&world.state, &batch);
    assert_eq!(checks.len(), 3, "of what is there");
    let checked = checks.iter().map(|check| check.check(&chain)).collect::<Vec<_>>();
    assert_eq!(checked.iter().filter(|(_, _, right)| *right).count(), 1);
    // One that was checked under another key, as if it were of another invoice, counts for nothing.
    let other = piao_domain::content::ClaimKey::new([7; 32]);
    let under_another = checked.iter().map(|(id, _, right)| (*id, other, !right));
    let ahead = [CheckedProofs::default(), checked.iter().copied().collect(), under_another.collect()];
    let came = ahead.map(|proofs| {
        let mut state = world.state.clone();
        let executed = world.executor.execute_checked(&mut state, &batch, &proofs, world.now);
        (executed.expect("no invariant is broken"), state)
    });
    assert_eq!(came[0], came[1]);
    assert_eq!(came[0], came[2]);
    // What was found out is used: a verdict that is false changes what comes of it.
    let lie = checked.iter().map(|(id, key, right)| (*id, *key, !right)).collect();
    let lied = world.executor.execute_checked(&mut world.state.clone(), &batch, &lie, world.now);
    assert_ne!(lied.expect("no invariant is broken").outcomes, came[0].0.outcomes);
}
