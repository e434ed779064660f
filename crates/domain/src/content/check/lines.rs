use std::fmt;

use crate::content::{Content, Entered, Line, Measure, Nature, Treatment};
use crate::decimal::Decimal;
use crate::money::Fen;
use crate::rejection::{Code, Finding, Rejection};

/// Each line's amount follows from its measure and its tax from its treatment and way of entry; a discount follows
/// the line that it takes off from, and each such line has one.
///
/// # Errors
/// `invoice.line_tax`.
pub fn lines(content: &Content) -> Result<(), Rejection> {
    let mut before: Option<&Line> = None;
    for (index, line) in content.lines.iter().enumerate() {
        let at = At(index);
        match line.nature {
            Nature::Normal => at.sold(line)?,
            Nature::Discounted => {
                at.sold(line)?;
                let next = content.lines.get(index + 1).map(|next| next.nature);
                if next != Some(Nature::Discount) {
                    return Err(at.refuse("nature", "normal, or a discount right after it", "discounted"));
                }
            }
            Nature::Discount => at.discount(line, before)?,
        }
        at.tax(line)?;
        before = Some(line);
    }
    Ok(())
}

/// A line's index, which begins every pointer into it.
#[derive(Clone, Copy)]
struct At(usize);

impl At {
    /// What holds for a line that is not a discount.
    fn sold(self, line: &Line) -> Result<(), Rejection> {
        if line.amount <= Fen::ZERO {
            return Err(self.refuse("amount", "above 0", line.amount.get()));
        }
        let Some(Measure { quantity, price }) = line.measure else {
            return Ok(());
        };
        if !quantity.is_positive() {
            return Err(self.refuse("quantity", "above 0", quantity));
        }
        if !price.is_positive() {
            return Err(self.refuse("price", "above 0", price));
        }
        if Decimal::product_is_within_one_fen(price, quantity, line.amount) {
            return Ok(());
        }
        Err(match Decimal::product(price, quantity) {
            Some(product) => self.refuse("amount", product.get(), line.amount.get()),
            None => self.refuse("amount", "price × quantity, at most 9007199254740991", line.amount.get()),
        })
    }

    /// What holds for a discount line, given the line before it.
    fn discount(self, line: &Line, before: Option<&Line>) -> Result<(), Rejection> {
        let Some(sold) = before.filter(|before| before.nature == Nature::Discounted) else {
            return Err(self.refuse("nature", "a discounted line right before it", "discount"));
        };
        if line.category != sold.category {
            return Err(self.refuse("category", sold.category, line.category));
        }
        if line.item != sold.item {
            return Err(self.refuse("item", &sold.item, &line.item));
        }
        if line.treatment != sold.treatment {
            return Err(self.refuse("treatment", sold.treatment, line.treatment));
        }
        if let Some(measure) = line.measure {
            return Err(self.refuse("quantity", "none on a discount line", measure.quantity));
        }
        if !line.amount.is_negative() {
            return Err(self.refuse("amount", "below 0", line.amount.get()));
        }
        if line.amount.abs() > sold.amount {
            return Err(self.refuse("amount", at_least(sold.amount), line.amount.get()));
        }
        // Entered the other way than the line before it, a discount of everything could take back a fen more tax
        // than that line bore.
        if line.tax.abs() > sold.tax {
            return Err(self.refuse("tax", at_least(sold.tax), line.tax.get()));
        }
        Ok(())
    }

    /// Tax by treatment and way of entry, to the fen. The same way for a negative amount, so that the tax of a
    /// discount is never positive.
    fn tax(self, line: &Line) -> Result<(), Rejection> {
        let rate = match line.treatment {
            Treatment::Taxed(rate) => rate,
            Treatment::Exempt | Treatment::NotTaxed if line.tax == Fen::ZERO => return Ok(()),
            Treatment::Exempt | Treatment::NotTaxed => return Err(self.refuse("tax", 0, line.tax.get())),
        };
        match line.entered {
            Entered::Net => {
                let tax = rate.half_up(line.amount);
                if line.tax == tax { Ok(()) } else { Err(self.refuse("tax", tax.get(), line.tax.get())) }
            }
            Entered::Gross => {
                let Some(total) = line.amount.checked_add(line.tax) else {
                    return Err(self.refuse("tax", "amount + tax within ±9007199254740991", line.tax.get()));
                };
                let amount = rate.net_of_gross(total);
                if line.amount == amount {
                    Ok(())
                } else {
                    Err(self.refuse("amount", amount.get(), line.amount.get()))
                }
            }
        }
    }

    fn refuse(self, member: &str, expected: impl fmt::Display, actual: impl fmt::Display) -> Rejection {
        let Self(index) = self;
        Rejection::member(
            Code::InvoiceLineTax,
            Finding::new(format!("/lines/{index}/{member}"), expected, actual),
        )
    }
}

fn at_least(sold: Fen) -> String {
    format!("at least {}", -sold.get())
}
