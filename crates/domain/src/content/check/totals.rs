use crate::content::Content;
use crate::money::Fen;
use crate::rejection::{Code, Finding, Rejection};

/// Amount and tax are exactly the sums of the lines', total is amount and tax together and above zero.
///
/// # Errors
/// `invoice.totals`, also where a sum is too large to be an amount.
pub fn totals(content: &Content) -> Result<(), Rejection> {
    let amount = Fen::sum(content.lines.iter().map(|line| line.amount));
    same("/amount", amount, content.amount)?;
    let tax = Fen::sum(content.lines.iter().map(|line| line.tax));
    same("/tax", tax, content.tax)?;
    same("/total", content.amount.checked_add(content.tax), content.total)?;
    if content.total > Fen::ZERO { Ok(()) } else { Err(refuse("/total", "above 0", content.total)) }
}

fn same(pointer: &str, expected: Option<Fen>, actual: Fen) -> Result<(), Rejection> {
    match expected {
        Some(expected) if expected == actual => Ok(()),
        Some(expected) => Err(refuse(pointer, &expected.get().to_string(), actual)),
        None => Err(refuse(pointer, "a sum within ±9007199254740991", actual)),
    }
}

fn refuse(pointer: &str, expected: &str, actual: Fen) -> Rejection {
    Rejection::member(Code::InvoiceTotals, Finding::new(pointer, expected, actual.get()))
}
