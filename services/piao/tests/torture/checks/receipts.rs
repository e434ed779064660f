//! Every receipt that anybody was handed says what the chain says: outcome, height, index, block and time.

use super::Flaw;
use crate::history::Operation;
use crate::record::Record;

pub(super) fn check(operations: &[Operation], record: &Record) -> Vec<Flaw> {
    let decided = record.by_id();
    let handed_out = operations.iter().flat_map(|operation| &operation.receipts);
    let wrong = handed_out.filter(|receipt| {
        decided.get(&receipt.transition).is_none_or(|decision| decision.receipt != **receipt)
    });
    wrong.map(|receipt| format!("this receipt is not what the chain says: {receipt:?}")).collect()
}

#[cfg(test)]
mod tests {
    use piao_domain::rejection::Code;
    use piao_domain::time::Time;
    use piao_protocol::outcome::Outcome;
    use piao_protocol::receipt::Receipt;

    use super::super::example::Example;
    use super::*;

    #[test]
    fn a_receipt_that_differs_in_any_member_is_found() {
        let Example { operations, record } = Example::new();
        assert_eq!(check(&operations, &record), Vec::<Flaw>::new());
        let changes: [fn(&mut Receipt); 5] = [
            |receipt| receipt.outcome = Outcome::Rejected(Code::LockExists.into()),
            |receipt| receipt.height += 1,
            |receipt| receipt.index += 1,
            |receipt| receipt.block = piao_protocol::digest::BlockHash::new([9; 32]),
            |receipt| receipt.time = Time::from_unix(receipt.time.unix() + 1),
        ];
        for change in changes {
            // The second receipt of one who asked twice.
            let mut told = operations.clone();
            let mut other = told[0].receipts[0].clone();
            change(&mut other);
            told[0].receipts.push(other);
            assert_eq!(check(&told, &record).len(), 1);
        }
    }
}
