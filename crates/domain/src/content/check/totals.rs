use crate::content::Content;
use crate::money::Fen;
use crate::rejection::{Check, Code, Finding, Rejection};

/// Amount and tax are exactly the sums of the lines', total is amount and tax together and above zero.
///
/// # Errors
/// `invoice.totals`, also where a sum is too large to be an amount.
pub fn totals(content: &Content) -> Result<(), Rejection> {
    let amount = Fen::sum(content.lines.iter().map(|line| line.amount));
    same("/amount", Check::TotalsAmount, amount, content.amount)?;
    let tax = Fen::sum(content.lines.iter().map(|line| line.tax));
    same("/tax", Check::TotalsTax, tax, content.tax)?;
    let total = content.amount.checked_add(content.tax);
    same("/total", Check::TotalsTotal, total, content.total)?;
    if content.total > Fen::ZERO {
        return Ok(());
    }
    let finding = Finding::new("/total", Check::TotalsPositive).wants_from(1);
    Err(refuse(finding, content.total))
}

fn same(pointer: &str, check: Check, expected: Option<Fen>, actual: Fen) -> Result<(), Rejection> {
    match expected {
        Some(expected) if expected == actual => Ok(()),
        Some(expected) => Err(refuse(Finding::new(pointer, check).wants(expected.get()), actual)),
        None => Err(refuse(Finding::new(pointer, Check::TotalsRange), actual)),
    }
}

fn refuse(finding: Finding, actual: Fen) -> Rejection {
    Rejection::member(Code::InvoiceTotals, finding.found(actual.get()))
}
