use crate::content::{Content, Entered, Line, Measure, Nature, Treatment};
use crate::decimal::Decimal;
use crate::money::Fen;
use crate::rejection::{Check, Code, Finding, Rejection};

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
                    let finding = at.finding("nature", Check::LineDiscounted);
                    return Err(refuse(finding.wants("normal").found("discounted")));
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
        let amount = line.amount.get();
        if line.amount <= Fen::ZERO {
            let finding = self.finding("amount", Check::LineAmountPositive);
            return Err(refuse(finding.wants_from(1).found(amount)));
        }
        let Some(Measure { quantity, price }) = line.measure else {
            return Ok(());
        };
        if !quantity.is_positive() {
            return Err(refuse(self.finding("quantity", Check::LineQuantityPositive).found(quantity)));
        }
        if !price.is_positive() {
            return Err(refuse(self.finding("price", Check::LinePricePositive).found(price)));
        }
        if Decimal::product_is_within_one_fen(price, quantity, line.amount) {
            return Ok(());
        }
        let finding = match Decimal::product(price, quantity) {
            Some(product) => self.finding("amount", Check::LineAmount).wants(product.get()),
            None => self.finding("amount", Check::LineAmountRange),
        };
        Err(refuse(finding.found(amount)))
    }

    /// What holds for a discount line, given the line before it.
    fn discount(self, line: &Line, before: Option<&Line>) -> Result<(), Rejection> {
        let Some(sold) = before.filter(|before| before.nature == Nature::Discounted) else {
            return Err(refuse(self.finding("nature", Check::DiscountPlace).found("discount")));
        };
        self.same_as_sold(line, sold)?;
        if let Some(measure) = line.measure {
            return Err(refuse(self.finding("quantity", Check::DiscountMeasure).found(measure.quantity)));
        }
        let (amount, tax) = (line.amount.get(), line.tax.get());
        if !line.amount.is_negative() {
            let finding = self.finding("amount", Check::DiscountNegative);
            return Err(refuse(finding.wants_up_to(-1).found(amount)));
        }
        if line.amount.abs() > sold.amount {
            let finding = self.finding("amount", Check::DiscountAmount);
            return Err(refuse(finding.wants_from(-sold.amount.get()).found(amount)));
        }
        // Entered the other way than the line before it, a discount of everything could take back a fen more tax
        // than that line bore.
        if line.tax.abs() > sold.tax {
            let finding = self.finding("tax", Check::DiscountTax);
            return Err(refuse(finding.wants_from(-sold.tax.get()).found(tax)));
        }
        Ok(())
    }

    /// A discount bills what the line before it bills.
    fn same_as_sold(self, line: &Line, sold: &Line) -> Result<(), Rejection> {
        if line.category != sold.category {
            let finding = self.finding("category", Check::DiscountCategory);
            return Err(refuse(finding.wants(sold.category).found(line.category)));
        }
        if line.item != sold.item {
            let finding = self.finding("item", Check::DiscountItem);
            return Err(refuse(finding.wants(&sold.item).found(&line.item)));
        }
        if line.treatment != sold.treatment {
            let finding = self.finding("treatment", Check::DiscountTreatment);
            return Err(refuse(finding.wants(sold.treatment).found(line.treatment)));
        }
        Ok(())
    }

    /// Tax by treatment and way of entry, to the fen. The same way for a negative amount, so that the tax of a
    /// discount is never positive.
    fn tax(self, line: &Line) -> Result<(), Rejection> {
        let (amount, tax) = (line.amount.get(), line.tax.get());
        let rate = match line.treatment {
            Treatment::Taxed(rate) => rate,
            Treatment::Exempt | Treatment::NotTaxed if line.tax == Fen::ZERO => return Ok(()),
            Treatment::Exempt | Treatment::NotTaxed => {
                return Err(refuse(self.finding("tax", Check::LineUntaxed).wants(0).found(tax)));
            }
        };
        let finding = match line.entered {
            Entered::Net => match rate.half_up(line.amount) {
                right if right == line.tax => return Ok(()),
                right => self.finding("tax", Check::LineTax).wants(right.get()).found(tax),
            },
            Entered::Gross => match line.amount.checked_add(line.tax).map(|total| rate.net_of_gross(total)) {
                Some(right) if right == line.amount => return Ok(()),
                Some(right) => {
                    self.finding("amount", Check::LineGrossAmount).wants(right.get()).found(amount)
                }
                None => self.finding("tax", Check::LineGrossRange).found(tax),
            },
        };
        Err(refuse(finding))
    }

    fn finding(self, member: &str, check: Check) -> Finding {
        let Self(index) = self;
        Finding::new(format!("/lines/{index}/{member}"), check)
    }
}

fn refuse(finding: Finding) -> Rejection {
    Rejection::member(Code::InvoiceLineTax, finding)
}
