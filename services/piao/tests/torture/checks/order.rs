//! Real time: what was answered before another was sent stands before it in the log, whoever sent the two.

use super::Flaw;
use crate::history::Operation;
use crate::record::Record;

pub(super) fn check(operations: &[Operation], record: &Record) -> Vec<Flaw> {
    let decided = record.by_id();
    let placed = operations.iter().filter_map(|one| Some((one, decided.get(&one.id)?.receipt.index)));
    let placed = placed.collect::<Vec<_>>();
    let mut by_return =
        placed.iter().filter_map(|(one, index)| Some((one.returned?, *index))).collect::<Vec<_>>();
    by_return.sort_unstable();
    let mut by_invocation = placed;
    by_invocation.sort_by_key(|(one, _)| one.invoked);
    let (mut answered, mut highest, mut flaws) = (by_return.into_iter().peekable(), None, Vec::new());
    for (one, index) in by_invocation {
        while let Some((_, index)) = answered.next_if(|(returned, _)| *returned < one.invoked) {
            highest = highest.max(Some(index));
        }
        if highest.is_some_and(|highest| highest > index) {
            flaws.push(format!("{} stands at {index}, before what was answered before it was sent", one.id));
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::super::example::Example;
    use super::*;

    #[test]
    fn what_stands_before_an_earlier_answer_is_found() {
        let Example { mut operations, record } = Example::new();
        assert_eq!(check(&operations, &record), Vec::<Flaw>::new());
        // Who was never told may stand anywhere after it was sent, and nowhere before.
        operations[1].returned = None;
        assert_eq!(check(&operations, &record), Vec::<Flaw>::new());
        let mut swapped = record.clone();
        let index = swapped.decisions[2].receipt.index;
        swapped.decisions[2].receipt.index = swapped.decisions[0].receipt.index;
        swapped.decisions[0].receipt.index = index;
        assert!(!check(&operations, &swapped).is_empty());
        operations[0].returned = None;
        operations[3].returned = None;
        assert_eq!(check(&operations, &swapped), Vec::<Flaw>::new());
    }
}
