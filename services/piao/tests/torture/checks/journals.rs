//! What is in a journal when everything is well again is gone from it in time. Clients go on, and new rows come all the
//! while: so it is held by row, and never by how many there are.

use std::collections::BTreeSet;
use std::time::Duration;

use piao_domain::ids::TransitionId;

use super::Flaw;

/// The promise: so long after everything is well no journal holds anything of before.
pub(crate) const GONE_WITHIN: Duration = Duration::from_secs(60);

/// Open rows, each by the schema that its journal is in: what came by two services is in two journals.
pub(crate) type Rows = BTreeSet<(String, TransitionId)>;

/// From what was not gone before and what is open now, so long after everything was well, to what is still waited for, and
/// to what should be gone. A row that was gone once and is there again was written since.
pub(crate) fn look(old: &Rows, open: &Rows, after: Duration) -> (Rows, Vec<Flaw>) {
    let left = old.intersection(open);
    if after <= GONE_WITHIN {
        return (left.cloned().collect(), Vec::new());
    }
    let late = left.map(|(schema, id)| format!("{id} is in {schema}.journal {after:?} after all was well"));
    (Rows::new(), late.collect())
}

#[cfg(test)]
mod tests {
    use super::super::example::Example;
    use super::*;

    #[test]
    fn a_row_of_before_that_stays_is_found_among_new_ones() {
        let Example { operations, .. } = Example::new();
        let rows = |rows: &[(&str, usize)]| {
            rows.iter().map(|(schema, place)| ((*schema).to_owned(), operations[*place].id)).collect::<Rows>()
        };
        let late = GONE_WITHIN + Duration::from_millis(1);
        let old = rows(&[("claims", 0), ("gateway", 0), ("gateway", 1)]);
        let new = rows(&[("claims", 1), ("gateway", 2), ("gateway", 3)]);
        // As many as before, and none of them.
        assert_eq!(look(&old, &new, late), (Rows::new(), Vec::new()));
        let (stays, among) = (rows(&[("claims", 0)]), &new | &rows(&[("claims", 0)]));
        assert_eq!(look(&old, &among, GONE_WITHIN), (stays.clone(), Vec::new()));
        let (waited_for, flaws) = look(&stays, &among, late);
        assert_eq!((waited_for, flaws.len()), (Rows::new(), 1));
        assert!(flaws[0].contains("is in claims.journal 60.001s after"), "{flaws:?}");
        // The last look found all three of them.
        assert_eq!(look(&old, &old, late).1.len(), 3);
        // Gone, and written once more.
        let (waited_for, _) = look(&old, &stays, GONE_WITHIN);
        assert_eq!(look(&waited_for, &old, late).1.len(), 1);
    }
}
