//! The ids decided are the ids submitted, each once.

use std::collections::{BTreeMap, BTreeSet};

use super::Flaw;
use crate::history::Operation;
use crate::record::Record;

pub(super) fn check(operations: &[Operation], record: &Record) -> Vec<Flaw> {
    let submitted = operations.iter().map(|operation| operation.id).collect::<BTreeSet<_>>();
    let mut decided = BTreeMap::new();
    for decision in &record.decisions {
        decided.entry(decision.receipt.transition).or_insert_with(Vec::new).push(decision.receipt.height);
    }
    let missing = submitted.iter().filter(|id| !decided.contains_key(id));
    let missing = missing.map(|id| format!("{id} was submitted and is not decided"));
    let foreign = decided.keys().filter(|id| !submitted.contains(id));
    let foreign = foreign.map(|id| format!("{id} is decided and nobody submitted it"));
    let twice = decided.iter().filter(|(_, heights)| heights.len() > 1);
    let twice = twice.map(|(id, heights)| format!("{id} is decided in blocks {heights:?}"));
    missing.chain(foreign).chain(twice).collect()
}

/// Said apart: what was answered 202 was not sent again after the faults.
pub(super) fn recorded(operations: &[Operation], record: &Record) -> Vec<Flaw> {
    let decided = record.by_id();
    let lost = operations.iter().filter(|one| one.recorded && !decided.contains_key(&one.id));
    lost.map(|one| format!("{} was answered 202 and is not decided", one.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::Example;
    use super::*;

    #[test]
    fn a_lost_a_foreign_and_a_doubled_decision_are_found() {
        let Example { mut operations, record } = Example::new();
        assert_eq!(check(&operations, &record), Vec::<Flaw>::new());
        let mut lost = record.clone();
        let gone = lost.decisions.remove(1).receipt.transition;
        assert_eq!(check(&operations, &lost), [format!("{gone} was submitted and is not decided")]);
        assert_eq!(recorded(&operations, &lost), Vec::<Flaw>::new());
        operations[1].recorded = true;
        assert_eq!(recorded(&operations, &record), Vec::<Flaw>::new());
        assert_eq!(recorded(&operations, &lost), [format!("{gone} was answered 202 and is not decided")]);
        let mut doubled = record.clone();
        doubled.decisions.push(record.decisions[0].clone());
        assert!(check(&operations, &doubled)[0].contains("is decided in blocks [1, 1]"));
        let first = operations.remove(0).id;
        assert_eq!(check(&operations, &record), [format!("{first} is decided and nobody submitted it")]);
    }
}
